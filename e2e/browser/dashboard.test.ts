import type { List, ListedSession, Session } from '@maestro/core/protocol';
import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { MaestroProcess } from '../support/maestro-process.js';
import { until } from '../support/until.js';

const scripts = {
  talks: {
    replies: [
      [
        { think: 'Two ways lead there. Perhaps' },
        { say: 'Backoff is in. Running the' },
        { hold: 'talk-on' },
        { say: ' tests now.' },
      ],
    ],
  },
  writes: {
    replies: [
      [{ call: 'write_file', args: { file_path: 'made.txt', content: 'one\ntwo\n' } }],
      [{ say: 'The file is written.' }],
    ],
  },
  fails: { replies: [[{ fail: 'auth', message: 'The key was refused.' }]] },
  waits: { replies: [[{ say: 'a beginning.' }, { hold: 'never' }]] },
};

describe('the dashboard in a real browser', function () {
  this.timeout(120_000);
  let world: BrowserWorld;
  let page: Page;

  before(async () => {
    world = await BrowserWorld.open(scripts);
    page = await world.signIn();
  });
  after(() => world?.close());

  const card = (name: string, on: Page = page): Locator =>
    on.locator('mx-session-card').filter({ has: on.getByRole('link', { name, exact: true }) });
  const begin = async (name: string, script: string, more: object = {}) => {
    const body = { agent_name: name, provider: 'rehearsal', model: `script-${script}`, working_directory: world.work };
    const session = await world.server.must<Session>('POST', '/sessions', { ...body, ...more });
    await world.say(session, 'go');
    return session;
  };
  const names = (on: Page = page) => on.locator('mx-session-card h3').allInnerTexts();
  const menu = async (name: string, item: string) => {
    await card(name).hover();
    await card(name).getByTestId('card-menu').click();
    await page.getByRole('menu').getByText(item, { exact: true }).click();
  };

  it('is empty at first, and says how to begin', async () => {
    await page.getByTestId('empty').waitFor();
    expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).to.include('No agents yet');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
  });

  it('shows what agents say, do, ask and why they failed, as it happens, those who need a person first', async () => {
    await begin('Talker', 'talks');
    await card('Talker').getByText('Backoff is in.').waitFor();
    expect(await card('Talker').getByTestId('card-preview').innerText()).to.equal('Backoff is in.');
    await card('Talker')
      .getByRole('img', { name: /tokens written in the last 4 minutes/ })
      .waitFor();
    await begin('Writer', 'writes', { approval: 'ask' });
    await card('Writer').getByTestId('approve').waitFor();
    expect(await card('Writer').innerText())
      .to.include('write_file')
      .and.include('made.txt')
      .and.include('+2');
    await begin('Failer', 'fails');
    await card('Failer').getByText('The key was refused.').waitFor();
    await until('the order', async () => (await names()).join() === 'Failer,Writer,Talker');
    expect(await page.getByTestId('filter-needs').innerText()).to.match(/2$/);
  });

  it('has no fault of accessibility in either theme, in the grid and in the list', async () => {
    const faults: string[] = [];
    for (const [theme, view] of [
      ['dark', 'grid'],
      ['light', 'list'],
      ['light', 'grid'],
    ] as const) {
      await page.emulateMedia({ colorScheme: theme });
      if (
        (await page.getByTestId('view').getAttribute('aria-label')) !== `Show as ${view === 'list' ? 'grid' : 'list'}`
      )
        await page.getByTestId('view').click();
      faults.push(...(await accessibilityFaults(page)).map((fault) => `${theme} ${view}: ${fault}`));
      await picture(page, `dashboard-${view}-${theme}`);
    }
    expect(faults).to.deep.equal([]);
  });

  it('has room from 360 pixels to 4K without scrolling sideways', async () => {
    for (const width of [360, 1024, 3840]) {
      await page.setViewportSize({ width, height: 900 });
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(over, `scrolls sideways at ${width}`).to.be.at.most(0);
      await picture(page, `dashboard-${width}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('approves in place; another tab and the server see it at once', async () => {
    const other = await world.tab();
    await other.goto(world.server.url);
    await card('Writer', other).getByTestId('approve').waitFor();
    await card('Writer').getByTestId('approve').click();
    for (const tab of [page, other]) await card('Writer', tab).getByText('The file is written.').waitFor();
    await card('Writer', other).getByTestId('approve').waitFor({ state: 'detached' });
    await other.close();
  });

  it('does all that by keyboard: arrows, A, Shift R, X, Enter', async () => {
    await begin('Asker', 'writes', { approval: 'ask' });
    await begin('Runner', 'waits');
    await card('Asker').getByTestId('approve').waitFor();
    await card('Runner').getByText('a beginning.').waitFor();
    const order = await names();
    await page.locator('mx-session-card h3 a').first().focus();
    await page.keyboard.press('ArrowRight');
    expect(await focusedCard(page)).to.equal(order[1]);
    await page.keyboard.press('ArrowDown');
    expect(await focusedCard(page)).to.equal(order[4]);
    await card('Asker').locator('h3 a').focus();
    await page.keyboard.press('a');
    await card('Asker').getByText('The file is written.').waitFor();
    await card('Runner').locator('h3 a').focus();
    await page.keyboard.press('x');
    await until('Runner to stop', async () => !/Streaming/.test(await card('Runner').innerText()));
    await card('Failer').locator('h3 a').focus();
    await page.keyboard.press('Shift+R');
    const failures = page.getByTestId('note').filter({ hasText: 'Failer failed' });
    await until('the second failure', async () => (await failures.count()) === 2);
    expect(await focusedCard(page), 'the focus stays').to.equal('Failer');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/sessions/*');
    await page.goBack();
    await page.getByTestId('cards').waitFor();
  });

  it('moves no card from under the pointer or the focus, and slides it when they are gone', async () => {
    await page.evaluate('document.activeElement?.blur()');
    await page.getByRole('heading', { name: 'Dashboard' }).hover();
    const held = await begin('Holder', 'waits');
    await card('Holder').getByText('a beginning.').waitFor();
    await card('Holder').hover();
    const before = (await names()).indexOf('Holder');
    await world.server.must('POST', `/sessions/${held.session_id}/stop`, {});
    await until('Holder to stop', async () => !/Streaming/.test(await card('Holder').innerText()));
    expect((await names()).indexOf('Holder')).to.equal(before);
    await page.evaluate(`window.slides = 0; {
      const animate = Element.prototype.animate;
      Element.prototype.animate = function (...given) { if (given[1]?.duration === 160) window.slides += 1; return animate.apply(this, given); };
    }`);
    await page.getByRole('heading', { name: 'Dashboard' }).hover();
    await until('Holder to move', async () => (await names()).indexOf('Holder') !== before);
    expect(await page.evaluate('window.slides')).to.be.greaterThan(0);
  });

  it('filters, finds, and says when nothing is left', async () => {
    await page.getByTestId('filter-running').click();
    await until('the filter', async () => (await names()).join() === 'Talker');
    await page.getByTestId('filter-all').click();
    await page.getByTestId('find-open').click();
    await page.keyboard.type('writer made');
    await page.getByTestId('nobody').waitFor();
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.getByTestId('find').fill('file is written');
    await until('the words', async () => (await names()).sort().join() === 'Asker,Writer');
    await page.keyboard.press('Escape');
    await until('all of them', async () => (await names()).length > 2);
  });

  it('renames and deletes, and says first what is lost', async () => {
    await menu('Writer', 'Rename');
    await page.getByTestId('rename-name').fill('Scribe');
    await page.keyboard.press('Enter');
    await card('Scribe').waitFor();
    await menu('Scribe', 'Delete');
    const dialog = page.getByTestId('delete-dialog');
    expect(await dialog.innerText()).to.include('cannot be brought back');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await menu('Scribe', 'Delete');
    await page.getByTestId('delete-confirm').click();
    await card('Scribe').waitFor({ state: 'detached' });
  });

  it('tells the cost of today, the system, providers and what happened', async () => {
    const rail = page.getByRole('complementary', { name: 'System and cost' });
    await rail.getByTestId('cost-today').getByText('no price').waitFor();
    await rail.getByTestId('system-cpu').getByText('%').waitFor();
    expect(await rail.getByTestId('system-database').innerText()).to.match(/MB$/);
    await rail.getByTestId('health').filter({ hasText: 'Rehearsal' }).waitFor();
    await rail.getByText('failed: The key was refused.').waitFor();
  });

  it('watches pinned sessions live on a wide screen', async () => {
    await menu('Talker', 'Watch');
    await page.setViewportSize({ width: 2560, height: 1440 });
    const tail = page.getByTestId('session-tail');
    await tail.getByText('Backoff is in. Running the').waitFor();
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await picture(page, 'dashboard-watching');
    await world.release('talk-on');
    await tail.getByText('tests now.').waitFor();
    await tail.getByTestId('unpin').click();
    await tail.waitFor({ state: 'detached' });
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('starts a session from a template; what is wrong is said at its field', async () => {
    const template = { name: 'Reviewer of tests', role: 'Reviews', system_prompt: 'You review.', tools: ['read_file'] };
    await world.server.must('POST', '/templates', template);
    await page.getByRole('heading', { name: 'Dashboard' }).hover();
    await page.keyboard.press('n');
    await page.getByRole('radio', { name: /Reviewer of tests/ }).click();
    await until('the prompt', async () => (await page.getByTestId('ns-prompt').inputValue()) === 'You review.');
    expect(await page.getByTestId('ns-tools').innerText()).to.match(/^1 of \d+ tools$/);
    await page.getByTestId('ns-more').click();
    expect(await page.getByTestId('ns-role').inputValue()).to.equal('Reviews');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await picture(page, 'new-session-open');
    await page.getByTestId('ns-provider').selectOption('anthropic');
    await page.getByTestId('no-key').waitFor();
    await page.getByTestId('ns-provider').selectOption('rehearsal');
    await page.getByTestId('ns-directory').fill('/nowhere/at/all');
    await page.getByTestId('ns-name').fill('Reviewer');
    await page.keyboard.press('Control+Enter');
    await page.getByTestId('problem-directory').waitFor();
    await page.getByTestId('ns-directory').fill(world.work);
    await page.getByTestId('ns-background').check();
    await page.keyboard.press('Control+Enter');
    await card('Reviewer').waitFor();
    expect(new URL(page.url()).pathname).to.equal('/');
    const { items } = await world.server.must<List<ListedSession>>('GET', '/sessions');
    const made = items.find(({ agent_name }) => agent_name === 'Reviewer');
    expect(made).to.include({ role: 'Reviews', system_prompt: 'You review.', template: 'Reviewer of tests' });
  });

  it('keeps what it knew while the server is away, marked with its time', async () => {
    const port = Number(new URL(world.server.url).port);
    await world.server.kill();
    await page.getByTestId('stale').waitFor();
    expect(await page.getByTestId('stale').innerText()).to.match(/\d\d:\d\d, not current/);
    expect((await names()).length).to.be.greaterThan(3);
    world.server = await MaestroProcess.start({ home: world.home, port });
    await page.getByTestId('stale').waitFor({ state: 'detached', timeout: 60_000 });
  });

  it('says so when the list cannot be loaded, and loads it on request', async () => {
    const visitor = await world.tab();
    // The pages come; the list over the socket does not.
    await visitor.routeWebSocket(/\/socket/, (socket) => void socket.close({ code: 1011 }));
    await visitor.goto(world.server.url);
    await visitor.getByTestId('failed').waitFor();
    expect(await visitor.getByTestId('failed').innerText()).to.include('Sessions not loaded');
    expect(await accessibilityFaults(visitor)).to.deep.equal([]);
    await visitor.getByTestId('load-again').click();
    await visitor.close();
  });

  it('had no incident on the way', () => expect(world.incidents).to.deep.equal([]));
});

function focusedCard(page: Page): Promise<string> {
  return page.evaluate(`document.activeElement.closest('mx-session-card')?.querySelector('h3')?.innerText ?? ''`);
}
