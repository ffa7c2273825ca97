import { expect } from 'chai';
import { definePlugin } from '../../src/extension/plugin.js';
import type { List } from '../../src/protocol/resources.js';
import type { UsageCall, UsageReport } from '../../src/protocol/usage.js';
import { ScriptedProvider } from '../../src/testing/scripted-provider.js';
import { startTestMaestro, type TestMaestro } from '../../src/testing/start.js';

describe('usage over REST', () => {
  let maestro: TestMaestro;
  before(async () => {
    const provider = new ScriptedProvider([]);
    const plugin = definePlugin({ name: '@maestro-test/silent', activate: (ctx) => void ctx.providers.add(provider) });
    const defaults = { provider: provider.id, model: 'scripted-1' };
    maestro = await startTestMaestro({ plugins: [{ plugin }], config: { defaults } });
  });
  after(() => maestro.close());

  const refused = (path: string) =>
    maestro.request(path).then(
      () => undefined,
      (error: unknown) => /: (\d{3}) .*"code":"([^"]+)"/.exec(String(error))?.slice(1),
    );

  it('is nothing, and not unknown, before the first call', async () => {
    const report = await maestro.request<UsageReport>('/usage?group_by=day,provider&tz=Europe/Berlin&from=2026-11-01');
    expect(report).to.deep.include({ group_by: ['day', 'provider'], items: [], next: null, from: '2026-11-01' });
    expect(report.time_zone).to.equal('Europe/Berlin');
    expect(report.totals).to.include({
      calls: 0,
      failed_calls: 0,
      unpriced_calls: 0,
      total_cost_usd: null,
      cache_saved_usd: null,
    });
    expect((await maestro.request<List<UsageCall>>('/usage/calls')).items).to.deep.equal([]);
  });

  it('refuses what it cannot group by, and what is no time', async () => {
    const wrong = [
      'group_by=colour',
      'group_by=day,hour,model',
      'from=yesterday',
      'to=2026-02-30',
      'tz=Mars/Base',
      'tz=%2B01:00',
    ];
    for (const query of wrong)
      expect(await refused(`/usage?${query}`), query).to.deep.equal(['400', 'request.invalid']);
    expect(await refused('/usage/calls?limit=1000')).to.deep.equal(['400', 'request.invalid']);
  });
});
