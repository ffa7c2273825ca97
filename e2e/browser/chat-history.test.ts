import type { Session } from '@maestro/core/protocol';
import { openTestDatabase } from '@maestro/core/testing';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { until } from '../support/until.js';

const HOSTILE = '<img src=x onerror=alert(1)>';
const LONG = 100_000;
const scripts = { talk: { replies: [[{ say: 'A fresh answer.' }]] } };

/** A conversation as if it had been led for long; every hundredth message has more to draw. */
const history = `insert into messages (id, conversation_id, pos, role, status, parts, provider, model, turn_id, created_at)
  select gen_random_uuid(), $1, n, case n % 2 when 1 then 'user' else 'assistant' end, 'complete',
    jsonb_build_array(jsonb_build_object('v', 1, 'type', 'text', 'text',
      'Message ' || n || ' of ' || $2::text || E'. Some words about it.\\n\\n- one\\n- two with \`code\`' ||
      case n % 100 when 0 then E'\\n\\n\`\`\`ts\\nconst n = ' || n || E';\\n\`\`\`\\n' else '' end ||
      case n when 777 then ' A narwhal ${HOSTILE} swims' when 99 then ' An old narwhal' else '' end)),
    'rehearsal', 'script-talk', null, now() - (($3::int - n) * interval '1 second')
  from generate_series(1, $3::int) n`;

describe('a long history in a real browser', function () {
  this.timeout(120_000);
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let world: BrowserWorld;
  let page: Page;
  let long: Session;
  const fill = (session: Session, name: string, count: number) =>
    database.query(history, [session.conversation_id, name, count]);

  before(async () => {
    database = await openTestDatabase();
    world = await BrowserWorld.open(scripts, { width: 1440, height: 900 }, `database: { url: "${database.url}" }\n`);
    page = await world.signIn();
    long = await world.session('script-talk', 'Atlas');
    await fill(long, 'Atlas', LONG);
    await database.query('analyze messages');
  });
  after(async () => {
    await world.close();
    await database.drop();
  });

  const drawn = () => page.getByTestId('message').count();
  const sees = (text: string) => page.getByTestId('message-text').filter({ hasText: text }).first().waitFor();
  const first = async () =>
    Number(/Message (\d+) /.exec(await page.getByTestId('message-text').first().innerText())?.[1]);

  it('of 100,000 messages opens at its end and never draws more than a few hundred', async () => {
    await page.goto(`${world.server.url}/sessions/${long.session_id}`);
    await sees(`Message ${LONG} of Atlas`);
    await until('the first page', async () => (await drawn()) === 50);
    const most: number[] = [];
    for (let page_ = 0; page_ < 12; page_ += 1) {
      const before = await first();
      await page.evaluate(`document.querySelector('.log').scrollTop = 300`);
      await until('an older page', async () => (await first()) < before);
      most.push(await drawn());
    }
    expect(await first()).to.be.below(LONG - 500);
    expect(Math.max(...most)).to.be.at.most(400);
    expect(await page.getByTestId('chat-log').getAttribute('data-state')).to.equal('detached');
  });

  it('keeps what is read where it is while messages come and go above and below it', async () => {
    for (const round of [0, 1, 2]) {
      // A place in the middle of the screen, just before more is asked for.
      await page.evaluate(`document.querySelector('.log').scrollTop = ${900 + round}`);
      await page.waitForTimeout(100);
      const seen = await page.evaluate(
        `(() => { const box = document.querySelector('.log').getBoundingClientRect();
          const found = [...document.querySelectorAll('.log article')].find((one) => one.getBoundingClientRect().top > box.top + 100);
          return { id: found.dataset.id, top: found.getBoundingClientRect().top }; })()`,
      );
      const { id, top } = seen as { id: string; top: number };
      const oldest = await first();
      await page.evaluate(`document.querySelector('.log').scrollTop -= 200`);
      await until('an older page', async () => (await first()) < oldest);
      await page.waitForTimeout(150);
      const now = (await page.evaluate(
        `document.querySelector('[data-id="${id}"]').getBoundingClientRect().top`,
      )) as number;
      expect(Math.abs(now - (top + 200))).to.be.below(3);
    }
  });

  it('counts what arrives meanwhile and goes to it at once', async () => {
    await world.say(long, 'something new');
    await page
      .getByTestId('new-messages')
      .getByText(/\d new/)
      .waitFor();
    // Nobody needs an answer about all of it.
    await world.server.must('POST', `/sessions/${long.session_id}/stop`, {});
    await page.locator('.log').focus();
    await page.keyboard.press('End');
    await sees('something new');
    await until(
      'the live end',
      async () => (await page.getByTestId('chat-log').getAttribute('data-state')) === 'following',
    );
  });

  it('finds words anywhere in it by the keyboard, shows them as text, and leads there and back', async () => {
    await page.getByTestId('composer-input').focus();
    await page.keyboard.press('Control+f');
    await page.keyboard.type('narwhal');
    await page.getByTestId('find-count').getByText('2 matches').waitFor();
    expect(await page.getByTestId('find-hit').first().innerText()).to.contain(HOSTILE);
    expect(await page.getByTestId('find').locator('img').count()).to.equal(0);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await picture(page, 'find');
    await page.keyboard.press('Enter');
    await sees('Message 777 of Atlas');
    await until('the message in sight', () => inSight('Message 777 of Atlas'));
    expect(await page.getByTestId('find-count').innerText()).to.equal('1 of 2');
    await page.keyboard.press('Enter');
    await until('the older one in sight', () => inSight('Message 99 of Atlas'));
    expect(await drawn()).to.be.at.most(400);
    await page.keyboard.press('Escape');
    expect(await page.getByTestId('find').count()).to.equal(0);
    expect(await page.evaluate(`document.activeElement.dataset.test`)).to.equal('composer-input');
    await page.getByTestId('new-messages').click();
    await sees('something new');
  });

  it('opens at the message an address names, and says so where there is none', async () => {
    const { rows } = await database.query<{ id: string }>(
      'select id from messages where conversation_id = $1 and pos = 50001',
      [long.conversation_id],
    );
    const address = (id: string) => `${world.server.url}/sessions/${long.session_id}/messages/${id}`;
    await page.goto(address(rows[0]!.id));
    await until('the message in sight', () => inSight('Message 50001 of Atlas'));
    expect(await page.evaluate(`document.activeElement.dataset.id`)).to.equal(rows[0]!.id);
    await page.evaluate(`document.querySelector('.log').scrollTop = document.querySelector('.log').scrollHeight`);
    await until('newer messages', async () => (await page.getByText('Message 50060 of Atlas').count()) > 0);
    await page.goto(address('00000000-0000-4000-8000-000000000000'));
    await page
      .getByText(/has no message|Message not found/)
      .first()
      .waitFor();
    await sees('something new');
  });

  it('is left for another of 10,000 messages within two frames of the answer', async () => {
    const all = [await world.session('script-talk', 'First'), await world.session('script-talk', 'Second')];
    for (const [index, session] of all.entries()) await fill(session, index === 0 ? 'First' : 'Second', 10_000);
    await page.goto(world.server.url);
    await page.getByTestId('session-card').first().waitFor();
    // When the last of the answers a session is drawn from has been read, and how many frames later its end stands there.
    await page.evaluate(`(() => {
      const real = window.fetch;
      window.answered = 0;
      window.fetch = async (...all) => {
        const response = await real(...all);
        if (!/\\/sessions\\/[^/]+(\\/(messages|queue).*)?$/.test(String(all[0]))) return response;
        const text = response.text.bind(response);
        response.text = async () => { const body = await text(); window.answered = performance.now(); return body; };
        return response;
      };
      window.paints = (words) => new Promise((done) => {
        let frames = 0;
        let seen = window.answered;
        const look = () => {
          if (window.answered !== seen) { seen = window.answered; frames = 0; }
          if (seen > 0) frames += 1;
          const end = [...document.querySelectorAll('.log article')].at(-1);
          if (end && end.textContent.includes(words)) {
            const box = document.querySelector('.log');
            return done({ frames: frames - 1, ms: performance.now() - seen, left: box.scrollHeight - box.clientHeight - box.scrollTop });
          }
          requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      });
    })()`);
    const figures: { frames: number; ms: number; left: number }[] = [];
    for (const name of ['First', 'Second', 'First', 'Second', 'First', 'Second']) {
      const index = name === 'First' ? 0 : 1;
      const found = page.evaluate(`window.answered = 0, window.paints('Message 10000 of ${name}')`);
      await page.evaluate(`document.querySelector('a[href="/sessions/${all[index]!.session_id}"]').click()`);
      figures.push((await found) as (typeof figures)[number]);
      await page.waitForTimeout(300);
    }
    console.log(`      ${figures.map(({ frames, ms }) => `${frames} frames, ${ms.toFixed(0)} ms`).join('; ')}`);
    // The first time the page itself is loaded.
    for (const { frames, left } of figures.slice(1)) {
      expect(frames).to.be.at.most(2);
      expect(left).to.be.below(2);
    }
    await until('all of the page', async () => (await drawn()) === 50);
    expect(world.incidents).to.deep.equal([]);
  });

  async function inSight(text: string): Promise<boolean> {
    const found = page.getByTestId('message-text').filter({ hasText: text }).first();
    const [box, log] = [await found.boundingBox(), await page.locator('.log').boundingBox()];
    return box !== null && log !== null && box.y > log.y && box.y + box.height < log.y + log.height;
  }
});
