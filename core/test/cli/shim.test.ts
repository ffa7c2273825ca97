import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { shim } from './support.js';

/** A package of its own with the shim, a verb that tells where it runs, and what stands in for the pinned Node. */
describe('the shim', function () {
  this.timeout(20_000);
  let folder: string;
  let copy: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'maestro-shim-'));
    for (const name of ['bin', 'dist/src/cli', 'node_modules/node/bin'])
      mkdirSync(join(folder, name), { recursive: true });
    copy = join(folder, 'bin', 'maestro.cjs');
    copyFileSync(shim, copy);
    copyFileSync(join(dirname(shim), 'libraries.cjs'), join(folder, 'bin', 'libraries.cjs'));
    writeFileSync(join(folder, 'dist/src/cli/package.json'), '{"type":"module"}');
    const cli = `export function main(words) {
      process.on('SIGTERM', () => process.exit(42));
      console.log(JSON.stringify({ words, pinned: process.env.MAESTRO_REEXECUTED ?? null }));
      if (words[0] === 'wait') setInterval(() => {}, 1000);
      else process.exit(7);
    }`;
    writeFileSync(join(folder, 'dist/src/cli/main.js'), cli);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const pin = (version: string) =>
    writeFileSync(join(folder, 'node_modules/node/package.json'), JSON.stringify({ name: 'node', version }));
  const program = () => join(folder, 'node_modules/node/bin/node');
  const run = (...words: string[]) => spawnSync(process.execPath, [copy, ...words], { encoding: 'utf8' });

  it('stays where it is on the pinned Node', () => {
    pin(process.versions.node);
    const { status, stdout } = run('a', 'b c');
    expect(JSON.parse(stdout)).to.deep.equal({ words: ['a', 'b c'], pinned: null });
    expect(status).to.equal(7);
  });

  it('puts a packed library into the place of the very module it was made from', () => {
    pin(process.versions.node);
    const packed = join(folder, 'dist/node_modules/packed');
    for (const name of ['dist/node_modules/packed', 'node_modules/big', 'node_modules/other'])
      mkdirSync(join(folder, name), { recursive: true });
    for (const name of ['big', 'other']) {
      writeFileSync(join(folder, 'node_modules', name, 'package.json'), '{"type":"module","exports":"./index.js"}');
      writeFileSync(join(folder, 'node_modules', name, 'index.js'), 'export const from = "many files";');
    }
    writeFileSync(join(packed, 'big.js'), 'export const from = "one file";');
    writeFileSync(join(packed, 'places.json'), '{"../../../node_modules/big/index.js":"big.js"}');
    const cli = `import { from as big } from 'big'; import { from as other } from 'other';
      export const main = () => { console.log(JSON.stringify([big, other])); };`;
    writeFileSync(join(folder, 'dist/src/cli/packed.js'), cli);
    const program = `require(${JSON.stringify(join(folder, 'bin', 'libraries.cjs'))}).usePacked();
      import(${JSON.stringify(join(folder, 'dist/src/cli/packed.js'))}).then((cli) => cli.main());`;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
    expect(stderr).to.equal('');
    expect(JSON.parse(stdout)).to.deep.equal(['one file', 'many files']);
  });

  it('runs on a Node that is new enough when the pinned one is missing', () => {
    pin('99.0.0');
    expect(run('a').status).to.equal(7);
  });

  describe('under another Node than the pinned one', () => {
    before(() => {
      pin('99.0.0');
      writeFileSync(program(), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
      chmodSync(program(), 0o755);
    });

    it('goes on to the pinned one, with the same words and its exit code', () => {
      const { status, stdout } = run('a', 'b c');
      expect(JSON.parse(stdout)).to.deep.equal({ words: ['a', 'b c'], pinned: '1' });
      expect(status).to.equal(7);
    });

    it('passes a signal on and waits for the end', async () => {
      const child = spawn(process.execPath, [copy, 'wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
      await once(child.stdout, 'data');
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      expect(code).to.equal(42);
    });
  });
});
