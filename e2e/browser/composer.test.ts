import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Message, Session } from '@maestro/core/protocol';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { until } from '../support/until.js';

const scripts = {
  plain: { replies: Array.from({ length: 12 }, () => [{ say: 'Understood.' }]) },
  held: {
    replies: [[{ say: 'At work' }, { hold: 'one' }], ...Array.from({ length: 8 }, (_, n) => [{ say: `Answer ${n}` }])],
  },
  // A reply that was stopped is played again.
  stopped: { replies: [[{ say: 'Begun' }, { hold: 'never' }]] },
  changing: {
    replies: [
      // What is not told would be estimated.
      [
        { call: 'write_file', args: { file_path: 'made.txt', content: 'x\n' } },
        { usage: { requestTokens: 0, responseTokens: 0 } },
      ],
      [{ say: 'Written.' }, { usage: { requestTokens: 12_000, responseTokens: 3_234 } }],
    ],
  },
};
/** One pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('writing to a session in a real browser', function () {
  this.timeout(120_000);
  let world: BrowserWorld;
  let page: Page;
  before(async () => {
    const models = 'models:\n  script-changing: { contextTokens: 18500, price: { input: 3, output: 15 } }\n';
    world = await BrowserWorld.open(scripts, undefined, models);
    await mkdir(path.join(world.work, 'lib/webhooks'), { recursive: true });
    await writeFile(path.join(world.work, 'lib/webhooks/backoff.ts'), '');
    await writeFile(path.join(world.work, 'lib/full backup.md'), '');
    await writeFile(path.join(world.work, '.gitignore'), 'hidden-backoff.txt\n');
    await writeFile(path.join(world.work, 'hidden-backoff.txt'), '');
    page = await world.signIn();
  });
  after(() => world.close());

  const input = (of = page) => of.getByTestId('composer-input');
  const options = (of = page) => of.getByTestId('completion');
  const open = async (model: string, name: string, tab = page): Promise<Session> => {
    const session = await world.session(model, name);
    await tab.goto(`${world.server.url}/sessions/${session.session_id}`);
    await input(tab).waitFor();
    await tab.getByTestId('session-header').waitFor();
    return session;
  };
  const messages = async (session: Session) =>
    (await world.server.must<{ items: Message[] }>('GET', `/sessions/${session.session_id}/messages`)).items;

  it('completes files of the working directory behind @, by keyboard alone', async () => {
    await open('script-plain', 'Filer');
    await input().pressSequentially('look at @back');
    await options().first().waitFor();
    expect(await valuesOf(page)).to.deep.equal(['lib/webhooks/backoff.ts', 'lib/full backup.md']);
    expect(await input().getAttribute('aria-activedescendant')).to.equal('completions-0');
    await picture(page, 'composer-files');
    await input().press('ArrowDown');
    expect(await input().getAttribute('aria-activedescendant')).to.equal('completions-1');
    await input().press('Enter');
    expect(await input().inputValue()).to.equal('look at @"lib/full backup.md" ');
    await input().pressSequentially('and @lib/web');
    await options().first().waitFor();
    await input().press('Escape');
    expect(await options().count()).to.equal(0);
    await input().pressSequentially('h');
    expect(await options().count(), 'the list stays closed for this word').to.equal(0);
    expect(await input().inputValue()).to.match(/@lib\/webh$/);
  });

  it('does what stands behind a slash', async () => {
    const session = await open('script-changing', 'Slasher');
    await world.say(session, 'go');
    await page.getByText('Written.').waitFor();
    await input().pressSequentially('/');
    await options().first().waitFor();
    const names = await valuesOf(page);
    expect(names.slice(0, 10)).to.deep.equal([
      'compact',
      'model',
      'agent',
      'tools',
      'undo',
      'find',
      'fork',
      'cost',
      'export',
      'clear',
    ]);
    await picture(page, 'composer-commands');
    await input().pressSequentially('co');
    await input().press('ArrowDown');
    await input().press('Tab');
    expect(await input().inputValue()).to.equal('/cost ');
    await input().press('Enter');
    await page
      .getByTestId('toast')
      .filter({ hasText: 'Session cost $0.08' })
      .filter({ hasText: '15,234 tokens' })
      .waitFor();
    expect(await input().inputValue()).to.equal('');

    const exported = page.waitForEvent('download');
    await input().fill('/export json');
    await input().press('Enter');
    expect((await exported).suggestedFilename()).to.match(/^Slasher-.*\.json$/);

    await input().fill('/tools');
    await input().press('Enter');
    await page.locator('#t-tools[aria-selected="true"]').waitFor();
    await input().fill('/undo');
    await input().press('Enter');
    await until('the wish to stand in the field', async () => (await input().inputValue()).includes('made.txt'));
    await input().fill('/model rehearsal-1');
    await input().press('Enter');
    await page.locator('[data-code="config.changed"]').waitFor();
    await input().fill('/agent ');
    await options().first().waitFor();
    await input().pressSequentially('revi');
    await input().press('Enter');
    await input().press('Enter');
    await page.locator('h1', { hasText: /reviewer/i }).waitFor();
    await input().fill('/clear');
    await input().press('Enter');
    await page.getByTestId('chat-empty').waitFor();
    expect(await messages(session)).to.deep.equal([]);
    await input().fill('/fork');
    await input().press('Enter');
    await page.waitForURL((url) => !url.pathname.endsWith(session.session_id));
    await page.goBack();
    await page.getByTestId('session-header').waitFor();
    await input().fill('/etc/hosts is a path and no command');
    await input().press('Enter');
    await until('it to be said', async () => (await messages(session)).length > 0);
  });

  it('tells the sums after each message, offers to compact when the window fills up, and reads them out', async () => {
    const session = await open('script-changing', 'Counter');
    await world.say(session, 'go');
    await page.getByText('Written.').waitFor();
    await page.locator('[data-test="totals"][data-state="near"]').waitFor();
    expect(await page.getByTestId('total-tokens').innerText()).to.equal('Total tokens 15,234');
    expect(await page.getByTestId('session-cost').innerText()).to.equal('Session cost $0.08');
    expect(await page.getByRole('meter', { name: 'Context window' }).first().getAttribute('aria-valuetext')).to.match(
      /^82\u202f% of 18,500 tokens$/,
    );
    await page.getByTestId('totals-spoken').filter({ hasText: 'session cost $0.08' }).waitFor();
    await picture(page, 'totals-near');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('fork');
    await page.getByRole('option', { name: 'Fork this session' }).waitFor();
    await page.keyboard.press('Escape');
    const asked = page.waitForResponse('**/compact');
    await page.getByTestId('totals-compact').click();
    expect((await asked).status()).to.equal(202);
  });

  it('takes files by button, paste and drop, shows them everywhere, and sends them along', async () => {
    const session = await open('script-plain', 'Attacher');
    const other = await world.tab();
    await other.goto(page.url());
    await other.getByTestId('attach-input').waitFor({ state: 'attached' });
    await page.getByTestId('attach-input').setInputFiles({ name: 'graph.png', mimeType: 'image/png', buffer: PNG });
    await page.locator('[data-test="attachment"][data-state="ready"]').waitFor();
    expect(await page.locator('.att-img').count()).to.equal(1);
    await give(page, 'paste', { 'notes.txt': 40 });
    await give(page, 'drop', { 'drop.log': 50 });
    await until(
      'three files',
      async () => (await page.locator('[data-state="ready"][data-test="attachment"]').count()) === 3,
    );
    await input().fill('compare these');
    await other.locator('[data-test="attachment"]').nth(2).waitFor();
    await until('the words in the other tab', async () => (await input(other).inputValue()) === 'compare these');
    await picture(page, 'composer-attachments');
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityFaults(page), colorScheme).to.deep.equal([]);
    }
    await other.getByRole('button', { name: 'Remove notes.txt' }).click();
    await until('two files', async () => (await page.getByTestId('composer').getByTestId('attachment').count()) === 2);
    await page.getByTestId('send').click();
    await until('the message', async () => (await messages(session)).length > 0);
    const [said] = await messages(session);
    expect(said?.parts.map(({ type }) => type)).to.have.members(['text', 'image', 'file']);
    await until(
      'both to be empty',
      async () => (await other.getByTestId('composer').getByTestId('attachment').count()) === 0,
    );
    expect(await input(other).inputValue()).to.equal('');
    await other.close();
  });

  it('refuses at the field what cannot go along, and says why', async () => {
    await open('script-plain', 'Refuser');
    await give(page, 'paste', { 'nothing.txt': 0, 'huge.bin': 33 * 1_048_576 });
    await page.getByTestId('attachment-refused').nth(1).waitFor();
    const words = await page.getByTestId('attachment-refused').allInnerTexts();
    expect(words[0]).to.include('nothing.txt is empty');
    expect(words[1]).to.include('huge.bin has 34.6 MB, and 33.6 MB is the most');
    expect(await page.getByTestId('composer').getByTestId('attachment').count()).to.equal(0);
  });

  it('queues while the agent works: in order, edited, moved, steered, removed', async () => {
    const session = await open('script-held', 'Queuer');
    const queued = async () => page.getByTestId('queue-text').allInnerTexts();
    await input().fill('start');
    await input().press('Enter');
    await page.getByTestId('message-text').getByText('At work').waitFor();
    for (const text of ['first', 'second', 'third']) {
      await input().fill(text);
      await input().press('Enter');
    }
    await until('three to wait', async () => (await queued()).length === 3);
    await picture(page, 'composer-queue');
    await page.getByRole('button', { name: 'Move down' }).first().click();
    await until('another order', async () => (await queued()).join() === 'second,first,third');
    await page.getByRole('button', { name: 'Remove queued message' }).nth(1).click();
    await until('two to wait', async () => (await queued()).join() === 'second,third');
    await input().focus();
    await input().press('ArrowUp');
    await page.getByTestId('queue-editor').fill('third, edited');
    await page.getByTestId('queue-editor').press('Enter');
    await until('the edit', async () => (await queued()).join() === 'second,third, edited');
    await page.getByTestId('queue-steer').first().click();
    await page.locator('[data-test="queue-item"][data-mode="steer"]').waitFor();
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await world.release('one');
    await until('all to be said', async () => {
      const said = (await messages(session)).filter(({ role }) => role === 'user');
      return said.length === 3;
    });
  });

  it('stops on the second Escape, and Ctrl+Enter interrupts and sends', async () => {
    const session = await open('script-stopped', 'Stopper');
    await input().fill('go');
    await input().press('Enter');
    await page.getByText('Begun').waitFor();
    await input().fill('no, this');
    await input().press('Control+Enter');
    await page.getByText('Begun').nth(1).waitFor();
    const said = (await messages(session)).filter(({ role }) => role === 'user');
    expect(said).to.have.length(2);
    await input().press('Escape');
    await page.getByTestId('stop').filter({ hasText: 'Esc again stops' }).waitFor();
    await input().press('Escape');
    await page.getByTestId('stop').waitFor({ state: 'detached' });
    await input().press('ArrowUp');
    expect(await input().inputValue()).to.equal('no, this');
    await input().fill('');
  });

  it('changes names, provider and model in the header, and leads to where a key is missing', async () => {
    const session = await open('script-plain', 'Namer');
    await page.getByTestId('session-menu').click();
    await picture(page, 'session-menu');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.getByRole('menu').getByText('Rename', { exact: true }).click();
    await page.getByRole('textbox', { name: 'Agent name' }).fill('Renamed');
    await page.getByRole('textbox', { name: 'Title' }).fill('A better title');
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: 'Renamed' }).waitFor();
    await page.getByTestId('session-title').filter({ hasText: 'A better title' }).waitFor();
    await page.getByTestId('session-provider').click();
    await page.getByRole('option', { name: /Anthropic/ }).click();
    await page.getByTestId('session-no-credential').waitFor();
    expect(await page.getByTestId('session-no-credential').getAttribute('href')).to.equal('/auth');
    await page.getByTestId('session-menu').click();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.getByTestId('delete-confirm').click();
    await page.waitForURL(`${world.server.url}/`);
    const { status } = await world.server.call('GET', `/sessions/${session.session_id}`);
    expect(status).to.equal(404);
  });

  it('had no incident on the way', () => expect(world.incidents).to.deep.equal([]));
});

/** What the open list offers, in its order. */
async function valuesOf(page: Page): Promise<(string | null)[]> {
  const all = await page.getByTestId('completion').all();
  return Promise.all(all.map((one) => one.getAttribute('data-value')));
}

/** Gives files of so many bytes to the page as a person does who pastes them, or drops them on the conversation. */
async function give(page: Page, how: 'paste' | 'drop', files: Record<string, number>): Promise<void> {
  const target = how === 'paste' ? '[data-test="composer-input"]' : '[data-test="chat-log"]';
  await page.evaluate(`(() => {
    const data = new DataTransfer();
    for (const [name, size] of Object.entries(${JSON.stringify(files)}))
      data.items.add(new File([new Uint8Array(size).fill(97)], name, { type: 'text/plain' }));
    const how = { bubbles: true, cancelable: true };
    const event = ${
      how === 'paste'
        ? "new ClipboardEvent('paste', { ...how, clipboardData: data })"
        : "new DragEvent('drop', { ...how, dataTransfer: data })"
    };
    document.querySelector(${JSON.stringify(target)}).dispatchEvent(event);
  })()`);
}
