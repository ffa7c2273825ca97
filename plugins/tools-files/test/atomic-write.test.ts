import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat, utimes, writeFile as writeBytes } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { atomicWrite } from '../src/atomic-write.js';
import { Folder, failure } from './support.js';

const signal = new AbortController().signal;
const folder = new Folder();

const writer = fileURLToPath(new URL('./write-big.js', import.meta.url));
const bytes = 100_000_000;

/** The one letter a file of 100 MB consists of; anything else is a torn file. */
async function letterOf(file: string): Promise<string> {
  let size = 0;
  let letter: Buffer | undefined;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    letter ??= Buffer.from(chunk.subarray(0, 1));
    size += chunk.length;
    if (!chunk.equals(Buffer.alloc(chunk.length, letter))) return 'torn';
  }
  return size === bytes ? String(letter) : `${size} bytes`;
}

/** A process that has begun to write. */
async function start(file: string, letter: string) {
  const child = spawn(process.execPath, [writer, file, letter], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  return { child, ended, startedAt: Date.now() };
}

/** `npm run test:long` asks for the 500 of the row. */
const kills = Number(process.env.MAESTRO_WRITE_KILLS ?? 8);

describe('a write', () => {
  beforeEach(() => folder.open());
  afterEach(() => folder.close());

  it('T8 killed at any time leaves the old file or the new one, never half', async function () {
    this.timeout(60_000 + kills * 10_000);
    const file = folder.at('big');
    await writeBytes(file, Buffer.alloc(bytes, 'a'), { mode: 0o640 });
    const whole = await start(file, 'a');
    await whole.ended;
    const wholeMs = Date.now() - whole.startedAt;
    let now = 'a';
    const ends = { old: 0, new: 0 };
    let left = 0;
    for (let round = 0; round < kills; round += 1) {
      const next = now === 'a' ? 'b' : 'a';
      const { child, ended } = await start(file, next);
      // Spread over the whole write, and a little beyond its end.
      await Promise.race([ended, delay((wholeMs * 1.3 * (round + 0.5)) / kills)]);
      child.kill('SIGKILL');
      await ended;
      const found = await letterOf(file);
      expect(found, `round ${round}`).to.be.oneOf([now, next]);
      ends[found === now ? 'old' : 'new'] += 1;
      now = found;
      // Each is of 100 MB.
      for (const name of await readdir(folder.path)) {
        if (name === 'big') continue;
        await rm(folder.at(name));
        left += 1;
      }
      expect((await stat(file)).mode & 0o777).to.equal(0o640);
    }
    console.log(
      `      ${kills} kills: ${ends.old} old, ${ends.new} new, none torn; ${left} temporary files left; a whole write takes ${wholeMs} ms`,
    );
    expect(ends.old, 'kills that came in time').to.be.greaterThan(0);
    expect(left, 'kills in the middle').to.be.greaterThan(0);
  });

  it('takes away what a killed one left long ago', async () => {
    const left = folder.at('.a.txt.maestro-write');
    await writeBytes(left, 'half');
    await atomicWrite(folder.at('a.txt'), Buffer.from('1'), { mode: undefined, signal });
    expect((await readdir(folder.path)).sort()).to.deep.equal(['.a.txt.maestro-write', 'a.txt']);
    await utimes(left, new Date(0), new Date(0));
    await atomicWrite(folder.at('a.txt'), Buffer.from('2'), { mode: undefined, signal });
    expect(await readdir(folder.path)).to.deep.equal(['a.txt']);
  });

  it('of a new file does not replace one that came meanwhile', async () => {
    await writeBytes(folder.at('a.txt'), 'theirs');
    const error = await failure(
      atomicWrite(folder.at('a.txt'), Buffer.from('mine'), { mode: undefined, isNew: true, signal }),
    );
    expect(error.code).to.equal('tool.stale');
    expect(await folder.content('a.txt')).to.equal('theirs');
    expect(await readdir(folder.path)).to.deep.equal(['a.txt']);
  });
});
