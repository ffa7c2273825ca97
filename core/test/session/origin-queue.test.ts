import { setTimeout as after } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { OriginQueue } from '../../src/session/origin-queue.js';

const here = 'https://here.example';
const there = 'https://there.example';
const never = new AbortController().signal;
const silent = { signal: never, onPlace: () => undefined };

describe('the queue of calls to one origin', () => {
  it('lets in as many as it may, and the next one when one leaves', async () => {
    const queue = new OriginQueue(2);
    const [first] = [await queue.enter(here, 'a', silent), await queue.enter(here, 'b', silent)];
    const places: number[] = [];
    let isIn = false;
    const third = queue.enter(here, 'c', { signal: never, onPlace: (place) => places.push(place) }).then((leave) => {
      isIn = true;
      return leave;
    });
    await after(5);
    expect([isIn, places]).to.deep.equal([false, [1]]);
    first();
    first();
    await third;
    let isFourthIn = false;
    void queue.enter(here, 'd', silent).then(() => {
      isFourthIn = true;
    });
    await after(5);
    expect(isFourthIn, 'leaving twice makes room once').to.equal(false);
  });

  it('has the sessions take turns, first come first served within one', async () => {
    const queue = new OriginQueue(1);
    let leave = await queue.enter(here, 'x', silent);
    const order: string[] = [];
    const enter = (session: string, name: string) =>
      queue.enter(here, session, silent).then((mine) => {
        order.push(name);
        leave = mine;
      });
    const all = [enter('a', 'a1'), enter('a', 'a2'), enter('a', 'a3'), enter('b', 'b1'), enter('c', 'c1')];
    for (const _ of all) {
      const { length } = order;
      leave();
      while (order.length === length) await after(1);
    }
    await Promise.all(all);
    expect(order).to.deep.equal(['a1', 'b1', 'c1', 'a2', 'a3']);
  });

  it('tells each its place as the line moves', async () => {
    const queue = new OriginQueue(1);
    const leave = await queue.enter(here, 'x', silent);
    const told: Record<string, number[]> = { a: [], b: [], c: [] };
    const stop = new AbortController();
    const waiting = ['a', 'b', 'c'].map((session) =>
      queue.enter(here, session, {
        signal: session === 'a' ? stop.signal : never,
        onPlace: (place) => told[session]?.push(place),
      }),
    );
    const [first, second, third] = waiting;
    stop.abort(new Error('stopped'));
    expect(await first?.catch((error: Error) => error.message)).to.equal('stopped');
    leave();
    (await second)?.();
    await third;
    expect(told).to.deep.equal({ a: [1], b: [2, 1], c: [3, 2, 1] });
  });

  it('lets nobody in who was stopped before', async () => {
    const queue = new OriginQueue(1);
    const signal = AbortSignal.abort(new Error('stopped'));
    expect(await queue.enter(here, 'a', { ...silent, signal }).catch((error: Error) => error.message)).to.equal(
      'stopped',
    );
    await queue.enter(here, 'b', silent);
  });

  it('V6 keeps no call to one server waiting for another server', async () => {
    const queue = new OriginQueue(1);
    await queue.enter(here, 'a', silent);
    void queue.enter(here, 'b', silent);
    await queue.enter(there, 'c', silent);
  });

  it('never lets in too many and starves nobody, whoever comes, goes or gives up', async () => {
    const step = fc.record({ session: fc.nat(4), origin: fc.constantFrom(here, there), givesUp: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 4 }), run),
      { numRuns: 100 },
    );
  });
});

async function run(
  steps: readonly { session: number; origin: string; givesUp: boolean }[],
  limit: number,
): Promise<void> {
  const queue = new OriginQueue(limit);
  const open: Record<string, number> = { [here]: 0, [there]: 0 };
  let done = 0;
  await Promise.all(
    steps.map(async ({ session, origin, givesUp }, index) => {
      const stop = new AbortController();
      if (givesUp) void Promise.resolve().then(() => stop.abort(new Error('gave up')));
      const leave = await queue.enter(origin, `s${session}`, { ...silent, signal: stop.signal }).catch(() => undefined);
      if (leave) {
        open[origin]! += 1;
        expect(open[origin]).to.be.at.most(limit);
        for (let wait = index % 3; wait > 0; wait -= 1) await Promise.resolve();
        open[origin]! -= 1;
        leave();
      }
      done += 1;
    }),
  );
  expect(done).to.equal(steps.length);
}
