import { expect } from 'chai';
import fc from 'fast-check';
import { MESSAGE_BYTES, MessageFrames } from '../src/message-frames.js';

const framed = (body: Buffer) => Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\nX: y\r\n\r\n`), body]);

function read(chunks: Buffer[]): { bodies: Buffer[]; faults: string[] } {
  const bodies: Buffer[] = [];
  const faults: string[] = [];
  const frames = new MessageFrames(
    (body) => bodies.push(Buffer.from(body)),
    (reason) => faults.push(reason),
  );
  for (const chunk of chunks) frames.push(chunk);
  return { bodies, faults };
}

function cut(bytes: Buffer, places: number[]): Buffer[] {
  const ends = [...new Set([...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const body = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes));

describe('frames of messages', () => {
  it('give the bodies that were sent, wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 20 }), (bodies, places) => {
        const found = read(cut(Buffer.concat(bodies.map(framed)), places));
        expect(found).to.deep.equal({ bodies, faults: [] });
      }),
    );
  });

  it('break once at most and never throw, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(body, fc.constantFrom('Content-Length: ', '\r\n\r\n', '5', '-1')).map((one) => Buffer.from(one)),
        ),
        (chunks) => {
          expect(read(chunks).faults.length).to.be.lessThan(2);
        },
      ),
    );
  });

  it('refuse a message that is too long before it comes, and read nothing after', () => {
    const head = Buffer.from(`Content-Length: ${MESSAGE_BYTES + 1}\r\n\r\n`);
    const { bodies, faults } = read([head, framed(Buffer.from('x'))]);
    expect(bodies).to.have.length(0);
    expect(faults).to.deep.equal([`it announced a message of ${MESSAGE_BYTES + 1} bytes`]);
  });
});
