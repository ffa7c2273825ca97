import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';

const loader = new URL('../support/plugin-loader.js', import.meta.url).href;
const quiet = [
  ...['tools-code', 'tools-exec', 'tools-planning', 'tools-web', 'tool-search', 'mcp-bridge', 'sub-agents'],
  ...['provider-local', 'provider-gemini', 'provider-anthropic'],
];

const scripts = { held: { replies: [[{ say: 'before ' }, { hold: 'later' }, { say: 'after' }]] } };

describe('panels of plugins in a real browser', function () {
  this.timeout(60_000);
  let world: BrowserWorld;
  let page: Page;
  const panel = (id: string, on = page) => on.locator(`mx-panel[data-panel="${id}"]`);
  before(async () => {
    const off = quiet.map((name) => `  "@maestro/${name}": false\n`).join('');
    const own = '  "@test/panels": { token: CANARY-7 }\n';
    world = await BrowserWorld.open(scripts, { width: 1440, height: 900 }, off + own, ['--import', loader]);
    await world.session('rehearsal-1', 'Reader');
    page = await world.signIn();
  });
  after(async () => {
    await world.close();
    expect(world.incidents, 'nothing of a plugin ran, asked or fetched').to.deep.equal([]);
  });

  it('draws every kind of view', async () => {
    const every = panel('every-kind');
    await every.getByText('318').waitFor();
    expect(await every.getByRole('meter', { name: 'Queue' }).getAttribute('aria-valuetext')).to.match(/82.*warning/);
    expect(await every.getByRole('row').allInnerTexts()).to.deep.equal(['Suite\tTime', 'unit\t1,234.5', 'browser\t-']);
    expect(await every.getByRole('heading', { name: 'Notes' }).count()).to.equal(1);
    expect(await every.getByText('leaf').isVisible()).to.equal(true);
    const log = every.locator('.logl');
    await log.getByText('line 59').waitFor();
    expect(await log.evaluate((one) => one.scrollTop + one.clientHeight >= one.scrollHeight - 4)).to.equal(true);
    await panel('system-load').getByRole('meter', { name: 'CPU' }).waitFor();
    await panel('system-load').locator('mx-chart').waitFor();
  });

  it('W3 shows hostile text as text', async () => {
    const hostile = panel('hostile');
    await hostile.getByRole('button').first().waitFor();
    expect(await hostile.locator('script, img[src="x"], a[href^="javascript"], img').count()).to.equal(0);
    expect(await hostile.innerText())
      .to.include('<img src=x onerror=')
      .and.include('⟨U+202E⟩');
  });

  it('acts, asks first where it should, keeps what is typed, and shows it in another tab', async () => {
    const other = await world.tab();
    await other.goto(world.server.url);
    await panel('counter', other).getByText('hello').waitFor();
    const counter = panel('counter');
    await counter.getByTestId('panel-field-to').fill('42');
    await counter.getByTestId('panel-submit').click();
    for (const one of [page, other]) await panel('counter', one).locator('.mid', { hasText: '42' }).waitFor();
    await panel('counter', other).getByTestId('panel-field-to').fill('7');
    await counter.getByRole('button', { name: 'Reset' }).click();
    await counter.getByText('Back to zero?').waitFor();
    expect(await counter.getByTestId('panel-no').evaluate((one) => one.matches(':focus'))).to.equal(true);
    await page.keyboard.press('Escape');
    expect(await counter.getByRole('button', { name: 'Reset' }).evaluate((one) => one.matches(':focus'))).to.equal(
      true,
    );
    await page.keyboard.press('Enter');
    await counter.getByTestId('panel-yes').click();
    for (const one of [page, other]) await panel('counter', one).locator('.mid', { hasText: /^0$/ }).waitFor();
    expect(await panel('counter', other).getByTestId('panel-field-to').inputValue()).to.equal('7');
    await counter.getByRole('button', { name: 'Fail' }).click();
    await page.getByText('the counter is stuck').waitFor();
    await page
      .getByRole('button', { name: /dismiss|close/i })
      .first()
      .click();
    await other.close();
  });

  it('says that one broke, and restarts it', async () => {
    const fragile = panel('fragile');
    await fragile.getByTestId('panel-error').waitFor();
    expect(await fragile.innerText())
      .to.include('a string snapped')
      .and.include('whole');
    await fragile.getByTestId('panel-restart').click();
    await fragile.getByText('mended').waitFor();
    expect(await fragile.getByTestId('panel-error').count()).to.equal(0);
  });

  it('is arranged and hidden, remembers that, and shows it in another tab at once', async () => {
    const order = (on: Page) =>
      on.locator('mx-panel').evaluateAll((all) => all.map((one) => one.getAttribute('data-panel')));
    const before = await order(page);
    const other = await world.tab();
    await other.goto(world.server.url);
    await panel('counter', other).waitFor();
    await panel('counter').getByTestId('panel-menu').click();
    await page.getByRole('menuitem', { name: 'Move to the front' }).click();
    const at = before.indexOf('counter');
    const expected = before.map((id, index) => (index === at - 1 ? 'counter' : index === at ? before[at - 1]! : id));
    expect(await order(page)).to.deep.equal(expected);
    await panel('every-kind').getByTestId('panel-menu').click();
    await page.getByRole('menuitem', { name: 'Hide' }).click();
    await panel('every-kind', other).waitFor({ state: 'detached' });
    expect(await order(other)).to.deep.equal(expected.filter((id) => id !== 'every-kind'));
    await page.reload();
    await page.getByTestId('panels-hidden').click();
    await page.getByRole('menuitem', { name: 'Show Every kind' }).click();
    await panel('every-kind', other).waitFor();
    await other.close();
  });

  it('stands beside a session, and knows which', async () => {
    const session = await world.session('rehearsal-1', 'Beside');
    await page.goto(`${world.server.url}/sessions/${session.session_id}`);
    const open = page.getByTestId('panel-open');
    await open.or(page.getByTestId('panel-close')).first().waitFor();
    if (await open.isVisible()) await open.click();
    await page.getByRole('tab', { name: 'Context' }).click();
    await panel('beside').getByText(`stands beside ${session.session_id}`).waitFor();
    await page.goto(world.server.url);
    await panel('every-kind').waitFor();
  });

  it('W6 is accessible in both themes', async () => {
    const faults: string[] = [];
    for (const theme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await panel('every-kind').scrollIntoViewIfNeeded();
      faults.push(...(await accessibilityFaults(page)).map((fault) => `${theme}: ${fault}`));
      await picture(page, `panels-${theme}`);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(faults).to.deep.equal([]);
  });

  describe('the page of the plugins', () => {
    const card = (name: string, on = page) => on.locator(`[data-test="plugin"][data-plugin="${name}"]`);
    const detail = () => page.getByTestId('plugin-detail');
    const own = '/settings/plugins/@test/panels';

    it('lists what each brings and why one is off, and has an address for each', async () => {
      await page.goto(`${world.server.url}/settings/plugins`);
      await card('@test/panels').getByText('5 panels').waitFor();
      expect(await card('@maestro/tools-web').getAttribute('data-state')).to.equal('off');
      expect(await card('@maestro/tools-files').innerText()).to.match(/tools-files\s+0\.1\.0[\s\S]*tools/);
      await card('@test/panels').getByTestId('plugin-configure').click();
      await detail().getByText('every-kind').waitFor();
      expect(page.url()).to.equal(`${world.server.url}${own}`);
      await page.goBack();
      await page.locator('[data-test="plugin-detail"]:not([data-plugin="@test/panels"])').waitFor();
      await page.goto(`${world.server.url}/settings/plugins/nobody`);
      await page.getByTestId('plugin-unknown').waitFor();
    });

    it('checks a setting at its field, saves it at once and for later, and never shows a secret', async () => {
      await page.goto(world.server.url + own);
      await detail().getByTestId('setting-times').fill('12');
      await detail().getByTestId('setting-greeting').fill('good day');
      await detail().getByTestId('plugin-save').click();
      await detail().getByTestId('setting-times-error').getByText('May be 9 at most.').waitFor();
      expect(
        await detail()
          .getByTestId('setting-times')
          .evaluate((one) => one.matches(':focus')),
      ).to.equal(true);
      await detail().getByTestId('setting-times').fill('3');
      await detail().getByTestId('setting-times').press('Control+s');
      await detail().locator('mx-panel[data-panel="counter"]').getByText('good day').waitFor();
      expect(await detail().getByTestId('plugin-save').isDisabled()).to.equal(true);
      expect(await detail().getByTestId('setting-token').inputValue()).to.equal('');
      expect(await detail().getByTestId('setting-token').getAttribute('placeholder')).to.equal('set, not shown');
      const text = await readFile(path.join(world.home, 'maestro.yaml'), 'utf8');
      expect(text)
        .to.match(/greeting: good day/)
        .and.match(/times: 3/)
        .and.match(/token: CANARY-7/);
      await detail().getByTestId('plugin-log').click();
      await detail().getByTestId('plugin-lines').getByText('says good day').waitFor();
      expect(await page.content()).not.to.include('CANARY');
    });

    it('turns one off and on in every tab, while a session goes on', async () => {
      const session = await world.session('script-held', 'Goes on');
      await world.say(session, 'go');
      const other = await world.tab();
      await other.goto(`${world.server.url}/sessions/${session.session_id}`);
      await other.getByTestId('chat-log').getByText('before').waitFor();
      const third = await world.tab();
      await third.goto(`${world.server.url}/settings/plugins`);
      await card('@test/panels').getByRole('switch').click();
      for (const one of [page, third]) await one.locator('[data-plugin="@test/panels"][data-state="off"]').waitFor();
      await detail().getByText('Turn it on to see its settings.').waitFor({ state: 'detached' });
      expect(await readFile(path.join(world.home, 'maestro.yaml'), 'utf8')).to.match(/"@test\/panels": false # was:/);
      await card('@maestro/tools-files').getByRole('switch').click();
      await page.locator('[data-plugin="@maestro/tools-files"][data-state="off"]').waitFor();
      await card('@maestro/tools-files').getByRole('switch').click();
      await page.locator('[data-plugin="@maestro/tools-files"][data-state="active"]').waitFor();
      await world.release('later');
      await other.getByTestId('chat-log').getByText('before after').waitFor();
      await card('@test/panels').getByRole('switch').click();
      await third.locator('[data-plugin="@test/panels"][data-state="active"]').waitFor();
      await Promise.all([other.close(), third.close()]);
    });

    it('W6 is accessible in both themes, also while something is wrong', async () => {
      await page.goto(world.server.url + own);
      await detail().getByText('mended').or(detail().getByTestId('panel-error')).first().waitFor();
      await detail().getByTestId('setting-times').fill('x');
      await detail().getByTestId('plugin-log').click();
      const faults: string[] = [];
      for (const theme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme: theme });
        faults.push(...(await accessibilityFaults(page)).map((fault) => `${theme}: ${fault}`));
        await picture(page, `plugins-${theme}`);
      }
      await page.setViewportSize({ width: 1024, height: 768 });
      await picture(page, 'plugins-1024');
      await page.setViewportSize({ width: 1440, height: 900 });
      expect(faults).to.deep.equal([]);
    });
  });
});
