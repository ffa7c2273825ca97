import { chmod, symlink } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { findProgram } from '../src/find-program.js';
import { lspTools } from './lsp-support.js';
import { Folder } from './support.js';

const folder = new Folder();
const programs = ['project/node_modules/.bin/serve', 'project/bin/serve', 'machine/other', 'machine/plain.txt'];

const find = (command: string, { trusts = false, folders = ['project/bin', 'machine'] } = {}) =>
  findProgram(command, {
    root: folder.at('project'),
    trusts,
    PATH: folders.map((one) => folder.at(one)).join(path.delimiter),
  });

describe('the program of a language server', () => {
  beforeEach(async () => {
    await folder.open();
    await folder.write(Object.fromEntries(programs.map((file) => [file, '#!/bin/sh\n'])));
    for (const file of programs) await chmod(folder.at(file), file.endsWith('.txt') ? 0o644 : 0o755);
  });
  afterEach(() => folder.close());

  it('is looked up in PATH, and must be one', async () => {
    expect(await find('other')).to.equal(folder.at('machine/other'));
    for (const name of ['plain.txt', 'gone', '../machine/other', ''])
      expect(await find(name), name).to.equal(undefined);
  });

  it('is never one of the project, by a folder of PATH, a relative one or a link', async () => {
    expect(await find('serve')).to.equal(undefined);
    await symlink(folder.at('project/bin/serve'), folder.at('machine/serve'));
    expect(await find('serve')).to.equal(undefined);
    const relative = path.relative(process.cwd(), folder.at('machine'));
    expect(await findProgram('other', { root: folder.at('project'), trusts: false, PATH: `${relative}::.` })).to.equal(
      undefined,
    );
  });

  it('is one of the project where a setting says so, what it has installed first', async () => {
    expect(await find('serve', { trusts: true })).to.equal(folder.at('project/node_modules/.bin/serve'));
  });

  it('that runs programs of the project is not used unless projects are trusted', async () => {
    await folder.write({
      'machine/rust-analyzer': '#!/bin/sh\nexit 5\n',
      'project/a.rs': 'fn a() {}\n',
      'project/a.zig': '',
    });
    await chmod(folder.at('machine/rust-analyzer'), 0o755);
    const before = process.env.PATH;
    process.env.PATH = `${folder.at('machine')}${path.delimiter}${before}`;
    const [careful, trusting] = [lspTools({}), lspTools({}, { trusts: true })];
    try {
      const args = { filePath: folder.at('project/a.rs') };
      const inProject = { workingDirectory: folder.at('project') };
      const refused = await folder.failure(careful.symbols, args, inProject);
      expect(refused.code).to.equal('lsp.untrusted');
      expect(refused.message).to.include('trustsProjects');
      expect((await folder.failure(trusting.symbols, args, inProject)).message).to.include('exit code 5');
      const none = await folder.failure(careful.symbols, { filePath: folder.at('project/a.zig') });
      expect(none.message).to.include('.rs');
    } finally {
      process.env.PATH = before;
      await Promise.all([careful.close(), trusting.close()]);
    }
  });

  it('is named with what to install where there is none, and can be turned off', async () => {
    await folder.write({ 'a.ex': 'x' });
    const before = process.env.PATH;
    process.env.PATH = '';
    const [usual, off] = [lspTools({}), lspTools({ elixir: false })];
    try {
      expect((await folder.failure(usual.symbols, { filePath: 'a.ex' })).message).to.include('install elixir-ls');
      expect((await folder.failure(off.symbols, { filePath: 'a.ex' })).message).to.include(
        'No language server answers for ".ex"',
      );
    } finally {
      process.env.PATH = before;
      await Promise.all([usual.close(), off.close()]);
    }
  });
});
