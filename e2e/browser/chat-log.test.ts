import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Session } from '@maestro/core/protocol';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { until } from '../support/until.js';

const HOSTILE = '<img src=x onerror=alert(1)>';
const original = 'def add(a, b)\n  a + b\nend\n\ndef take(a)\n  a - 1\nend\n';
const colours = `printf '\\033[32mfine\\033[0m \\033[31;1mbad\\033[0m ${HOSTILE}\\n'`;
const scripts = {
  blocks: {
    replies: [
      [
        { think: 'What is there comes first.' },
        { call: 'write_file', args: { file_path: 'sum.rb', content: original } },
        { call: 'read_file', args: { file_path: 'README.md' } },
      ],
      [
        { call: 'replace', args: { file_path: 'sum.rb', old_string: '  a + b', new_string: '  a + b + 0' } },
        { call: 'run_shell_command', args: { command: `${colours}; exit 3` } },
        { call: 'run_shell_command', args: { command: 'echo all is well' } },
      ],
      [{ say: `Done.\n\n\`\`\`ruby\n# ${HOSTILE}\ndef x\nend\n\`\`\`\n` }],
    ],
  },
  live: {
    replies: [
      [{ call: 'run_shell_command', args: { command: 'for i in 1 2 3; do echo "line $i"; sleep 0.4; done' } }],
      [{ say: 'First sentence. Second sentence' }, { hold: 'spoken' }, { say: ' ends here. And' }, { hold: 'over' }],
    ],
  },
  stopped: { replies: [[{ say: 'a beginning' }, { hold: 'never' }], [{ say: 'went on' }]] },
  failing: { replies: [[{ say: 'Half' }, { fail: 'overloaded', message: `Busy ${HOSTILE}` }]] },
  boss: { replies: [[{ call: 'agent_scout', args: { prompt: 'Measure it' } }], [{ say: 'The boss is done.' }]] },
  scout: { replies: [[{ think: 'Hm.' }, { say: `Scouting ${HOSTILE}.` }, { hold: 'scouted' }, { say: ' Found it.' }]] },
  talk: { replies: [[{ say: 'The first answer.' }], [{ say: 'The second answer.' }]] },
};

describe('the conversation in a real browser', function () {
  this.timeout(60_000);
  let world: BrowserWorld;
  let page: Page;
  before(async () => {
    world = await BrowserWorld.open(scripts);
    page = await world.signIn();
  });
  after(() => world.close());

  const open = async (model: string, text = 'go'): Promise<Session> => {
    const session = await world.session(`script-${model}`, 'Atlas');
    if (text !== '') await world.say(session, text);
    await page.goto(`${world.server.url}/sessions/${session.session_id}`);
    return session;
  };
  const call = (tool: string, index = 0) => page.locator(`[data-test="tool-call"][data-tool="${tool}"]`).nth(index);

  it('closes what went well, opens what failed, shows what was written with marks and colours', async () => {
    await open('blocks');
    await page.getByText('Done.').waitFor();
    // What is done arrives so, whatever was seen of it while it ran.
    await page.reload();
    await page.getByText('Done.').waitFor();
    expect(await call('read_file').getByRole('button').first().getAttribute('aria-expanded')).to.equal('false');
    expect(await call('read_file').innerText()).to.match(/\d+ lines?/);
    const change = call('replace');
    expect((await change.locator('tr.add mark').allInnerTexts()).join('')).to.equal('+ 0');
    expect(await change.locator('tr.del mark').count()).to.equal(0);
    await change.locator('.syn-key').first().waitFor();
    const signs = await change.locator('.sg').allInnerTexts();
    expect(signs.filter((sign) => sign === '+' || sign === '-')).to.have.members(['+', '-']);
    const failed = call('run_shell_command');
    expect(await failed.getAttribute('data-state')).to.equal('failed');
    expect(await failed.innerText()).to.contain('exit 3');
    expect(await failed.locator('.term .green').innerText()).to.equal('fine');
    expect(await failed.locator('.term .red.bold').innerText()).to.equal('bad');
    expect(await call('run_shell_command', 1).getByRole('button').first().getAttribute('aria-expanded')).to.equal(
      'false',
    );
    const block = page.locator('.md-code');
    await block.locator('.syn-com').waitFor();
    expect(await block.locator('.syn-com').innerText()).to.contain(HOSTILE);
    expect(await page.getByTestId('chat-log').locator('img').count()).to.equal(0);
    await picture(page, 'blocks');
  });

  it('puts a diff into two columns on request, with each side complete', async () => {
    const written = call('write_file');
    await call('replace')
      .getByRole('button', { name: /replace/ })
      .waitFor();
    await page.setViewportSize({ width: 1700, height: 900 });
    await call('replace').locator('.diff-split').waitFor();
    const cells = await call('replace').locator('.diff-split tr').first().locator('td').count();
    expect(cells).to.equal(6);
    await page.setViewportSize({ width: 1440, height: 900 });
    await call('replace').locator('.diff:not(.diff-split)').waitFor();
    expect(await written.locator('.diff').count()).to.equal(1);
  });

  it('is accessible with every block open, in both themes', async () => {
    await page.evaluate(`for (const head of document.querySelectorAll('.blk-h[aria-expanded="false"]')) head.click()`);
    const faults: string[] = [];
    for (const theme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      faults.push(...(await accessibilityFaults(page)).map((fault) => `${theme}: ${fault}`));
      await picture(page, `blocks-${theme}`);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(faults).to.deep.equal([]);
  });

  it('moves by J and K, opens by O, copies by Y', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: world.server.url });
    await page.locator('.log').focus();
    const focused = () => page.evaluate(`document.activeElement.getAttribute('data-role')`);
    await page.keyboard.press('j');
    expect(await focused()).to.equal('assistant');
    for (let step = 0; step < 6 && (await focused()) !== 'user'; step += 1) await page.keyboard.press('k');
    expect(await focused()).to.equal('user');
    await page.keyboard.press('y');
    await until('the copy', async () => (await page.evaluate('navigator.clipboard.readText()')) === 'go');
    await page.keyboard.press('j');
    const heads = page.locator('article:focus .blk-h[aria-expanded="true"]');
    const opened = await heads.count();
    await page.keyboard.press('o');
    await until('blocks that closed or opened', async () => (await heads.count()) !== opened);
  });

  it('shows output while it comes, speaks by sentence, and thinks in silence', async () => {
    await open('live');
    const spoken = () => page.evaluate(`document.querySelector('mx-speaker').words`);
    await call('run_shell_command').getByText('line 1').waitFor();
    await page.getByText('Second sentence').waitFor();
    expect(await spoken()).to.equal('First sentence.');
    expect(await page.locator('article[aria-busy="true"]').count()).to.equal(1);
    await world.release('spoken');
    await until('the next sentence', async () => (await spoken()) === 'Second sentence ends here.');
    await world.release('over');
    await until('the last words', async () => (await spoken()) === 'And');
  });

  it('keeps what was stopped, says who stopped it, and goes on', async () => {
    await open('stopped');
    await page.getByText('a beginning').waitFor();
    await page.getByTestId('composer-input').focus();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    const note = page.getByTestId('interrupted');
    await note.waitFor();
    expect(await note.innerText()).to.contain('You stopped this turn');
    await world.release('never');
    await page.getByTestId('continue').click();
    await page.getByText('Continue.', { exact: true }).waitFor();
    await page.locator('[data-role="assistant"][data-state="complete"]').waitFor();
  });

  it('names an error before its code, and offers another model', async () => {
    const session = await world.session('script-failing', 'Argus');
    await world.server.must('PATCH', `/sessions/${session.session_id}`, { on_limit: 'stop' }).catch(() => undefined);
    await page.goto(`${world.server.url}/sessions/${session.session_id}`);
    await world.say(session, 'go');
    const shown = page.locator('mx-error');
    await shown
      .getByText(/overloaded/i)
      .first()
      .waitFor();
    expect(await shown.innerText()).to.contain(HOSTILE);
    expect(await page.getByTestId('chat-log').locator('img').count()).to.equal(0);
    await world.server.must('POST', `/sessions/${session.session_id}/stop`, {});
  });

  it('shows a sub-agent at work, one level deep, with the way to its own session', async () => {
    const scout = {
      name: 'Scout',
      system_prompt: 'Scout.',
      preferred_provider: 'rehearsal',
      preferred_model: 'script-scout',
    };
    await world.server.must('POST', '/templates', scout);
    await open('boss');
    const agent = page.getByTestId('subagent');
    await agent.getByText(`Scouting ${HOSTILE}.`).waitFor();
    expect(await agent.getAttribute('data-state')).to.equal('started');
    expect(await agent.getAttribute('aria-label')).to.equal('Sub-agent Scout, level 1');
    expect(await agent.innerText())
      .to.contain('Measure it')
      .and.contain('script-scout');
    expect(await agent.locator('img').count()).to.equal(0);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await picture(page, 'subagent');
    await world.release('scouted');
    await page.getByText('The boss is done.').waitFor();
    expect(await agent.getAttribute('data-state')).to.equal('succeeded');
    await agent.getByTestId('open-agent').click();
    await page.getByTestId('message-text').getByText('Found it.').waitFor();
    expect(await page.locator('h1').innerText()).to.equal('Scout');
    await page.goBack();
    await page.getByText('The boss is done.').waitFor();
    expect(await agent.getByRole('button').first().getAttribute('aria-expanded')).to.equal('false');
  });

  it('forks from a message, and sends an edited one in the fork', async () => {
    const session = await open('talk', 'hello');
    await page.getByText('The first answer.').waitFor();
    await page.locator('[data-role="user"]').hover();
    await page.getByRole('button', { name: 'Edit and fork' }).click();
    const field = page.getByTestId('edit-fork');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await field.fill(`hello ${HOSTILE}`);
    await page.getByTestId('fork-send').click();
    await page.waitForURL((url) => /\/sessions\//.test(url.pathname) && !url.pathname.includes(session.session_id));
    await page.getByText(`hello ${HOSTILE}`).waitFor();
    await page.getByText(/The (?:first|second) answer\./).waitFor();
    expect(await page.getByTestId('message').count()).to.equal(2);
    await page.goBack();
    await page.getByText('hello', { exact: true }).waitFor();
  });

  it('shows a picture from bytes that need the token, and lets go of them', async () => {
    const bytes = readFileSync(path.join(world.work, 'README.md'));
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    const put = async (content: Buffer) => {
      const blob = createHash('sha256').update(content).digest('hex');
      await fetch(`${world.server.url}/api/v1/blobs/${blob}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${world.server.token}`, 'content-type': 'application/octet-stream' },
        body: new Uint8Array(content),
      });
      return blob;
    };
    const session = await world.session('script-talk', 'Painter');
    const attachments = [
      { v: 1, type: 'image', media_type: 'image/png', name: 'dot.png', blob: await put(png) },
      { v: 1, type: 'file', media_type: 'text/markdown', name: `${HOSTILE}.md`, blob: await put(bytes) },
    ];
    await world.server.must('POST', `/sessions/${session.session_id}/messages`, {
      client_key: 'picture',
      text: 'look',
      attachments,
    });
    await page.goto(`${world.server.url}/sessions/${session.session_id}`);
    const shown = page.getByTestId('picture');
    await shown.waitFor();
    const url = (await shown.getAttribute('src')) ?? '';
    expect(url).to.match(/^blob:/);
    expect(await page.evaluate(`document.querySelector('img.pic').decode().then(() => 'decoded')`)).to.equal('decoded');
    expect(await page.getByTestId('attachment').count()).to.equal(2);
    await page
      .getByTestId('nav')
      .getByRole('link', { name: /Dashboard/ })
      .click();
    await page.getByTestId('session-card').first().waitFor();
    const still = await page.evaluate(`fetch('${url}').then(() => true, () => false)`);
    expect(still).to.equal(false);
    expect(world.incidents.filter((incident) => !incident.includes('blob:'))).to.deep.equal([]);
  });
});
