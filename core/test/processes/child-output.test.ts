import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ChildOutput } from '../../src/processes/child-output.js';

/** A pipe that somebody keeps open: it gives its pieces with a pause before each, and then nothing. */
function heldOpen(pieces: number, pauseMs: number): Readable {
  let given = 0;
  return new Readable({
    async read() {
      await sleep(pauseMs);
      if (given < pieces) this.push(`piece ${++given}\n`);
    },
  });
}

async function textOf(output: ChildOutput): Promise<string> {
  let text = '';
  for await (const chunk of output.stream) text += chunk;
  return text;
}

describe('the output of a child that has ended', () => {
  it('is taken to its last piece, however slowly a busy machine gives it', async () => {
    const output = new ChildOutput(heldOpen(20, 15));
    const text = textOf(output);
    await output.cut();
    expect((await text).split('\n')).to.have.length(21);
  });

  it('ends although a descendant goes on writing', async () => {
    const piece = Buffer.alloc(64 * 1024);
    const output = new ChildOutput(
      new Readable({
        read() {
          setImmediate(() => this.push(piece));
        },
      }),
    );
    const read = textOf(output);
    await output.cut();
    expect((await read).length).to.be.within(1024 * 1024, 256 * 1024 * 1024);
  });
});
