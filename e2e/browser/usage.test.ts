import type { List, ModelResource, Session } from '@maestro/core/protocol';
import { MODELS, type ProviderSim, type Reply, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { until } from '../support/until.js';

/** At 3 and 15 USD for a million tokens, 12,376 read and 2,858 written cost 0.079998 USD. */
const model = 'claude-sonnet-5';

const reply = (text: string, input_tokens: number, output_tokens: number): Reply => ({
  steps: [{ type: 'text', text }],
  usage: { input_tokens, output_tokens },
});

describe('what a session uses and waits for, in a real browser', function () {
  this.timeout(120_000);
  let sim: ProviderSim;
  let world: BrowserWorld;
  let page: Page;
  let session: Session;

  before(async () => {
    sim = await startProviderSim();
    const plugins = `  "@maestro/provider-anthropic": { baseUrl: "${sim.url}" }
calls: { perOrigin: 1 }
models: { ${model}: { price: { input: 3, output: 15 } } }
`;
    world = await BrowserWorld.open({}, { width: 1440, height: 900 }, plugins);
    const key = { provider: 'anthropic', method: 'anthropic/api_key', fields: { api_key: 'sk-ant-usage-000' } };
    await world.server.must('POST', '/credentials', key);
    page = await world.signIn();
    session = await begin('Atlas', model);
    await open(session);
  });
  after(async () => {
    await world?.close();
    await sim?.close();
  });

  const begin = (agent_name: string, of: string) =>
    world.server.must<Session>('POST', '/sessions', {
      agent_name,
      provider: 'anthropic',
      model: of,
      working_directory: world.work,
    });
  const open = async ({ session_id }: Session) => {
    await page.goto(`${world.server.url}/sessions/${session_id}`);
    await page.getByTestId('total-tokens').waitFor();
  };
  const say = async (text: string) => {
    await page.getByTestId('composer-input').fill(text);
    await page.getByTestId('composer-input').press('Enter');
  };
  const header = async () => [
    await page.getByTestId('total-tokens').innerText(),
    await page.getByTestId('session-cost').innerText(),
  ];
  const shows = (...lines: string[]) =>
    until(`the header to show ${lines.join(', ')}`, async () => (await header()).join() === lines.join());

  it('5.4 the header counts tokens and cost with each reply, whoever asked for it', async () => {
    expect(await header()).to.deep.equal(['Total tokens 0', 'Session cost $0.00']);
    sim.play(reply('The first.', 10_000, 2_000));
    await say('one');
    await shows('Total tokens 12,000', 'Session cost $0.06');
    sim.play(reply('The second.', 2_376, 858));
    await world.say(session, 'two, by REST');
    await shows('Total tokens 15,234', 'Session cost $0.08');
    await picture(page, 'chat-totals');
  });

  it('5.4 shows the same after a reload', async () => {
    await page.reload();
    await shows('Total tokens 15,234', 'Session cost $0.08');
  });

  it('5.4 tells in full what one reply used, and closes by Escape', async () => {
    const usage = page.getByTestId('message-usage').first();
    expect(await usage.innerText()).to.match(/^12,000 tok, \$0\.06, /);
    await usage.locator('summary').press('Enter');
    const details = await usage.getByTestId('usage-details').innerText();
    expect(details.replace(/\s+/g, ' ')).to.include('Tokens in 10,000 Tokens out 2,000 Cost $0.06');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.keyboard.press('Escape');
    await usage.getByTestId('usage-details').waitFor({ state: 'hidden' });
  });

  it('5.4 never shows an unknown price as zero', async () => {
    const { items } = await world.server.must<List<ModelResource>>('GET', '/providers/anthropic/models');
    const unpriced = items.find(({ id, price }) => price === null && MODELS.some((one) => one.id === id));
    await world.server.must('PATCH', `/sessions/${session.session_id}`, { model: unpriced?.id });
    await page
      .getByTestId('notice')
      .filter({ hasText: `From here on: anthropic / ${unpriced?.id}` })
      .waitFor();
    sim.play(reply('The third.', 1_000, 1));
    await say('three');
    await shows('Total tokens 16,235', 'Session cost $0.08');
    expect(await page.getByTestId('totals').innerText()).to.include('without 1 call of unknown price');
    const usage = page.getByTestId('message-usage').last();
    expect(await usage.innerText()).to.match(/^1,001 tok, no price, /);
  });

  it('counts down to the next attempt while the provider asks to wait', async () => {
    const waiter = await begin('Waiter', model);
    await open(waiter);
    sim.fault({ type: 'status', status: 429, error_type: 'rate_limit_error', message: 'Slow down', retry_after: '50' });
    await say('go');
    await page.getByTestId('retrying').waitFor();
    const next = page.getByTestId('retry-next');
    const first = await next.innerText();
    expect(first).to.match(/^Tries again in 0:[45]\d$/);
    await until('the clock to go on', async () => (await next.innerText()) !== first);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.getByTestId('stop').click();
    await page.getByTestId('retrying').waitFor({ state: 'detached' });
  });

  it('shows the place in the line of a busy server', async () => {
    const [busy, next] = [await begin('Busy', model), await begin('Next', model)];
    sim.play(
      {
        steps: [
          { type: 'text', text: 'Busy. ' },
          { type: 'hold', name: 'free' },
        ],
      },
      reply('At last.', 1, 1),
    );
    await world.say(busy, 'work');
    await until('the first to be under way', () => sim.holds.waiting().includes('free'));
    await open(next);
    await say('and me');
    await page.getByTestId('waiting').waitFor();
    expect((await page.getByTestId('waiting').innerText()).replace(/\s+/g, ' ')).to.match(
      /Waits until 127\.0\.0\.1:\d+ has room Number 1 in line/,
    );
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await picture(page, 'chat-waiting');
    sim.holds.release('free');
    await page.getByText('At last.').waitFor();
    expect(await page.getByTestId('waiting').count()).to.equal(0);
  });

  it('had no incident on the way', () => expect(world.incidents).to.deep.equal([]));
});
