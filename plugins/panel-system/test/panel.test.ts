import type { PanelShown } from '@maestro/core';
import { startTestMaestro, type TestMaestro } from '@maestro/core/testing';
import { expect } from 'chai';
import plugin from '../src/index.js';

describe('the panel of the system', function () {
  this.timeout(60_000);
  let maestro: TestMaestro;
  before(async () => {
    maestro = await startTestMaestro({ plugins: [{ plugin, settings: { everyMs: 1_000 } }] });
  });
  after(() => maestro.close());

  it('shows processor, memory and disk, what the server does, and the last minutes', async () => {
    const { state, view, panel } = await maestro.request<PanelShown>('/panels/system-load');
    expect([state, panel?.plugin, panel?.slot]).to.deep.equal(['live', '@maestro/panel-system', 'dashboard']);
    const items = view?.type === 'stack' ? view.items : [];
    const labels = items.flatMap((item) =>
      item.type === 'row' ? item.items.map((one) => ('label' in one ? one.label : '')) : [],
    );
    expect(labels).to.deep.equal([
      ...['CPU', 'Memory', 'Disk', 'Event loop', 'Server memory', 'Database', 'Database size'],
      ...['Working', 'Waiting for you', 'Requests in flight'],
    ]);
    const [gauges, , series] = items;
    const values = gauges?.type === 'row' ? gauges.items.map((one) => (one.type === 'gauge' ? one.value : null)) : [];
    for (const value of values) expect(value).to.be.within(0, 100);
    expect(series?.type === 'series' && series.lines.map(({ name }) => name)).to.deep.equal(['CPU', 'Memory']);
  });

  it('is refused settings that do not fit', async () => {
    const name = encodeURIComponent('@maestro/panel-system');
    const change = maestro.request(`/plugins/${name}`, { settings: { everyMs: 1 } }, 'PATCH');
    expect(await change.catch((error: Error) => error.message)).to.match(/plugin\.config.*everyMs/);
  });
});
