import { expect } from 'chai';
import fc from 'fast-check';
import { retryAfterMs } from '../../src/wire/retry-after.js';

describe('how long a server asks to wait', () => {
  it('is read from seconds, a date, or the finer header, which wins', () => {
    expect(retryAfterMs([['Retry-After', '2']])).to.equal(2_000);
    expect(retryAfterMs([['retry-after', ' 1.5 ']])).to.equal(1_500);
    expect(
      retryAfterMs([
        ['retry-after', '2'],
        ['retry-after-ms', '1250.4'],
      ]),
    ).to.equal(1_250);
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    expect(retryAfterMs([['retry-after', inAMinute]])).to.be.within(50_000, 60_000);
    expect(retryAfterMs([['retry-after', 'Wed, 21 Oct 2015 07:28:00 GMT']])).to.equal(0);
    expect(retryAfterMs([])).to.equal(undefined);
  });

  it('is nothing or a time that is not before now, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('retry-after', 'retry-after-ms'), (value, name) => {
        const asked = retryAfterMs([[name, value]]);
        expect(asked === undefined || asked >= 0).to.equal(true);
      }),
    );
  });
});
