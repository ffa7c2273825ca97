import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CallResource, List, Session } from '@maestro/core/protocol';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { dropHome, MaestroProcess } from '../support/maestro-process.js';
import { converse, messagesOf, newSession, trio, trioHome, trioKeys } from '../support/three-providers.js';

/** Decimal USD as whole units of 1e-12. */
function units(usd: string): bigint {
  const [whole = '0', fraction = ''] = usd.split('.');
  return BigInt(whole + fraction.padEnd(12, '0'));
}

describe('5.3 the bill', function () {
  this.timeout(300_000);
  let sim: ProviderSim;
  let home: string;
  let folder: string;
  let server: MaestroProcess;
  const sessions: Session[] = [];

  before(async () => {
    sim = await startProviderSim();
    home = await trioHome(sim.url);
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-bill-'));
    server = await MaestroProcess.start({ home, env: trioKeys });
  });
  after(async () => {
    await server.stop();
    await sim.close();
    await dropHome(home);
    await rm(folder, { recursive: true, force: true });
  });

  it('over a hundred calls to three providers is what the provider makes of it, to the last unit', async () => {
    for (const provider of trio) {
      const session = await newSession(server, provider, folder);
      // A turn that writes takes two calls.
      for (let turn = 0; turn < 17; turn += 1) {
        const { status } = await converse(server, session.session_id, `write bill-${provider.id}-${turn}.txt`);
        expect(status).to.equal('idle');
      }
      sessions.push(await server.must<Session>('GET', `/sessions/${session.session_id}`));
    }
    const bill = sim.bill();
    expect(bill.requests.length).to.be.at.least(100);
    const stored = sessions.reduce((sum, { totals }) => sum + units(totals.total_cost_usd ?? '0'), 0n);
    expect(stored > 0n).to.equal(true);
    expect(stored).to.equal(bill.total);
    for (const { totals } of sessions) expect(totals).to.include({ unpriced_calls: 0, estimated: false });
    console.log(`      ${bill.requests.length} calls, ${stored} units of 1e-12 USD`);
  });

  it('5.1 stands with every message and every call, and both add up to the total of the session', async () => {
    for (const { session_id, totals } of sessions) {
      const replies = (await messagesOf(server, session_id)).filter(({ role }) => role === 'assistant');
      const calls = (await server.must<List<CallResource>>('GET', `/sessions/${session_id}/calls`)).items;
      for (const rows of [replies, calls]) {
        const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0);
        expect(sum((row) => row.request_tokens ?? Number.NaN)).to.equal(totals.request_tokens);
        expect(sum((row) => row.response_tokens ?? Number.NaN)).to.equal(totals.response_tokens);
        const cost = rows.reduce((total, row) => total + units(row.total_cost_usd ?? '0'), 0n);
        expect(cost).to.equal(units(totals.total_cost_usd ?? '0'));
      }
    }
  });
});
