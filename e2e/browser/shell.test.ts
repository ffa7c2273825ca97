import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { MaestroProcess } from '../support/maestro-process.js';
import { until } from '../support/until.js';

const scripts = {
  short: { replies: [[{ say: 'Done.' }]] },
  failing: { replies: [[{ say: 'Half' }, { fail: 'auth', message: 'The key was refused.' }]] },
};

/** What has the focus: its mark, its name or its words. */
const focused = `(() => {
  const one = document.activeElement;
  return one.dataset.test ?? one.getAttribute('aria-label') ?? one.tagName + ' ' + one.textContent.trim().slice(0, 40);
})()`;

async function bothThemes(page: Page, state: string): Promise<string[]> {
  const faults: string[] = [];
  for (const theme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${theme}, ${state}: ${fault}`));
    await picture(page, `shell-${state}-${theme}`);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  return faults;
}

describe('the shell in a real browser', function () {
  this.timeout(120_000);
  let world: BrowserWorld;
  let page: Page;
  before(async () => {
    world = await BrowserWorld.open(scripts);
  });
  after(() => world.close());

  async function openPalette(): Promise<void> {
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-option').first().waitFor();
  }

  it('leads through the first steps by keyboard alone, once', async () => {
    const context = await world.browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addInitScript((token) => localStorage.setItem('maestro.token', token), world.server.token);
    const newcomer = await context.newPage();
    await newcomer.goto(world.server.url);
    await newcomer.getByTestId('onboarding').waitFor();
    const faults = await bothThemes(newcomer, 'set-up-provider');
    await newcomer.getByTestId('option-anthropic').focus();
    await newcomer.keyboard.press('Enter');
    await newcomer.getByTestId('setup-key').waitFor();
    await newcomer.keyboard.press('ArrowUp');
    expect(await newcomer.getByTestId('option-rehearsal').getAttribute('aria-checked')).to.equal('true');
    await newcomer.keyboard.press('Control+Enter');
    await newcomer.getByTestId('setup-facts').waitFor();
    expect(await newcomer.evaluate(focused)).to.equal('H1 Where is your project?');
    faults.push(...(await bothThemes(newcomer, 'set-up-project')));
    await newcomer.getByTestId('setup-directory').fill('/nowhere/at/all');
    await newcomer.keyboard.press('Enter');
    await newcomer.getByTestId('setup-directory-error').waitFor();
    expect(await newcomer.evaluate(focused), 'what is wrong has the focus').to.equal('setup-directory');
    await newcomer.getByTestId('setup-directory').fill(world.work);
    await newcomer.keyboard.press('Enter');
    await newcomer.getByTestId('setup-task').waitFor();
    await newcomer.getByTestId('setup-back').click();
    expect(await newcomer.getByTestId('setup-directory').inputValue(), 'nothing is lost').to.equal(world.work);
    await newcomer.getByTestId('setup-skip').click();
    faults.push(...(await bothThemes(newcomer, 'set-up-agent')));
    await newcomer.getByTestId('setup-name').fill('Pioneer');
    await newcomer.getByTestId('setup-task').fill('hello');
    await newcomer.keyboard.press('Control+Enter');
    await newcomer.getByTestId('session').waitFor();
    await newcomer.getByTestId('message-text').first().waitFor();
    expect(await newcomer.title()).to.equal('Pioneer - Maestro');
    await newcomer.goto(world.server.url);
    await newcomer.getByTestId('nav').waitFor();
    expect(await newcomer.getByTestId('onboarding').count()).to.equal(0);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('finds sessions, actions and commands in the palette, by keyboard', async () => {
    page = await world.signIn();
    const forge = await world.session('script-failing', 'Forge');
    await world.session('script-short', 'Atlas');
    await world.say(forge, 'hello');
    await page.getByTestId('session-card').filter({ hasText: 'Forge' }).filter({ hasText: 'Error' }).waitFor();
    await page.getByTestId('palette-open').focus();
    await page.keyboard.press('Control+k');
    const options = page.getByTestId('palette-option');
    await options.first().waitFor();
    expect(await page.evaluate(focused)).to.equal('palette-input');
    await page.keyboard.type('forg');
    await until('the best match first', async () => (await options.allInnerTexts())[0]?.startsWith('Forge') ?? false);
    expect((await options.allInnerTexts()).join(' ')).to.match(/Retry the last turn.*Switch model for Forge/s);
    expect((await options.allInnerTexts())[0]).to.match(/^Forge\s+Error\s+1$/);
    const faults = await bothThemes(page, 'palette');
    await page.keyboard.press('Tab');
    await until('an action to be pointed at', async () =>
      /Review/.test(await page.locator('[role="option"][aria-selected="true"]').innerText()),
    );
    await page.keyboard.press('Escape');
    await page.getByTestId('palette').waitFor({ state: 'detached' });
    expect(await page.evaluate(focused), 'the focus returns').to.equal('palette-open');

    await openPalette();
    await page.keyboard.type('>usage');
    await until('commands alone', async () => (await options.allInnerTexts())[0]?.startsWith('Usage') ?? false);
    expect(await page.locator('.pal-l .pop-h').allInnerTexts()).to.deep.equal(['Commands']);
    await page.getByTestId('palette-input').fill('nobody is called so');
    await page.getByTestId('palette-none').waitFor();
    await page.getByTestId('palette-input').fill('#atl');
    await until('sessions alone', async () => (await options.allInnerTexts()).some((text) => text.startsWith('Atlas')));
    await page.keyboard.press('Enter');
    await page.getByTestId('session').waitFor();
    expect(await page.title()).to.equal('Atlas - Maestro');

    await openPalette();
    await page.keyboard.type('@READ');
    await until('the file', async () => (await options.allInnerTexts()).includes('README.md'));
    await page.keyboard.press('Enter');
    await until('the mention', async () => (await page.getByTestId('composer-input').inputValue()) === '@README.md ');
    await page.getByTestId('composer-input').fill('');
    expect(faults).to.deep.equal([]);
  });

  it('opens a list beside its button, and moves in it by arrows, ends and letters', async () => {
    const select = page.getByTestId('session-provider');
    const list = page.getByTestId('select-list');
    const active = page.locator('[data-test="select-list"] .act');
    await select.focus();
    await page.keyboard.press('ArrowDown');
    await list.waitFor();
    const faults = await bothThemes(page, 'select');
    const button = await select.boundingBox();
    const below = await list.boundingBox();
    expect(below?.y).to.be.within(
      (button?.y ?? 0) + (button?.height ?? 0),
      (button?.y ?? 0) + (button?.height ?? 0) + 8,
    );
    await page.keyboard.press('End');
    const last = await active.innerText();
    await page.keyboard.press('Home');
    expect(await active.innerText()).not.to.equal(last);
    await page.keyboard.press('g');
    expect(await active.innerText()).to.match(/^Gemini/);
    expect(await select.getAttribute('aria-activedescendant')).to.equal(await active.getAttribute('id'));
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'detached' });
    expect(await page.evaluate(focused)).to.equal('session-provider');
    expect(await select.getAttribute('data-value'), 'nothing was chosen').to.equal('rehearsal');
    expect(faults).to.deep.equal([]);
  });

  it('lists the keys, and lets single ones be switched off for good', async () => {
    await page.goto(world.server.url);
    await page.getByTestId('cards').waitFor();
    await page.keyboard.press('?');
    await page.getByTestId('shortcuts-filter').waitFor();
    const faults = await bothThemes(page, 'shortcuts');
    await page.keyboard.type('sidebar');
    expect(await page.getByTestId('shortcuts').locator('dt').allInnerTexts()).to.deep.equal(['Toggle sidebar']);
    await page.getByRole('switch', { name: 'Single-key shortcuts' }).click();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.getByTestId('cards').waitFor();
    await page.keyboard.press('?');
    await page.keyboard.press('n');
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette').waitFor();
    expect(await page.getByRole('dialog').count(), 'only the chord did something').to.equal(1);
    await page.keyboard.press('Escape');
    await page.getByTestId('shortcuts-open').click();
    await page.getByRole('switch', { name: 'Single-key shortcuts' }).click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByTestId('shortcuts').waitFor();
    await page.keyboard.press('Escape');
    expect(faults).to.deep.equal([]);
  });

  it('goes to places by sequences, and back to where one was', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.waitForURL('**/settings/tools');
    await until('the heading to have the focus', async () => (await page.evaluate(focused)) === 'H1 Tools');
    await page.setViewportSize({ width: 1440, height: 500 });
    // Nothing can be scrolled before there is a list.
    await until(
      'the list to be scrolled',
      async () =>
        (await page.evaluate(
          "(document.querySelector('.body').scrollTop = 200, document.querySelector('.body').scrollTop)",
        )) === 200,
    );
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.getByTestId('cards').waitFor();
    await page.goBack();
    await until(
      'the place it was scrolled to',
      async () => (await page.evaluate("document.querySelector('.body')?.scrollTop")) === 200,
    );
    expect(await page.evaluate(focused)).to.equal('H1 Tools');
    await page.goForward();
    await page.getByTestId('cards').waitFor();
    await until('the heading', async () => (await page.evaluate(focused)) === 'H1 Dashboard');
    await page.setViewportSize({ width: 1440, height: 900 });
    const names = (await page.getByTestId('nav-session').locator('.trunc').allInnerTexts()).slice(0, 2);
    for (const [key, name] of [
      ['1', names[0]],
      [']', names[1]],
      ['[', names[0]],
    ] as const) {
      await page.keyboard.press(key);
      await until(`${key} to lead to ${name}`, async () => (await page.title()) === `${name} - Maestro`);
    }
  });

  it('walks the regions, skips to the content, and names a place that does not exist', async () => {
    await page.goto(`${world.server.url}/nowhere/at/all`);
    await page.getByTestId('not-found').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(focused)).to.equal('A Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).to.equal('main');
    await page.goto(world.server.url);
    await page.getByTestId('cards').waitFor();
    const regions: unknown[] = [];
    for (let step = 0; step < 4; step += 1) {
      await page.keyboard.press('F6');
      regions.push(
        await page.evaluate("document.activeElement.closest('.nav, .top, .dash-l, .dash-r')?.className.split(' ')[0]"),
      );
    }
    expect(regions).to.deep.equal(['nav', 'top', 'dash-l', 'dash-r']);
  });

  it('says that a page did not come, or broke, and tries again', async () => {
    const quiet = await world.context.newPage();
    await quiet.route('**/assets/mx-tools-*.js', (route) => route.abort());
    await quiet.goto(`${world.server.url}/settings/tools`);
    await quiet.getByTestId('page-failed').waitFor();
    const faults = await bothThemes(quiet, 'page-failed');
    await quiet.unroute('**/assets/mx-tools-*.js');
    await quiet.getByTestId('empty-retry').click();
    await quiet.getByTestId('tool-row').first().waitFor();

    await quiet.goto(world.server.url);
    await quiet.getByTestId('cards').waitFor();
    await quiet.evaluate(`customElements.whenDefined('mx-dashboard').then((page) => {
      const draw = page.prototype.render;
      page.prototype.render = () => { page.prototype.render = draw; throw new Error('a test breaks it'); };
      document.querySelector('mx-dashboard').requestUpdate();
    })`);
    await quiet.getByTestId('page-failed').waitFor();
    expect(await quiet.getByTestId('page-failed').innerText()).to.include('a test breaks it');
    await quiet.getByTestId('empty-retry').click();
    await quiet.getByTestId('cards').waitFor();
    await quiet.close();
    expect(faults).to.deep.equal([]);
  });

  it('chooses the colours from a menu, by keyboard, and keeps them', async () => {
    await page.getByTestId('theme-menu').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menu', { name: 'Theme' }).waitFor();
    const faults = await accessibilityFaults(page);
    await page.keyboard.press('End');
    expect(await page.evaluate(focused)).to.match(/Light/);
    await page.keyboard.press('Home');
    await page.keyboard.press('d');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(focused), 'the focus returns').to.equal('theme-menu');
    await page.reload();
    await page.getByTestId('cards').waitFor();
    expect(await page.locator('html').getAttribute('data-theme')).to.equal('dark');
    await page.keyboard.press('t');
    expect(await page.locator('html').getAttribute('data-theme')).to.equal('light');
    await page.keyboard.press('t');
    expect(await page.locator('html').getAttribute('data-theme')).to.equal(null);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, contrast: 'more' });
      const colours = await page.evaluate(`['--text-1', '--text-3'].map((name) =>
        getComputedStyle(document.documentElement).getPropertyValue(name))`);
      expect(colours, `more contrast, ${colorScheme}`).to.satisfy(([a, b]: string[]) => a === b);
    }
    await page.emulateMedia({ colorScheme: 'dark', contrast: 'no-preference' });
    expect(faults).to.deep.equal([]);
  });

  it('is a rail of glyphs where there is little room, and a sheet where there is none', async () => {
    await page.setViewportSize({ width: 1100, height: 768 });
    expect((await page.getByTestId('nav').boundingBox())?.width).to.be.lessThan(60);
    expect(await page.getByRole('link', { name: 'MCP servers' }).count(), 'names stay for readers').to.equal(1);
    await page.setViewportSize({ width: 800, height: 700 });
    await page.getByTestId('nav-open').click();
    await until('the focus in the sheet', async () => page.evaluate("document.activeElement.closest('.nav') !== null"));
    const faults = await bothThemes(page, 'sheet');
    await page.keyboard.press('Escape');
    await until('the focus to return', async () => (await page.evaluate(focused)) === 'nav-open');
    await page.setViewportSize({ width: 320, height: 700 });
    expect(await page.evaluate('document.documentElement.scrollWidth <= 320'), 'nothing scrolls sideways').to.equal(
      true,
    );
    await page.setViewportSize({ width: 1440, height: 900 });
    expect(faults).to.deep.equal([]);
  });

  it('stays usable while the server is away: what is sent waits, arrives once, and newer pages are told', async () => {
    const session = await world.session('script-short', 'Patient');
    await page.goto(`${world.server.url}/sessions/${session.session_id}`);
    await page.locator('[data-test="session"][data-state="ready"]').waitFor();
    const port = Number(new URL(world.server.url).port);
    await world.server.kill();
    await page.getByTestId('banner').waitFor();
    await until('the countdown', async () =>
      /Trying (again in \d+ s, attempt \d|now)/.test(await page.getByTestId('banner').innerText()),
    );
    const faults = await bothThemes(page, 'server-away');
    expect(await page.getByTestId('connection').innerText()).to.equal('Reconnecting');
    await page.getByTestId('composer-input').fill('are you there?');
    await page.getByTestId('composer-input').press('Enter');
    await page.getByText('It stays in the queue').waitFor();
    await openPalette();
    await page.keyboard.press('Escape');
    await page.route(
      (url) => url.pathname === '/',
      (route) => route.fulfill({ contentType: 'text/html', body: '<script src="/assets/newer.js"></script>' }),
    );
    world.server = await MaestroProcess.start({ home: world.home, port });
    await page.getByTestId('banner-action').click();
    await page.getByText('Done.').waitFor({ timeout: 60_000 });
    await page.getByText('It stays in the queue').waitFor({ state: 'detached' });
    const { items } = await world.server.must<{ items: { role: string }[] }>(
      'GET',
      `/sessions/${session.session_id}/messages`,
    );
    expect(items.filter(({ role }) => role === 'user')).to.have.lengthOf(1);
    await page.locator('[data-test="banner"][data-kind="version"]').waitFor();
    faults.push(...(await bothThemes(page, 'newer-pages')));
    expect(faults).to.deep.equal([]);
  });

  it('had no incident on the way', () => expect(world.incidents).to.deep.equal([]));
});
