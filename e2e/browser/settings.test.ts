import { createRequire } from 'node:module';
import path from 'node:path';
import type { CredentialResource, McpServerResource, ToolResource } from '@maestro/core/protocol';
import { startHttpSim, startOAuthSim } from '@maestro/mcp-sim';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { until } from '../support/until.js';

const simulator = path.join(path.dirname(createRequire(import.meta.url).resolve('@maestro/mcp-sim')), 'stdio.js');
const command = (mode: string) => `${process.execPath} ${simulator} ${mode}`;

describe('the settings in a real browser', function () {
  this.timeout(120_000);
  let world: BrowserWorld;
  let page: Page;

  before(async () => {
    world = await BrowserWorld.open({
      reads: {
        replies: [
          [
            { call: 'list_directory', args: {} },
            { call: 'read_file', args: { file_path: 'none' } },
          ],
          [{ say: 'Done.' }],
        ],
      },
    });
    page = await world.signIn();
  });
  after(() => world?.close());

  const go = async (place: string) => {
    await page.goto(world.server.url + place);
    await page.locator('h1').first().waitFor();
  };
  const focused = () => page.evaluate<string | undefined>('document.activeElement?.dataset.test');
  const all = async <T>(place: string) => (await world.server.must<{ items: T[] }>('GET', place)).items;
  const inBothThemes = async (name: string) => {
    for (const theme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      expect(await accessibilityFaults(page), `${name} ${theme}`).to.deep.equal([]);
      await picture(page, `${name}-${theme}`);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
  };
  const tool = async (name: string) => (await all<ToolResource>('/tools')).find((one) => one.name === name);

  describe('tools', () => {
    const row = (name: string, on: Page = page) => on.locator(`[data-tool="${name}"]`);

    it('shows how often each was called and failed in the last seven days', async () => {
      const session = await world.session('script-reads', 'Reader');
      await world.say(session, 'read');
      await until('the calls', async () => {
        const used = await all<{ name: string; failed: number; median_ms: number | null }>('/tools/usage');
        return used.length === 2 && used.every(({ median_ms }) => median_ms !== null);
      });
      await go('/settings/tools');
      await row('read_file').waitFor();
      expect(await row('list_directory').innerText()).to.match(/\t1\t0\u202f%/);
      expect(await row('read_file').innerText()).to.match(/\t1\t100\u202f%/);
      expect(await row('write_file').innerText()).to.include('-');
      await inBothThemes('tools');
    });

    it('shows one of them under its own address, with what it takes', async () => {
      await go('/settings/tools#read_file');
      const detail = page.getByTestId('tool-detail');
      await detail.getByRole('heading', { name: 'read_file' }).waitFor();
      expect(await detail.getByTestId('tool-parameters').innerText()).to.include('file_path');
      expect(await detail.getByTestId('tool-schema').innerText()).to.include('"properties"');
      await row('write_file').getByTestId('tool-open').click();
      expect(page.url()).to.include('#write_file');
    });

    it('switches one by keyboard, and another tab shows it at once', async () => {
      const other = await world.tab();
      await other.goto(`${world.server.url}/settings/tools`);
      await row('write_file', other).waitFor();
      await go('/settings/tools');
      await row('write_file').getByRole('switch').focus();
      await page.keyboard.press('Space');
      await row('write_file', other).locator('[aria-checked="false"]').waitFor();
      expect((await tool('write_file'))?.is_enabled).to.equal(false);
      await page.keyboard.press('Space');
      await row('write_file', other).locator('[aria-checked="true"]').waitFor();
      await other.close();
    });

    it('turns a switch back where the server refuses, and says why', async () => {
      const answer = {
        status: 500,
        json: { error: { code: 'internal', message: 'the disk is full', correlation_id: 'x' } },
      };
      await page.route('**/api/v1/tools/write_file', (route) => route.fulfill(answer));
      await row('write_file').getByRole('switch').click();
      await row('write_file').getByTestId('switch-failure').waitFor();
      expect(await row('write_file').innerText()).to.include('The disk is full');
      expect(await row('write_file').getByRole('switch').getAttribute('aria-checked')).to.equal('true');
      expect(await accessibilityFaults(page)).to.deep.equal([]);
      await page.unroute('**/api/v1/tools/write_file');
    });

    it('keeps the list where it cannot be read anew, says since when, and tries again', async () => {
      await page.route('**/api/v1/tools', (route) =>
        route.fulfill({ status: 503, json: { error: { code: 'x', message: 'no database', correlation_id: 'x' } } }),
      );
      await world.server.must('PATCH', '/tools/write_file', { is_enabled: true });
      await page.getByTestId('list-stale').waitFor();
      expect(await page.getByTestId('list-stale').innerText()).to.match(/\d\d:\d\d, not current/);
      expect(await row('read_file').count()).to.equal(1);
      await page.unroute('**/api/v1/tools');
      await page.getByTestId('list-retry').click();
      await page.getByTestId('list-stale').waitFor({ state: 'detached' });
    });

    it('shows a skeleton where the list takes long, and none where it does not', async () => {
      const seen = () => page.evaluate<boolean>('globalThis.seen');
      const watch = `globalThis.seen = false;
        new MutationObserver(() => { globalThis.seen ||= document.querySelector('[data-test="list-loading"]') !== null; })
          .observe(document, { childList: true, subtree: true });`;
      await go('/');
      await page.evaluate(watch);
      await page.route('**/api/v1/templates', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 700));
        await route.continue();
      });
      await page.getByRole('link', { name: 'Templates' }).click();
      await page.getByTestId('list-loading').waitFor();
      await page.getByTestId('template-form').waitFor();
      await page.unroute('**/api/v1/templates');
      await page.getByRole('link', { name: 'Dashboard' }).click();
      await page.evaluate(watch);
      await page.getByRole('link', { name: 'Templates' }).click();
      await page.getByTestId('template-form').waitFor();
      expect(await seen()).to.equal(false);
    });

    it('says so where the list never came, and tries again', async () => {
      await page.route('**/api/v1/tools', (route) =>
        route.fulfill({ status: 503, json: { error: { code: 'x', message: 'no database', correlation_id: 'x' } } }),
      );
      await go('/settings/tools');
      await page.getByTestId('list-failed').waitFor();
      await inBothThemes('tools-failed');
      await page.unroute('**/api/v1/tools');
      await page.getByTestId('list-retry').click();
      await row('read_file').waitFor();
    });

    it('decides when one asks: in general and for what fits a pattern', async () => {
      await go('/settings/tools#read_file');
      const detail = page.getByTestId('tool-detail');
      await detail.getByTestId('approval').waitFor();
      await detail.getByLabel('Always ask').first().focus();
      await page.keyboard.press('Space');
      await until('the rule', async () =>
        (await all<{ decision: string }>('/approval-rules')).some(({ decision }) => decision === 'ask'),
      );
      await detail.getByTestId('rule-pattern').fill('/etc/*');
      await detail.getByTestId('rule-new-decision').selectOption('deny');
      await page.getByTestId('rule-add').press('Enter');
      await detail.getByTestId('rule').waitFor();
      expect(await all('/approval-rules')).to.have.length(2);
      await inBothThemes('tools-rules');
      await page.setViewportSize({ width: 1024, height: 768 });
      await picture(page, 'tools-1024');
      await page.setViewportSize({ width: 1440, height: 900 });
      await detail.getByTestId('rule-decision').selectOption('allow');
      await until('the change', async () =>
        (await all<{ decision: string }>('/approval-rules')).some(({ decision }) => decision === 'allow'),
      );
      await detail.getByTestId('rule-delete').click();
      await detail.getByTestId('rule').waitFor({ state: 'detached' });
      await detail.getByLabel('As the session says').first().check({ force: true });
      await until('no rule', async () => (await all('/approval-rules')).length === 0);
    });

    it('is quick with a thousand of them, and harmless whatever they are called', async () => {
      const many = Array.from({ length: 1000 }, (_, index) => ({
        ...{ name: `tool_${index}`, title: '', effects: 'read', is_enabled: true, available: true },
        ...{ plugin: '@maestro/many', server: index % 2 === 0 ? '<img src=x onerror=alert(1)>' : null },
        description: '<script>alert(1)</script>\u202egnp',
        parameters: { type: 'object', properties: { '<b onclick=alert(1)>x</b>': { type: '<svg onload=alert(1)>' } } },
      }));
      await page.route('**/api/v1/tools', (route) => route.fulfill({ json: { items: many, next: null } }));
      await go('/settings/tools');
      await row('tool_999').waitFor({ state: 'attached' });
      const began = Date.now();
      await page.getByTestId('tool-filter').fill('tool_77');
      await until('the filter', async () => (await page.getByTestId('tool-row').count()) === 11);
      expect(Date.now() - began).to.be.lessThan(3_000);
      await row('tool_77').getByTestId('tool-open').click();
      expect(await page.getByTestId('tool-description').innerText()).to.include('<script>');
      await page.getByTestId('tool-filter').fill('nothing like it');
      await page.getByTestId('tools-none').waitFor();
      await page.unroute('**/api/v1/tools');
    });
  });

  describe('credentials', () => {
    const anthropic = () => page.locator('[data-provider="anthropic"]');

    it('takes a key by keyboard, shows whose it is and never the key', async () => {
      await go('/auth');
      await anthropic().getByTestId('add-key').focus();
      await page.keyboard.press('Enter');
      await until('the focus', async () => (await focused()) === 'key-value');
      await page.route('**/api/v1/credentials', async (route) => {
        const body = route.request().postDataJSON() as object | null;
        await route.continue(body ? { postData: JSON.stringify({ ...body, verify: false }) } : {});
      });
      await page.keyboard.type('sk-ant-settings-000000');
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.type('<b>Work</b>');
      await page.keyboard.press('Enter');
      await page.getByTestId('credential').waitFor();
      await page.unroute('**/api/v1/credentials');
      await until('the focus back', async () => (await focused()) === 'add-key');
      expect(await page.getByTestId('credential-label').innerText()).to.equal('<b>Work</b>');
      expect(await page.content()).not.to.include('sk-ant-settings-000000');
      await inBothThemes('auth');
    });

    it('renames it, in every tab', async () => {
      const other = await world.tab();
      await other.goto(`${world.server.url}/auth`);
      await other.getByTestId('credential').waitFor();
      await page.getByTestId('key-rename').press('Enter');
      await page.getByTestId('key-rename-field').fill('Home');
      await page.keyboard.press('Enter');
      await other.getByTestId('credential-label').filter({ hasText: 'Home' }).waitFor();
      await until('the focus back', async () => (await focused()) === 'key-rename');
      await other.close();
    });

    it('names who uses it before it is deleted', async () => {
      const [credential] = await all<CredentialResource>('/credentials');
      const session = await world.session('script-reads', 'Depends');
      await world.server.must('PATCH', `/sessions/${session.session_id}`, {
        ...{ provider: 'anthropic', model: 'claude-x', credential_id: credential?.id },
      });
      await page.getByTestId('key-delete').press('Enter');
      await page.getByTestId('credential-users').waitFor();
      expect(await page.getByTestId('credential-users').innerText()).to.include('Depends');
      await inBothThemes('auth-delete');
      await page.keyboard.press('Enter');
      await page.getByTestId('credential').waitFor({ state: 'detached' });
    });
  });

  describe('MCP servers', () => {
    const server = (name: string, on: Page = page) => on.locator(`[data-test="mcp-row"][data-name="${name}"]`);

    it('says at the field what is wrong, before anything is sent', async () => {
      await go('/settings/mcp');
      await page.getByTestId('mcp-form').waitFor();
      await page.getByTestId('segment-http').click();
      await page.getByTestId('mcp-url').fill('localhost:8099/mcp');
      await page.getByTestId('mcp-save').click();
      await page.getByTestId('mcp-url-error').waitFor();
      expect(await page.getByTestId('mcp-url-error').innerText()).to.include('Start with http:// or https://');
      await until('the focus', async () => (await focused()) === 'mcp-name');
      await inBothThemes('mcp-empty');
    });

    it('tries a server by keyboard and adds it; its tools come and another tab sees it connect', async () => {
      const other = await world.tab();
      await other.goto(`${world.server.url}/settings/mcp`);
      await other.getByTestId('mcp-form').waitFor();
      await go('/settings/mcp');
      await page.getByTestId('mcp-add').press('Enter');
      await until('the focus', async () => (await focused()) === 'mcp-name');
      await page.keyboard.type('sim');
      await page.keyboard.press('Tab');
      await page.keyboard.type(command('good'));
      await page.getByTestId('mcp-env-add').press('Enter');
      await until('the focus', async () => (await focused()) === 'mcp-env-name');
      await page.keyboard.type('TOKEN');
      await page.keyboard.press('Tab');
      await page.keyboard.type('very-secret-3');
      await page.getByTestId('mcp-test').press('Enter');
      await page.locator('[data-test="mcp-trial"][data-ok="true"]').waitFor();
      expect(await page.getByTestId('mcp-trial').innerText()).to.match(/Works: 1 tool, \d/);
      await inBothThemes('mcp-trial');
      await page.getByTestId('mcp-save').press('Enter');
      await server('sim', other).locator('[data-test="mcp-state"]', { hasText: 'Connected' }).waitFor();
      await server('sim').locator('[data-test="mcp-state"]', { hasText: 'Connected' }).waitFor();
      await page.getByTestId('mcp-tool').first().waitFor();
      expect((await all<McpServerResource>('/mcp-servers'))[0]?.env).to.deep.equal(['TOKEN']);
      expect(await page.content()).not.to.include('very-secret-3');
      await inBothThemes('mcp');
      await other.close();
    });

    it('switches one of its tools, and all', async () => {
      const echo = page.locator('[data-test="mcp-tool"][data-tool="echo"]');
      await echo.getByRole('switch').click();
      await until('the switch', async () => (await tool('sim__echo'))?.is_enabled === false);
      for (const on of [true, false, true]) {
        await page.getByTestId('mcp-all').click();
        await until(`all ${on ? 'on' : 'off'}`, async () => {
          const own = (await all<ToolResource>('/tools')).filter((one) => one.server === 'sim');
          return own.every(({ is_enabled }) => is_enabled === on);
        });
        await page
          .getByTestId('mcp-all')
          .filter({ hasText: on ? 'All off' : 'All on' })
          .waitFor();
      }
    });

    it('changes one without touching its secrets', async () => {
      await server('sim').getByTestId('mcp-edit').click();
      await until('the focus', async () => (await focused()) === 'mcp-name');
      await page.getByTestId('mcp-description').fill('Says what it hears');
      await page.getByTestId('mcp-save').click();
      await until(
        'the change',
        async () => (await all<McpServerResource>('/mcp-servers'))[0]?.description === 'Says what it hears',
      );
      expect((await all<McpServerResource>('/mcp-servers'))[0]?.env).to.deep.equal(['TOKEN']);
      await until('the focus back', async () => (await focused()) === 'mcp-open');
    });

    it('says why one does not answer, when it is tried next, and what it wrote', async () => {
      const [program = '', ...args] = command('crash-at-start').split(' ');
      await world.server.must('POST', '/mcp-servers', { name: 'broken', transport: 'stdio', command: program, args });
      await server('broken').locator('[data-test="mcp-state"]', { hasText: 'next try' }).waitFor();
      await server('broken').getByTestId('mcp-open').click();
      expect(await page.getByTestId('mcp-why').innerText()).to.include('last words');
      await page.getByTestId('mcp-words').click();
      expect(await page.getByTestId('mcp-output').innerText()).to.include('does not want to start');
      await inBothThemes('mcp-broken');
    });

    it('tells what to do about one that cannot be reached', async () => {
      await page.getByTestId('mcp-add').click();
      await page.getByTestId('segment-sse').click();
      await page.getByTestId('mcp-name').fill('far');
      await page.getByTestId('mcp-url').fill('http://127.0.0.1:59321/sse');
      await page.getByTestId('mcp-test').click();
      await page.locator('[data-test="mcp-trial"][data-ok="false"]').waitFor();
      expect(await page.getByTestId('mcp-trial').innerText()).to.include('Start the server');
      expect(await all('/mcp-servers')).to.have.length(2);
    });

    it('imports those of another program, shown first', async () => {
      await page.getByTestId('mcp-import-open').click();
      await page.getByTestId('import-text').fill('[mcp_servers."<b>odd</b>"]\ncommand = "true"\nenabled = false\n');
      await page.getByTestId('import-go').click();
      await page.getByTestId('import-found').waitFor();
      await inBothThemes('mcp-import');
      await page.getByTestId('import-go').click();
      await server('b-odd-b-').waitFor();
      await page.getByTestId('mcp-import').waitFor({ state: 'detached' });
    });

    it('signs in to one that wants it, and shows its tools once that is done', async () => {
      const oauth = await startOAuthSim();
      const sim = await startHttpSim({ before: (request, response) => oauth.guard(request, response) });
      await world.server.must('POST', '/mcp-servers', { name: 'tracker', transport: 'http', url: sim.url(0) });
      await server('tracker').locator('[data-test="mcp-state"]', { hasText: 'Needs a sign-in' }).waitFor();
      await server('tracker').getByTestId('mcp-open').click();
      await page.getByTestId('mcp-login-begin').press('Enter');
      await until('the focus', async () => (await focused()) === 'mcp-login-open');
      await page.getByTestId('mcp-login-finish').click();
      expect(await page.getByTestId('mcp-login-problem').innerText()).to.include('Paste the address first');
      await inBothThemes('mcp-login');
      const address = await page.getByTestId('mcp-login-url').inputValue();
      const ended = (await fetch(address, { redirect: 'manual' })).headers.get('location') ?? '';
      await page.getByTestId('mcp-login-answer').fill(ended);
      await page.getByTestId('mcp-login-finish').press('Enter');
      await server('tracker').locator('[data-test="mcp-state"]', { hasText: 'Connected' }).waitFor();
      await page.getByTestId('mcp-tool').first().waitFor();
      for (const secret of oauth.given) expect(await page.content()).not.to.include(secret);
      await world.server.must('DELETE', '/mcp-servers/tracker');
      await server('tracker').waitFor({ state: 'detached' });
      await sim.close();
      await oauth.close();
    });

    it('shows what a stranger calls its tools as text, many of them and in little room', async () => {
      const bad = '<img src=x onerror=alert(1)>';
      const tool = { title: bad, description: bad, parameters: {}, effects: 'exec', notice: bad };
      const items = Array.from({ length: 300 }, (_, index) => ({
        ...tool,
        name: `${bad}${index}`,
        tool: `t_${index}`,
      }));
      await page.route('**/api/v1/mcp-servers/*/tools', (route) => route.fulfill({ json: { items, next: null } }));
      await page.setViewportSize({ width: 1024, height: 768 });
      await go('/settings/mcp');
      await server('sim').getByTestId('mcp-open').click();
      await page.getByTestId('mcp-more').click();
      await until('all of them', async () => (await page.getByTestId('mcp-tool').count()) === 300);
      await inBothThemes('mcp-1024');
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.unroute('**/api/v1/mcp-servers/*/tools');
    });

    it('turns one off and deletes one, after asking', async () => {
      await server('sim').locator('mx-switch [role="switch"]').click();
      await server('sim').locator('[data-test="mcp-state"]', { hasText: 'Off' }).waitFor();
      await server('broken').getByTestId('mcp-delete').press('Enter');
      await until('the question', async () => (await focused()) === 'mcp-delete-confirm');
      await page.keyboard.press('Escape');
      await until('the focus back', async () => (await focused()) === 'mcp-delete');
      await page.keyboard.press('Enter');
      await until('the question', async () => (await focused()) === 'mcp-delete-confirm');
      await page.keyboard.press('Enter');
      await server('broken').waitFor({ state: 'detached' });
    });
  });

  it('had no incident on the way', () => expect(world.incidents).to.deep.equal([]));
});
