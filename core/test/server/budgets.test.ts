import { expect } from 'chai';
import { definePlugin } from '../../src/extension/plugin.js';
import type { BudgetResource } from '../../src/protocol/budgets.js';
import type { Session } from '../../src/protocol/resources.js';
import { ScriptedProvider } from '../../src/testing/scripted-provider.js';
import { startTestMaestro, type TestMaestro } from '../../src/testing/start.js';

describe('budgets over REST', () => {
  let maestro: TestMaestro;
  before(async () => {
    const provider = new ScriptedProvider([]);
    const plugin = definePlugin({ name: '@maestro-test/silent', activate: (ctx) => void ctx.providers.add(provider) });
    const defaults = { provider: provider.id, model: 'scripted-1' };
    maestro = await startTestMaestro({ plugins: [{ plugin }], config: { defaults, budgets: { perDayUsd: 2.5 } } });
  });
  after(() => maestro.close());

  const all = async () => (await maestro.request<{ items: BudgetResource[] }>('/budgets')).items;
  const refused = (path: string, body?: unknown, method?: string) =>
    maestro.request(path, body, method).then(
      () => undefined,
      (error: unknown) => /: (\d{3}) .*"code":"([^"]+)"/.exec(String(error))?.slice(1),
    );

  it('are those of the configuration, until people set others above them', async () => {
    expect((await all()).map(({ scope, limit_usd, source }) => [scope, limit_usd, source])).to.deep.equal([
      ['turn', null, 'config'],
      ['session', null, 'config'],
      ['day', '2.5', 'config'],
    ]);
    const session = await maestro.request<Session>('/sessions', {});
    const { session_id } = session;
    const exact = '0.000000000001';
    const made = await maestro.request<BudgetResource>('/budgets', { scope: 'session', session_id, limit_usd: exact });
    expect(made).to.include({ session_id, limit_usd: exact, warn_at: 0.8, source: 'user', unpriced_calls: 0 });
    const path = `/budgets/${made.id}`;
    const changed = await maestro.request<BudgetResource>(path, { limit_usd: null, warn_at: 0.5 }, 'PATCH');
    expect(changed).to.include({ limit_usd: null, warn_at: 0.5 });
    expect(await refused('/budgets', { scope: 'session', session_id, limit_usd: '1' })).to.deep.equal([
      '409',
      'budget.exists',
    ]);
    await maestro.request(path, undefined, 'DELETE');
    expect(await refused(path, undefined, 'DELETE')).to.deep.equal(['404', 'budget.unknown']);
    expect(await all()).to.have.length(3);
  });

  it('refuse what is no budget', async () => {
    const bodies: unknown[] = [
      {},
      { scope: 'week', limit_usd: '1' },
      { scope: 'day', limit_usd: 1 },
      { scope: 'day', limit_usd: '-1' },
      { scope: 'day', limit_usd: '1e3' },
      { scope: 'day', limit_usd: '1', session_id: 's' },
      { scope: 'day', limit_usd: '1', warn_at: 2 },
      { scope: 'turn' },
    ];
    for (const body of bodies) {
      expect(await refused('/budgets', body), JSON.stringify(body)).to.deep.equal(['400', 'request.invalid']);
    }
    const lost = { scope: 'turn', limit_usd: '1', session_id: 'nobody' };
    expect(await refused('/budgets', lost)).to.deep.equal(['404', 'session.unknown']);
    expect(await refused('/budgets/config', { limit_usd: '1' }, 'PATCH')).to.deep.equal(['404', 'budget.unknown']);
  });
});
