import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { List, Message, Session, SessionEvent } from '@maestro/core/protocol';
import { type Fault, type ProviderSim, type Reply, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { dropHome, MaestroProcess } from '../support/maestro-process.js';
import {
  converse,
  messagesOf,
  newSession,
  type OneProvider,
  trio,
  trioHome,
  trioKeys,
} from '../support/three-providers.js';
import { until } from '../support/until.js';

const MiB = 1024 * 1024;

/** What a hostile server sends, and the error that ends it. */
const hostile: readonly [what: string, fault: Fault, error: string][] = [
  ['a line that never ends', { type: 'endless_line', at: 1 }, 'malformed'],
  ['a line of 8 MiB', { type: 'huge_line', at: 1, bytes: 8 * MiB }, 'malformed'],
  ['a gigabyte in a few compressed bytes', { type: 'gzip_bomb', bytes: 1_000_000_000 }, 'malformed'],
  ['200 layers of compression', { type: 'gzip_bomb', bytes: 1_000_000, layers: 200 }, 'malformed'],
  ['a head of 64 KiB', { type: 'header_flood', bytes: 64 * 1024 }, 'malformed'],
];

/** Whatever the format, its first events are followed by pieces of text. */
const longReply: Reply = { steps: [{ type: 'text', text: 'a word '.repeat(100), chunk: 7 }] };

describe('a provider that misbehaves', function () {
  this.timeout(300_000);
  const sims = {} as Record<OneProvider['id'], ProviderSim>;
  let home: string;
  let folder: string;
  let server: MaestroProcess;

  before(async () => {
    for (const { id } of trio) sims[id] = await startProviderSim();
    const { anthropic, openai, gemini } = sims;
    home = await trioHome({ anthropic: anthropic.url, openai: openai.url, gemini: gemini.url });
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-bounds-'));
    server = await MaestroProcess.start({ home, env: trioKeys });
    for (const provider of trio) await worked(provider);
  });
  after(async () => {
    await server?.stop();
    for (const sim of Object.values(sims)) await sim.close();
    if (home) await dropHome(home);
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    for (const sim of Object.values(sims)) sim.reset();
  });

  async function answers(provider: OneProvider): Promise<Session> {
    const { session_id } = await newSession(server, provider, folder);
    const session = await converse(server, session_id, 'hello');
    expect(session.status, provider.id).to.equal('idle');
    return session;
  }

  async function errorOf(session: Session): Promise<string | undefined> {
    const { items } = await server.must<List<SessionEvent>>('GET', `/sessions/${session.session_id}/events?limit=200`);
    const failed = items.find((event) => event.type === 'turn.failed');
    return failed?.type === 'turn.failed' ? failed.data.error.code : undefined;
  }

  /**
   * What a process has done that is not new: answers of some length, and one that broke off, after which it counts the
   * words itself. Until then it grows whatever it is sent: code is compiled, the vocabulary read, its heap found.
   */
  async function worked(provider: OneProvider): Promise<void> {
    const sim = sims[provider.id];
    const text = 'a word '.repeat(2_000);
    const turn = async () => {
      const { session_id } = await newSession(server, provider, folder);
      return (await converse(server, session_id, 'hello')).status;
    };
    for (let round = 0; round < 5; round += 1) {
      for (let at = 0; at < 8; at += 1) sim.play({ reply: { steps: [{ type: 'text', text, chunk: 7 }] } });
      const ends = await Promise.all(Array.from({ length: 8 }, turn));
      expect([...new Set(ends)], provider.id).to.deep.equal(['idle']);
    }
    sim.reset();
    sim.play({ reply: { steps: [{ type: 'text', text, chunk: 7 }] } });
    sim.fault({ type: 'malformed', at: 900 });
    expect(await turn(), provider.id).to.equal('error');
    sim.reset();
  }

  /**
   * What one call that meets the fault ends with, the memory of the server before it and at most, in bytes, and what
   * turns with the other two providers took meanwhile, in milliseconds.
   */
  async function suffers(provider: OneProvider, fault: Fault) {
    const sim = sims[provider.id];
    sim.reset();
    sim.play(longReply);
    sim.fault(fault);
    const { session_id } = await newSession(server, provider, folder);
    // Sets the peak back to what is used now.
    await writeFile(`/proc/${server.child.pid}/clear_refs`, '5').catch(() => undefined);
    const before = await memoryOf(server, 'VmRSS');
    const state = { isOver: false };
    const others = turnsUntil(
      trio.filter(({ id }) => id !== provider.id),
      () => state.isOver,
    );
    const session = await converse(server, session_id, 'hello').finally(() => {
      state.isOver = true;
    });
    const peak = await memoryOf(server, 'VmHWM');
    const took = await others;
    expect(sim.requests, 'is not tried again').to.have.length(1);
    return { error: await errorOf(session), before, peak, took };
  }

  /** How long turns take, one after another, until it is over; at least one. */
  async function turnsUntil(providers: readonly OneProvider[], isOver: () => boolean): Promise<number[]> {
    const took: number[] = [];
    const sessions = await Promise.all(providers.map((provider) => newSession(server, provider, folder)));
    do {
      const { session_id } = sessions[took.length % sessions.length]!;
      const began = performance.now();
      expect((await converse(server, session_id, 'hello')).status).to.equal('idle');
      took.push(performance.now() - began);
    } while (!isOver());
    return took;
  }

  for (const provider of trio) {
    for (const [what, fault, error] of hostile) {
      it(`V4 ${provider.id}: ${what} ends ${error}, and takes less than 100 MB`, async () => {
        const grown = await suffers(provider, fault);
        expect(grown.error).to.equal(`provider.${error}`);
        expect(grown.peak - grown.before).to.be.lessThan(100 * MiB);
      });
    }

    it(`V4 ${provider.id}: pieces of text without an end end malformed, take less than 100 MB, and nobody waits`, async () => {
      const flood: Fault = { type: 'flood', at: 6 };
      // Again, since a process that had little to do has given memory back.
      await worked(provider);
      const quiet = ninetyFive(await quietTurns(20));
      const floods = [await suffers(provider, flood), await suffers(provider, flood)];
      for (const { error, before, peak } of floods) {
        expect(error).to.equal('provider.malformed');
        expect(peak - before).to.be.lessThan(100 * MiB);
      }
      const meanwhile = ninetyFive(floods.flatMap(({ took }) => took));
      // On a machine where turns take long without any flood, the figure is that they take little longer with one.
      expect(meanwhile).to.be.lessThan(Math.max(500, 4 * quiet));
    });

    it(`V4 ${provider.id}: a line of a whole megabyte is an answer like others`, async () => {
      const text = 'x'.repeat(MiB);
      sims[provider.id].play({ reply: { steps: [{ type: 'text', text, chunk: MiB }] } });
      const { session_id } = await newSession(server, provider, folder);
      expect((await converse(server, session_id, 'hello')).status).to.equal('idle');
      const last = (await messagesOf(server, session_id)).at(-1) as Message;
      expect(JSON.stringify(last.parts)).to.contain(text);
    });

    it(`V4 ${provider.id}: bytes that are no UTF-8 are shown as such`, async () => {
      sims[provider.id].play({ reply: { steps: [{ type: 'text', text: 'before and after' }] } });
      const { session_id } = await newSession(server, provider, folder);
      for (let at = 0; at < 4; at += 1) sims[provider.id].fault({ type: 'bad_utf8', at });
      for (let at = 0; at < 4; at += 1) expect((await converse(server, session_id, 'hello')).status).to.equal('idle');
    });

    it(`V5 ${provider.id}: goes on at the terminal event although the socket stays open`, async () => {
      const sim = sims[provider.id];
      sim.holds.arm('end');
      const { session_id } = await newSession(server, provider, folder);
      expect((await converse(server, session_id, 'hello')).status).to.equal('idle');
      // A reader that waited for the end would wait for as long as the server likes.
      await sim.holds.reached('end');
      sim.holds.release();
      expect((await converse(server, session_id, 'hello again')).status).to.equal('idle');
    });

    for (const [what, fault] of [
      ['says nothing', { type: 'silence' }],
      ['drips', { type: 'drip', ms: 1_000 }],
      ['closes its connections', { type: 'reset' }],
    ] as [string, Fault][]) {
      it(`V6 ${provider.id}: while it ${what} the other two answer as before`, async () => {
        const others = trio.filter(({ id }) => id !== provider.id);
        const before = await slowest(others);
        sims[provider.id].fault(fault, { times: 0 });
        const stuck = await Promise.all(Array.from({ length: 10 }, () => newSession(server, provider, folder)));
        for (const { session_id } of stuck)
          await server.must('POST', `/sessions/${session_id}/messages`, { client_key: session_id, text: 'hello' });
        await until('it was asked', () => sims[provider.id].requests.length > 0);
        const meanwhile = await slowest(others);
        const states = await Promise.all(
          stuck.map(({ session_id }) => server.must<Session>('GET', `/sessions/${session_id}`)),
        );
        // Where it refuses, a slow machine may see the last attempt.
        const over = states.filter(({ status }) => status === 'idle' || (status === 'error' && fault.type !== 'reset'));
        expect(over).to.deep.equal([]);
        // Generous, so that a busy machine is no failure: a turn that waited for the broken one would take a minute.
        expect(meanwhile).to.be.lessThan(10 * before + 3_000);
        for (const { session_id } of stuck) await server.must('POST', `/sessions/${session_id}/stop`, {});
      });
    }
  }

  function quietTurns(count: number): Promise<number[]> {
    let left = count;
    return turnsUntil(trio, () => --left <= 0);
  }

  /** Of five turns with each of them, one after another. */
  async function slowest(providers: readonly OneProvider[]): Promise<number> {
    const took: number[] = [];
    for (const provider of providers) {
      for (let turn = 0; turn < 5; turn += 1) {
        const began = performance.now();
        await answers(provider);
        took.push(performance.now() - began);
      }
    }
    return Math.max(...took);
  }
});

/** What 95 of 100 stay under. */
function ninetyFive(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
}

/** In bytes; 0 where the system does not tell. */
async function memoryOf({ child }: MaestroProcess, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024;
}
