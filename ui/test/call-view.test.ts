import type { CallResource } from '@maestro/core/protocol';
import { expect } from 'chai';
import { attemptsOf, holdsSecret, masked, pathOf, spentOf, standingOf, timingSteps } from '../src/text/call-view.js';

const start = '2026-01-02T03:04:05.000Z';
const call = (set: Partial<CallResource> = {}) =>
  ({
    id: 'one',
    turn_id: 'turn',
    activity: 'conversation',
    attempt: 1,
    state: 'done',
    response_status: 200,
    error: null,
    url: 'https://api.example.com/v1/messages?beta=true',
    started_at: start,
    first_byte_at: null,
    ended_at: null,
    timing: null,
    ...set,
  }) as CallResource;

describe('a call in the list', () => {
  const standings: [set: Partial<CallResource>, state: string, word: string][] = [
    [{ state: 'sent', response_status: null }, 'live', 'live'],
    [{}, 'done', '200'],
    [{ state: 'failed', response_status: 529 }, 'failed', '529'],
    [{ state: 'failed', response_status: null }, 'failed', 'fail'],
    [{ state: 'failed', response_status: 200 }, 'failed', 'fail'],
    [{ state: 'interrupted', error: { code: 'turn.cancelled', message: '' } }, 'stopped', 'stop'],
    [{ state: 'interrupted', error: { code: 'provider.interrupted', message: '' } }, 'failed', 'cut'],
  ];
  for (const [set, state, word] of standings)
    it(`${JSON.stringify(set)} is ${state} and says "${word}"`, () =>
      expect(standingOf(call(set))).to.include({ state, word }));

  it('shows its path and what it took, or takes so far', () => {
    expect(pathOf(call())).to.equal('/v1/messages?beta=true');
    expect(pathOf(call({ url: 'no address' }))).to.equal('no address');
    expect(spentOf(call({ ended_at: '2026-01-02T03:04:16.200Z' }), 0)).to.equal('11.2 s');
    expect(spentOf(call(), Date.parse(start) + 14_000)).to.equal('0:14');
  });

  it('hides secrets behind dots, and leaves everything else', () => {
    expect(masked('Bearer <redacted:api_key:4f2c> x')).to.equal(
      'Bearer \u2022\u2022\u2022\u2022\u2022\u2022\u2022\u20224f2c x',
    );
    expect([holdsSecret('<redacted:token:00ff>'), holdsSecret('<redacted>')]).to.deep.equal([true, false]);
  });
});

describe('the time of a call', () => {
  it('is told step by step, each after the one before', () => {
    const timing = { queued: 10, connected: 20, head: 300, first_byte: 310, last_byte: 1_000 };
    expect(timingSteps(call({ timing })).map(({ id, from, to }) => [id, from, to])).to.deep.equal([
      ['queued', 0, 10],
      ['connect', 10, 30],
      ['wait', 30, 320],
      ['stream', 320, 1_010],
    ]);
  });

  it('leaves out what did not happen', () => {
    const timing = { queued: 0, connected: null, head: null, first_byte: null, last_byte: null };
    expect(timingSteps(call({ timing })).map(({ id }) => id)).to.deep.equal(['queued']);
    expect(timingSteps(call())).to.deep.equal([]);
    const old = call({ first_byte_at: '2026-01-02T03:04:06.000Z', ended_at: '2026-01-02T03:04:08.000Z' });
    expect(timingSteps(old).map(({ id, from, to }) => [id, from, to])).to.deep.equal([
      ['wait', 0, 1_000],
      ['stream', 1_000, 3_000],
    ]);
  });

  it('counts the attempts at one reply together, and no other calls', () => {
    const calls = [
      call({ id: 'a' }),
      call({ id: 'b', attempt: 1 }),
      call({ id: 'c', attempt: 2 }),
      call({ id: 'd', attempt: 3 }),
      call({ id: 'e', attempt: 1 }),
    ];
    for (const id of ['b', 'c', 'd'])
      expect(attemptsOf(calls, { id }).map((one) => one.id)).to.deep.equal(['b', 'c', 'd']);
    expect(attemptsOf(calls, { id: 'a' }).map((one) => one.id)).to.deep.equal(['a']);
    expect(attemptsOf(calls, { id: 'z' })).to.deep.equal([]);
  });
});
