import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { isBase64 } from '../src/base64.js';

describe('base64 in requests to the simulator', () => {
  it('is told from anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.constantFrom('\n', ' ', '-', '=a', 'é'), (bytes, stranger) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(isBase64(text)).to.equal(true);
        expect(isBase64(text + stranger)).to.equal(false);
        expect(isBase64(stranger + text)).to.equal(false);
      }),
    );
    expect(isBase64('')).to.equal(false);
  });

  it('is told at any size, again and again', () => {
    const text = randomBytes(12 * 1024 * 1024).toString('base64');
    for (let time = 0; time < 3; time += 1) expect(isBase64(text)).to.equal(true);
  });
});
