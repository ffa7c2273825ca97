import { expect } from 'chai';
import { CallClock } from '../../src/session/call-clock.js';

describe('the clock of a call', () => {
  let now = 0;
  const clock = () => new CallClock(() => now);

  it('tells each step in milliseconds after the request was handed over, and the wait before apart', () => {
    now = 5_000;
    const one = clock();
    one.waits();
    now += 250;
    one.enters();
    now += 3;
    one.begins();
    now += 12.34;
    one.connects();
    now += 300;
    one.headArrives();
    for (const bytes of [10, 30]) {
      now += 100;
      one.arrives(bytes);
    }
    expect(one.timing()).to.deep.equal({
      queued: 250,
      connected: 12.3,
      head: 312.3,
      first_byte: 412.3,
      last_byte: 512.3,
      arrivals: [
        [10, 412.3],
        [30, 512.3],
      ],
    });
  });

  it('says nothing of a request that was never handed over, and null for steps that were not reached', () => {
    const one = clock();
    expect(one.timing()).to.equal(null);
    one.begins();
    expect(one.timing()).to.include({ connected: null, head: null, first_byte: null, last_byte: null });
  });

  it('keeps at most a thousand arrivals, and never tells bytes before they were there', () => {
    now = 0;
    const one = clock();
    one.begins();
    const there = new Map<number, number>();
    for (let bytes = 1; bytes <= 50_000; bytes += 1) {
      now += 20;
      one.arrives(bytes);
      there.set(bytes, now);
    }
    const arrivals = one.timing()!.arrivals!;
    expect(arrivals.length).to.be.within(300, 1_001);
    expect(arrivals[0]).to.deep.equal([1, 20]);
    expect(arrivals.at(-1)).to.deep.equal([50_000, now]);
    for (const [bytes, ms] of arrivals) expect(there.get(bytes)).to.equal(ms);
  });
});
