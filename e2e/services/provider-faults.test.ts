import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CallRetrying, SessionEvent } from '@maestro/core/protocol';
import { expect } from 'chai';
import { AllFormats, accountFormats, type Format, formats } from '../support/all-formats.js';
import { type RetryCase, retryCases } from '../support/retry-cases.js';

describe('V1 a call that fails', function () {
  this.timeout(60_000);
  let world: AllFormats;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-retries-'));
    world = await AllFormats.open();
  });
  after(async () => {
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    // Not all of it: that would forget who signed in.
    world.sim.faults.clear();
    world.sim.requests.length = 0;
  });

  const callsTo = ({ path }: Format) => world.sim.requests.filter((one) => one.path.split('?')[0] === path);
  const play = (format: Format, { faults }: Pick<RetryCase, 'faults'>) => {
    const { provider, path } = format;
    for (const fault of typeof faults === 'function' ? faults(provider) : faults) world.sim.fault(fault, { path });
  };

  for (const format of formats) {
    describe(`to ${format.name}`, () => {
      for (const one of retryCases) {
        const follows = one.error ? `${one.error} after ${one.calls} call(s)` : `well after ${one.calls} call(s)`;
        it(`for ${one.title} ends ${follows}`, async () => {
          play(format, one);
          const { session, events } = await world.say(format, 'hello', folder);
          const told = retriesIn(events);
          const said = JSON.stringify({ told, error: errorIn(events) });
          expect(errorIn(events)?.code, said).to.equal(one.error && `provider.${one.error}`);
          expect(session.status, said).to.equal(one.error ? 'error' : 'idle');
          expect(callsTo(format).length, said).to.equal(one.calls);
          expect(told.map(({ attempt }) => attempt)).to.deep.equal(numbers(one.calls - 1));
          for (const { error, delay_ms } of told) {
            expect(error.message, 'says why').to.match(/\w+ \w+/);
            expect(delay_ms).to.be.within(1_000, 300_000);
          }
          if (one.waits) expect(told[0]?.delay_ms, said).to.be.within(...one.waits);
        });
      }

      it('runs no tool of an answer that did not end, and each tool once', async () => {
        const name = `${format.provider}-${format.model}.txt`;
        // The call stands complete in the answer: only its end is missing.
        const whole = await sizeOf(format, `write ${name}`);
        await rm(path.join(folder, name));
        world.sim.requests.length = 0;
        play(format, { faults: [{ type: 'eof', at: whole - lastBytes }] });
        const { session, events } = await world.say(format, `write ${name}`, folder);
        expect(session.status).to.equal('idle');
        expect(retriesIn(events)).to.have.length(1);
        expect(events.filter(({ type }) => type === 'tool.started')).to.have.length(1);
        expect(await readdir(folder)).to.include(name);
      });

      it('after a tool ran is made again, and the tool is not', async () => {
        const name = `again-${format.provider}-${format.model}.txt`;
        world.sim.play({ match: '^write again', reply: { steps: [writes(name)] } });
        world.sim.holds.arm('end');
        const running = world.say(format, `write again ${name}`, folder);
        await world.sim.holds.reached('end');
        // Queued now, so that they meet what follows the tool.
        play(format, { faults: [{ type: 'status', status: 503 }, { type: 'reset' }] });
        world.sim.holds.release();
        const { session, events } = await running;
        expect(session.status).to.equal('idle');
        expect(events.filter(({ type }) => type === 'tool.started')).to.have.length(1);
        expect(retriesIn(events)).to.have.length(2);
        expect(callsTo(format)).to.have.length(4);
      });
    });
  }

  /** Bytes of the answer that calls the tool. */
  async function sizeOf(format: Format, text: string): Promise<number> {
    const { events } = await world.say(format, text, folder);
    const server = world.server(format);
    const started = events.find((event) => event.type === 'call.started');
    const id = started?.type === 'call.started' && started.data.call_id;
    const { token, url } = server;
    const answer = await fetch(`${url}/api/v1/calls/${id}/response`, { headers: { authorization: `Bearer ${token}` } });
    return (await answer.arrayBuffer()).byteLength;
  }

  for (const format of accountFormats) {
    describe(`with ${format.name}`, () => {
      it('for 401 is made again once, with fresh tokens', async () => {
        play(format, { faults: [{ type: 'status', status: 401 }] });
        const { session, events } = await world.say(format, 'hello', folder);
        expect(session.status).to.equal('idle');
        expect(retriesIn(events).map(({ decision }) => decision)).to.deep.equal(['refresh']);
        const tokens = callsTo(format).map(
          ({ headers }) => headers.find(([name]) => /^authorization$/i.test(name))?.[1],
        );
        expect(new Set(tokens).size).to.equal(2);
      });

      it('for a second 401 fails', async () => {
        play(format, { faults: Array(2).fill({ type: 'status', status: 401 }) });
        const { events } = await world.say(format, 'hello', folder);
        expect(errorIn(events)?.code).to.equal('provider.auth');
        expect(callsTo(format)).to.have.length(2);
      });

      for (const one of retryCases.filter(({ title }) =>
        /^(429|503|529|400|404|413|an end|an error|a closed)/.test(title),
      )) {
        it(`for ${one.title} makes ${one.calls} call(s)`, async () => {
          // A plan's limit is the only one its server tells, and no wait lifts it.
          const isPlan = format.provider === 'openai' && one.title === '429';
          play(format, one);
          const { events } = await world.say(format, 'hello', folder);
          const error = isPlan ? 'quota' : one.error;
          expect(errorIn(events)?.code, JSON.stringify(events)).to.equal(error && `provider.${error}`);
          expect(callsTo(format)).to.have.length(isPlan ? 1 : one.calls);
        });
      }
    });
  }
});

/** More than any terminal event needs, and less than what would reach into the call. */
const lastBytes = 12;

const writes = (name: string) => ({
  type: 'tool' as const,
  name: 'write_file',
  input: { file_path: name, content: 'once\n' },
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

function retriesIn(events: readonly SessionEvent[]): CallRetrying[] {
  return events.flatMap((event) => (event.type === 'call.retrying' ? [event.data] : []));
}

function errorIn(events: readonly SessionEvent[]) {
  const failed = events.find(({ type }) => type === 'turn.failed');
  return failed?.type === 'turn.failed' ? failed.data.error : undefined;
}
