import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CallResource, List, Session } from '@maestro/core/protocol';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { dropHome, MaestroProcess, makeHome } from '../support/maestro-process.js';
import { until } from '../support/until.js';

describe('C8 the exact request', function () {
  this.timeout(300_000);
  let sim: ProviderSim;
  let home: string;
  let folder: string;
  let server: MaestroProcess;

  before(async () => {
    sim = await startProviderSim();
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-exact-'));
    home = await makeHome(`plugins:\n  "@maestro/provider-anthropic":\n    baseUrl: ${sim.url}\n`);
    server = await MaestroProcess.start({ home, env: { ANTHROPIC_API_KEY: 'sk-ant-exact' } });
  });
  after(async () => {
    await server.stop();
    await sim.close();
    await dropHome(home);
    await rm(folder, { recursive: true, force: true });
  });

  it('of each of 200 calls equals the bytes the provider received', async () => {
    const body = { provider: 'anthropic', model: 'claude-sonnet-5', working_directory: folder };
    const sessions = await Promise.all([1, 2, 3, 4].map(() => server.must<Session>('POST', '/sessions', body)));
    await Promise.all(sessions.map((session, index) => converse(session, index)));
    const calls = (await Promise.all(sessions.map(allCalls))).flat();
    expect(calls.length).to.be.at.least(200);
    const received = new Map<string, number>();
    for (const request of sim.requests) {
      const bytes = request.body.toString('base64');
      received.set(bytes, (received.get(bytes) ?? 0) + 1);
    }
    let sent = 0;
    for (const call of calls) {
      const bytes = await server.bytes(`/calls/${call.id}/request`);
      sent += bytes.length;
      expect(bytes.length).to.equal(call.request_bytes);
      const key = bytes.toString('base64');
      const left = received.get(key) ?? 0;
      expect(left, `call ${call.id} was received`).to.be.greaterThan(0);
      received.set(key, left - 1);
    }
    expect([...received.values()].every((left) => left === 0)).to.equal(true);
    console.log(`      ${calls.length} calls compared, ${sent} bytes`);
  });

  /** Turns of two calls each: one that writes, one that reports. */
  async function converse(session: Session, index: number): Promise<void> {
    for (let turn = 0; turn < 26; turn += 1) {
      const message = { client_key: `exact-${index}-${turn}`, text: `write note-${index}-${turn}.txt` };
      await server.must('POST', `/sessions/${session.session_id}/messages`, message);
      await until('the turn to end', async () => {
        const { status } = await server.must<Session>('GET', `/sessions/${session.session_id}`);
        if (status === 'error') throw new Error('the turn failed');
        return status === 'idle';
      });
    }
  }

  async function allCalls(session: Session): Promise<CallResource[]> {
    return (await server.must<List<CallResource>>('GET', `/sessions/${session.session_id}/calls`)).items;
  }
});
