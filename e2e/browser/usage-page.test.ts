import { readFile } from 'node:fs/promises';
import type { BudgetResource, CallResource, List, Session, UsageReport } from '@maestro/core/protocol';
import { type TestDatabase, testDatabase } from '@maestro/core/testing';
import { type ProviderSim, type Reply, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { until } from '../support/until.js';
import { addUse, fillUsage } from '../support/used-before.js';

/** At 3 and 15 USD for a million tokens, a million read and nothing written cost 3 USD. */
const model = 'claude-sonnet-5';
const reply = (text: string, input_tokens: number, output_tokens: number): Reply => ({
  steps: [{ type: 'text', text }],
  usage: { input_tokens, output_tokens },
});

describe('the usage page, in a real browser', function () {
  this.timeout(120_000);
  let sim: ProviderSim;
  let database: TestDatabase;
  let world: BrowserWorld;
  let page: Page;

  before(async () => {
    sim = await startProviderSim();
    database = await testDatabase();
    await fillUsage(database.url);
    const more = `  "@maestro/provider-anthropic": { baseUrl: "${sim.url}" }
database: { url: "${database.url}" }
models: { ${model}: { price: { input: 3, output: 15 } } }
`;
    world = await BrowserWorld.open({}, { width: 1440, height: 900 }, more);
    const key = { provider: 'anthropic', method: 'anthropic/api_key', fields: { api_key: 'sk-ant-usage-000' } };
    await world.server.must('POST', '/credentials', key);
    page = await world.signIn();
    await show('');
  });
  after(async () => {
    await world?.close();
    await sim?.close();
    await database?.drop();
  });

  const words = async (locator: Locator) => (await locator.innerText()).replace(/\s+/g, ' ').trim();
  const settled = (on: Page) => on.locator('[data-test="usage-page"][aria-busy="false"]').waitFor();
  const show = async (search: string, on = page) => {
    await on.goto(`${world.server.url}/usage${search}`);
    await settled(on);
  };
  const cost = (on = page) => words(on.getByTestId('usage-measure-cost').locator('.mid'));
  const costs = (list: string, on = page) =>
    on
      .getByTestId(`usage-by-${list}`)
      .getByTestId('usage-row')
      .allInnerTexts()
      .then((texts) => texts.map((one) => one.replace(/\s+/g, ' ').trim()));
  const search = (on = page) => new URL(on.url()).search;

  it('shows cost by day and provider, by model, agent and activity, with estimates marked', async () => {
    expect(await cost()).to.equal('~$43.84');
    expect(await costs('model')).to.deep.equal([
      ...[
        'claude-opus-4-1 $17.81',
        'gpt-5 $10.96',
        'claude-sonnet-4-5 $9.59',
        'gemini-2.5-pro $4.11',
        'gpt-5-mini ~$1.37',
      ],
    ]);
    expect(await costs('agent')).to.deep.equal([
      'Mason $17.81',
      'Forge $10.96',
      'Wren $9.59',
      'Atlas $4.11',
      'Juno ~$1.37',
    ]);
    expect(await costs('activity')).to.deep.equal(['Conversation $32.88', 'Sub-agents $9.59', 'Compaction ~$1.37']);
    const drawing = page.getByTestId('chart').getByRole('img');
    expect(await drawing.getAttribute('aria-label')).to.match(
      /^Cost per day, 14 days, by provider\. Highest \$4\.80 at \d+ \w+, last \$3\.04\.$/,
    );
    expect(await drawing.locator('rect').count()).to.equal(42);
    await picture(page, 'usage-dark');
  });

  it('adds up to what the server says, to the cent', async () => {
    const { totals } = await world.server.must<UsageReport>('GET', '/usage');
    expect(Number(totals.total_cost_usd).toFixed(2)).to.equal((await cost()).replace('~$', ''));
    const saved = `saved ~$${Number(totals.cache_saved_usd).toFixed(2)}`;
    expect(await words(page.getByTestId('usage-tiles'))).to.include(saved);
  });

  it('has no accessibility fault in either theme, as a chart, as a table, at a point, with its dialog open', async () => {
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityFaults(page), colorScheme).to.deep.equal([]);
      await picture(page, `usage-${colorScheme}`);
      await page.getByTestId('chart-table-toggle').click();
      await page.getByTestId('budget-edit').click();
      // Over the table, which stands in the page still.
      expect(await accessibilityFaults(page), `${colorScheme}, table and budgets`).to.deep.equal([]);
      await picture(page, `usage-budgets-${colorScheme}`);
      await page.keyboard.press('Escape');
      expect(await page.evaluate("document.activeElement?.getAttribute('data-test')")).to.equal('budget-edit');
      await page.getByTestId('chart-table-toggle').click();
    }
    await page.emulateMedia({ colorScheme: 'dark' });
  });

  it('says in its table what the chart draws, every day and the sum of each', async () => {
    await page.getByTestId('chart-table-toggle').click();
    const rows = page.getByTestId('chart-table').locator('tbody tr');
    expect(await rows.count()).to.equal(14);
    expect(await words(rows.last())).to.equal('Today $1.90 $0.86 $0.29 $3.04');
    await page.getByTestId('chart-table-toggle').click();
  });

  it('narrows to a row by pointer and by keyboard, says so, and has it in the address', async () => {
    await page.getByTestId('usage-by-agent').getByTestId('usage-row').nth(1).click();
    await settled(page);
    await until('the cost of Forge', async () => (await cost()) === '$10.96');
    expect(search()).to.equal('?agent=Forge');
    expect(await words(page.getByTestId('usage-chip'))).to.equal('Agent: Forge');
    await page.getByTestId('usage-by-model').getByRole('button', { name: 'gpt-5' }).focus();
    await page.keyboard.press('Enter');
    await until('both filters', () => search() === '?model=gpt-5&agent=Forge');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    const focused = () => page.evaluate<string>('document.activeElement?.textContent?.trim()');
    expect(await focused()).to.equal('gpt-5');
    await page.keyboard.press('Enter');
    await until('one filter again', () => search() === '?agent=Forge');
  });

  it('goes back and forward through its views, and opens in another tab as it is', async () => {
    await page.getByTestId('segment-7').click();
    await until('seven days', () => search() === '?period=7&agent=Forge');
    await settled(page);
    const seven = await cost();
    const other = await world.tab();
    await show(search(), other);
    expect(await cost(other)).to.equal(seven);
    expect(await words(other.getByTestId('usage-chip'))).to.equal('Agent: Forge');
    await other.close();
    await page.goBack();
    await until('fourteen days', async () => search() === '?agent=Forge' && (await cost()) === '$10.96');
    await page.goForward();
    await until('seven days again', async () => (await cost()) === seven);
    await page.getByTestId('usage-chip').click();
    await until('no filter', () => search() === '?period=7');
  });

  it('shows any days that are asked for, and the usual ones again on the way back', async () => {
    await show('');
    const [today, earlier] = [0, 2].map((days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10));
    await page.getByTestId('segment-custom').click();
    await page.getByTestId('usage-from').fill(earlier!);
    await until('three days', async () => search() === `?from=${earlier}&to=${today}` && (await cost()) === '~$7.52');
    await page.goBack();
    await until('fourteen days', async () => search() === '' && (await cost()) === '~$43.84');
    const pressed = page.getByRole('group', { name: 'Period' }).locator('[aria-pressed="true"]');
    expect(await pressed.innerText()).to.equal('14 days');
    expect(await page.getByTestId('usage-from').count()).to.equal(0);
  });

  it('goes through the points of the chart by keyboard and narrows to the one chosen', async () => {
    await show('');
    const points = page.getByTestId('chart-points');
    await points.focus();
    expect(await points.getAttribute('aria-valuetext')).to.match(
      /^Today: Anthropic \$1\.90, OpenAI \$0\.86, Gemini \$0\.29$/,
    );
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowUp');
    expect(await points.getAttribute('aria-valuetext')).to.match(/^\d+ \w+: Anthropic \$2\.65$/);
    await picture(page, 'usage-point');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.keyboard.press('Enter');
    await until('a day of Anthropic', () => /^\?from=(\S+)&to=\1&provider=anthropic$/.test(search()));
    await until('its cost', async () => (await cost()) === '$2.65');
    expect(await words(page.getByTestId('chart').locator('h2'))).to.equal('Cost per hour, by provider');
    await page.getByTestId('usage-from').waitFor();
    await picture(page, 'usage-day');
  });

  it('is about tokens where that is asked', async () => {
    await show('');
    await page.getByTestId('usage-measure-tokens').click();
    await until('tokens', () => search() === '?measure=tokens');
    expect(await words(page.getByTestId('chart').locator('h2'))).to.equal('Tokens per day, by provider');
    expect((await costs('activity'))[0]).to.match(/^Conversation \d\.\d\d M$/);
  });

  it('grows in every open tab after each call, and leads to the calls that cost most', async () => {
    await show('');
    const other = await world.tab();
    await show('?agent=Atlas', other);
    const session = await world.server.must<Session>('POST', '/sessions', {
      ...{ agent_name: 'Atlas', provider: 'anthropic', model, working_directory: world.work },
    });
    sim.play(reply('Costly.', 2_000_000, 0));
    await world.say(session, 'think hard');
    await until('the new cost', async () => (await cost()) === '~$49.84');
    await until('the new cost there', async () => (await cost(other)) === '$10.11');
    await other.close();
    const [call] = (await world.server.must<List<CallResource>>('GET', `/sessions/${session.session_id}/calls`)).items;
    const dearest = page.getByTestId('usage-call').first();
    expect(await words(dearest)).to.match(
      /^\d\d:\d\d ?, call of Atlas Atlas claude-sonnet-5 Conversation 2,000,000 0 .* \$6\.00$/,
    );
    expect(await dearest.getByRole('link').getAttribute('href')).to.equal(
      `/sessions/${session.session_id}/calls/${call?.id}`,
    );
  });

  it('shows the first lines of a long list, and all of it where that is asked', async () => {
    for (const agent of ['Pixel', 'Scribe', 'Delta']) await addUse(database.url, agent);
    await show('');
    const list = page.getByTestId('usage-by-agent');
    expect(await list.getByTestId('usage-row').count()).to.equal(6);
    await list.getByTestId('usage-more').click();
    expect(await list.getByTestId('usage-row').count()).to.equal(8);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await list.getByTestId('usage-more').click();
    expect(await list.getByTestId('usage-row').count()).to.equal(6);
  });

  it('exports the tables with every digit', async () => {
    await page.getByTestId('usage-csv').click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'By model' }).click();
    const file = await download;
    expect(file.suggestedFilename()).to.match(/^usage-models-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
    const lines = (await readFile(await file.path(), 'utf8')).split('\r\n');
    expect(lines[0]).to.match(/^provider,model,calls,request_tokens,.*,total_cost_usd,unpriced_calls,estimated$/);
    expect(lines.find((line) => line.includes('claude-sonnet-5'))).to.match(
      /^anthropic,claude-sonnet-5,1,2000000,.*,6,0,no$/,
    );
  });

  it('sets, changes and deletes budgets, and warns of one that is nearly used up', async () => {
    const budgets = async () =>
      (await world.server.must<List<BudgetResource>>('GET', '/budgets')).items.filter(({ id }) => id !== null);
    await page.getByTestId('budget-edit').click();
    await page.getByTestId('budget-limit').fill('ten');
    await page.getByTestId('budget-save').click();
    expect(await words(page.getByTestId('budget-limit-error'))).to.equal('Write an amount such as 10 or 0.50.');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.getByTestId('budget-limit').fill('10');
    await page.keyboard.press('Enter');
    await until('a budget', async () => (await budgets())[0]?.limit_usd === '10');
    const row = page.getByTestId('budget-row').first();
    await until('the row', async () =>
      /^A day of all sessions \$10\.00 80.% \$9\.04\d* ?, 90.% used you/.test(await words(row)),
    );
    await row.getByTestId('budget-change').click();
    await page.getByTestId('budget-limit').fill('5');
    await page.getByTestId('budget-save').click();
    await until('another limit', async () => (await budgets())[0]?.limit_usd === '5');
    await page.keyboard.press('Escape');
    await until(
      'the warning',
      async () =>
        (await words(page.getByTestId('budget-warning'))) === 'The budget of today is used up; agents stop and ask.',
    );
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await picture(page, 'usage-budget-full');
    await page.getByTestId('budget-edit').click();
    await page.getByTestId('budget-delete').click();
    await until('no budget', async () => (await budgets()).length === 0);
    await page.keyboard.press('Escape');
    await page.getByTestId('budget-warning').waitFor({ state: 'detached' });
  });

  it('says everywhere that a budget will soon be used up, and here who waits at one', async () => {
    const other = await world.tab();
    await other.goto(world.server.url);
    await other.getByTestId('nav').waitFor();
    const { id } = await world.server.must<BudgetResource>('POST', '/budgets', { scope: 'day', limit_usd: '10' });
    await until('the limit, set elsewhere', async () =>
      (await words(page.getByTestId('today-spent'))).includes('of $10.00'),
    );
    const [session] = (await world.server.must<List<Session>>('GET', '/sessions')).items;
    if (!session) throw new Error('there is no session');
    sim.play(reply('Once more.', 1, 1));
    await world.say(session, 'go on');
    const toast = other.getByTestId('toast').filter({ hasText: 'Atlas used 90 % of the budget for today' });
    await toast.waitFor();
    expect(await accessibilityFaults(other)).to.deep.equal([]);
    await toast.getByTestId('toast-link').click();
    await other.waitForURL('**/usage');
    await other.close();
    await world.server.must('PATCH', `/budgets/${id}`, { limit_usd: '9' });
    await world.say(session, 'and on');
    await until('who waits', async () => (await page.getByTestId('budget-waiting').count()) === 1);
    expect(await words(page.getByTestId('budget-waiting'))).to.equal('Atlas waits at a limit. Open');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await picture(page, 'usage-waiting');
    await world.server.must('POST', `/sessions/${session.session_id}/stop`, {});
    await page.getByTestId('budget-waiting').waitFor({ state: 'detached' });
    await world.server.must('DELETE', `/budgets/${id}`);
  });

  it('says that nothing was used where nothing was', async () => {
    await show('?from=2001-01-01&to=2001-01-07');
    expect(await cost()).to.equal('$0.00');
    expect(await words(page.getByTestId('chart-empty'))).to.equal('Nothing was used in this time.');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await picture(page, 'usage-empty');
  });

  it('keeps what it has where the server does not answer, says of when it is, and tries again', async () => {
    await show('');
    await page.route('**/api/v1/usage**', (route) => route.abort());
    await page.getByTestId('segment-7').click();
    await page.getByTestId('usage-stale').waitFor();
    expect(await words(page.getByTestId('usage-stale'))).to.match(/^\d\d:\d\d, not current$/);
    expect(await cost()).to.equal('~$49.84');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await picture(page, 'usage-stale');
    await page.unroute('**/api/v1/usage**');
    await page.getByTestId('usage-retry').click();
    await page.getByTestId('usage-stale').waitFor({ state: 'detached' });
    expect(await cost()).to.not.equal('~$49.84');
  });

  it('says so where it never had anything, and offers to try again', async () => {
    await page.route('**/api/v1/usage**', (route) => route.abort());
    await page.goto(`${world.server.url}/usage`);
    await page.getByTestId('usage-failed').waitFor();
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await picture(page, 'usage-failed');
    await page.unroute('**/api/v1/usage**');
    await page.getByTestId('empty-retry').click();
    await until('the figures', async () => (await cost()) === '~$49.84');
  });

  it('had no incident on the way', () => expect(world.incidents).to.deep.equal([]));
});
