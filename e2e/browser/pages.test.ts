import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { MaestroProcess } from '../support/maestro-process.js';
import { until } from '../support/until.js';

const scripts = {
  short: {
    replies: [
      [
        { think: 'A thought.' },
        { say: 'A **short** answer with `code`.\n\n- one\n- two' },
        { call: 'list_directory', args: {} },
      ],
      [{ say: 'Listed.' }],
    ],
  },
  failing: { replies: [[{ say: 'Half an ans' }, { fail: 'auth', message: 'The key was refused.' }]] },
  held: { replies: [[{ say: 'before' }, { hold: 'later' }, { say: 'after' }]] },
  stopped: { replies: [[{ say: 'a beginning' }, { hold: 'never' }]] },
};

describe('the pages in a real browser', function () {
  this.timeout(120_000);
  let world: BrowserWorld;
  let page: Page;
  before(async () => {
    world = await BrowserWorld.open(scripts);
    page = await world.signIn();
  });
  after(() => world.close());

  it('asks for a code without a token, and says when one is wrong', async () => {
    const stranger = await world.browser.newContext();
    const visitor = await stranger.newPage();
    await visitor.goto(world.server.url);
    await visitor.getByTestId('signin').waitFor();
    expect(await accessibilityFaults(visitor)).to.deep.equal([]);
    await visitor.getByTestId('signin-code').fill('wrong');
    await visitor.getByTestId('signin-submit').click();
    expect(await visitor.getByTestId('signin-problem').innerText()).to.match(/code/i);
    await stranger.close();
  });

  it('W6 is accessible on every page, in both themes', async () => {
    const session = await world.session('script-short', 'Reader');
    await world.say(session, 'hello');
    const failed = await world.session('script-failing', 'Failer');
    await world.say(failed, 'hello');
    const places = [
      '/',
      `/sessions/${session.session_id}`,
      `/sessions/${failed.session_id}`,
      '/auth',
      '/settings/tools',
      '/nowhere',
    ];
    const faults: string[] = [];
    for (const theme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      for (const place of places) {
        await page.goto(world.server.url + place);
        await page.locator('h1').first().waitFor();
        if (place.endsWith(session.session_id)) await page.getByText('Listed.').waitFor();
        if (place.endsWith(failed.session_id)) await page.getByTestId('turn-error').waitFor();
        faults.push(...(await accessibilityFaults(page)).map((fault) => `${theme} ${place}: ${fault}`));
        await picture(
          page,
          `${theme}${place.replaceAll('/', '-').replace(session.session_id, 'session').replace(failed.session_id, 'failed')}`,
        );
      }
    }
    expect(faults).to.deep.equal([]);
  });

  it('shows a failure by name and offers to try again', async () => {
    const failed = await world.session('script-failing', 'Failer two');
    await page.goto(`${world.server.url}/sessions/${failed.session_id}`);
    await page.getByTestId('composer-input').fill('hello');
    await page.getByTestId('composer-input').press('Enter');
    await page.getByTestId('turn-error').waitFor();
    expect(await page.getByTestId('turn-error').innerText()).to.include('The key was refused.');
    await page.getByTestId('retry').first().waitFor();
  });

  it('stops a running turn and keeps what was said, marked', async () => {
    const session = await world.session('script-stopped', 'Stopper');
    await page.goto(`${world.server.url}/sessions/${session.session_id}`);
    await page.getByTestId('composer-input').fill('go');
    await page.getByTestId('composer-input').press('Enter');
    await page.getByText('a beginning').waitFor();
    await page.getByTestId('stop').or(page.getByTestId('stop-session')).first().click();
    await page.getByTestId('interrupted').first().waitFor();
    expect(await page.getByTestId('message-text').allInnerTexts()).to.include('a beginning');
  });

  it('works by keyboard: new session, shortcuts, back', async () => {
    await page.goto(world.server.url);
    await page.getByTestId('cards').waitFor();
    await page.keyboard.press('n');
    await page.getByTestId('ns-name').waitFor();
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.keyboard.press('Escape');
    await page.getByTestId('ns-name').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.getByTestId('shortcuts').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('shortcuts').waitFor({ state: 'detached' });
  });

  it('switches a tool off, and adds and deletes a key', async () => {
    await page.goto(`${world.server.url}/settings/tools`);
    const row = page.getByTestId('tool-row').filter({ hasText: 'write_file' });
    await row.getByRole('switch').click();
    await until('the switch to take effect', async () => {
      const { items } = await world.server.must<{ items: { name: string; is_enabled: boolean }[] }>('GET', '/tools');
      return items.find(({ name }) => name === 'write_file')?.is_enabled === false;
    });
    await row.getByRole('switch').click();
    await page.goto(`${world.server.url}/auth`);
    await page.getByTestId('add-key').first().click();
    await page.getByTestId('key-label').fill('work');
    await page.getByTestId('key-value').fill('sk-ant-browser-key-000');
    await page.getByTestId('key-save').click();
    const credential = page.getByTestId('credential').filter({ hasText: 'work' });
    await credential.waitFor();
    expect(await page.content()).not.to.include('sk-ant-browser-key-000');
    await credential.getByTestId('key-delete').click();
    await page.getByTestId('key-delete-confirm').click();
    await credential.waitFor({ state: 'detached' });
  });

  it('changes in one tab show in another without a reload', async () => {
    const other = await world.tab();
    await other.goto(world.server.url);
    await page.goto(world.server.url);
    const session = await world.session('script-short', 'Everywhere');
    for (const tab of [page, other]) await tab.getByTestId('session-card').filter({ hasText: 'Everywhere' }).waitFor();
    await world.server.must('DELETE', `/sessions/${session.session_id}`);
    for (const tab of [page, other])
      await tab.getByTestId('session-card').filter({ hasText: 'Everywhere' }).waitFor({ state: 'detached' });
    await other.close();
  });

  it('says when the server is away, and goes on where it was when it is back', async () => {
    const session = await world.session('script-held', 'Waiter');
    await page.goto(`${world.server.url}/sessions/${session.session_id}`);
    await page.getByTestId('composer-input').fill('go');
    await page.getByTestId('composer-input').press('Enter');
    await page.getByTestId('message-text').getByText('before').waitFor();
    const port = Number(new URL(world.server.url).port);
    await world.server.kill();
    await page.getByTestId('banner').waitFor();
    await picture(page, 'server-away');
    await world.release('later');
    world.server = await MaestroProcess.start({ home: world.home, port });
    await page.getByTestId('message-text').getByText('after').waitFor({ timeout: 60_000 });
    await page.getByTestId('banner').waitFor({ state: 'detached', timeout: 60_000 });
    expect((await page.getByTestId('message-text').allInnerTexts()).join(' ').split('after').length - 1).to.equal(1);
  });

  it('had no incident on the way', () => expect(world.incidents).to.deep.equal([]));
});
