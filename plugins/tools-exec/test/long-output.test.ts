import { readFileSync, rmSync, statSync } from 'node:fs';
import { expect } from 'chai';
import { openTools, terminalOf, wordsOf, written } from './support.js';

const MiB = 1024 * 1024;

describe('T2 an output without bounds', () => {
  let opened: ReturnType<typeof openTools>;
  const files: string[] = [];
  beforeEach(() => {
    opened = openTools();
  });
  afterEach(async () => {
    await opened.close();
    for (const path of files.splice(0)) rmSync(path, { force: true });
  });

  /** The most memory the process had beyond what it had before. */
  async function growth(act: () => Promise<void>): Promise<number> {
    const before = process.memoryUsage().rss;
    let most = before;
    const sampler = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 10);
    await act().finally(() => clearInterval(sampler));
    return most - before;
  }

  const floods = {
    yes: 'yes',
    zeros: 'cat /dev/zero',
    'a million lines of escapes': `awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "\\033[31m%d\\033[0m\\033]0;t\\007\\n", i }'`,
    'a line of a gigabyte': 'head -c 1073741824 /dev/zero | tr "\\0" x',
    'both streams at once': 'yes a & yes b >&2',
  };
  for (const [what, command] of Object.entries(floods)) {
    it(`(${what}) takes little memory, leaves the server awake and says what is left out`, async () => {
      // What the first of its kind loads is no growth.
      await opened.bash('head -c 20000000 /dev/zero');
      let longest = 0;
      let last = performance.now();
      const beat = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 10);
      let output = await opened.bash('true');
      const grown = await growth(async () => {
        output = await opened.bash(command, 5);
      });
      clearInterval(beat);
      expect(grown / MiB).to.be.lessThan(32);
      expect(longest).to.be.lessThan(1_000);
      expect(wordsOf(output)).to.match(/The output is \d+ bytes long; \d+ from its middle are left out here/);
      expect(Buffer.byteLength(written(output))).to.be.lessThan(256 * 1024);
      const [, path = ''] = wordsOf(output).match(/in (\/\S+\.log)/) ?? [];
      files.push(path);
      expect(statSync(path).size).to.be.at.most(16 * MiB);
      expect(statSync(path).mode & 0o777).to.equal(0o600);
    }).timeout(40_000);
  }

  it('is whole in its file up to 16 MiB, with its beginning and end in the answer', async () => {
    const output = await opened.bash('seq 1 300000');
    const [, path = ''] = wordsOf(output).match(/All of it is in (\/\S+\.log)/) ?? [];
    files.push(path);
    const whole = Array.from({ length: 300_000 }, (_, index) => `${index + 1}\n`).join('');
    expect(readFileSync(path, 'utf8') === whole).to.equal(true);
    expect(written(output))
      .to.match(/^1\n2\n3\n/)
      .and.to.match(/bytes left out[\s\S]*\n299999\n300000\n$/);
  });

  it('is given whole, without a file, while it is short', async () => {
    const output = await opened.bash('head -c 250000 /dev/zero | tr "\\0" x');
    expect(wordsOf(output)).to.equal('');
    expect(written(output) === 'x'.repeat(250_000)).to.equal(true);
    expect(terminalOf(output).exit_code).to.equal(0);
  });

  it('is shown live at a pace a person can follow', async () => {
    const call = opened.call();
    await opened.tools.shell.run({ command: 'yes', timeout_seconds: 1 }, call);
    expect(call.told.length).to.be.within(3, 25);
    expect(Math.max(...call.told.map((text) => text.length))).to.be.at.most(4_096);
  });
});
