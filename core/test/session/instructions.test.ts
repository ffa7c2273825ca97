import { execFileSync } from 'node:child_process';
import { chown, mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { projectInstructions } from '../../src/session/instructions.js';
import { isWithin, readText } from '../../src/session/text-file.js';

describe('the instructions of a project', () => {
  let root: string;
  const at = (...names: string[]) => path.join(root, ...names);
  const write = async (name: string, text: string | Buffer) => {
    await mkdir(path.dirname(at(name)), { recursive: true });
    await writeFile(at(name), text);
  };
  const read = async (folder: string, files = ['AGENTS.md'], bytes = 1_000) => {
    const { texts, leftOut } = await projectInstructions(at(folder), { files, bytes });
    return {
      texts: texts.map(({ text }) => text),
      from: texts.map((one) => path.relative(root, one.path)),
      out: leftOut.map(({ source, reason }) => `${path.relative(root, source)}: ${reason}`),
    };
  };

  beforeEach(async () => {
    root = await realpath(await mkdtemp(path.join(tmpdir(), 'maestro-instructions-')));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('are those from the repository down to the working directory, the nearest last', async () => {
    await write('AGENTS.md', 'above the repository');
    await write('project/AGENTS.md', 'of all');
    await write('project/packages/one/AGENTS.md', 'of one');
    await mkdir(at('project/.git'));
    expect(await read('project/packages/one')).to.deep.include({ texts: ['of all', 'of one'], out: [] });
    expect((await read('project/packages')).texts).to.deep.equal(['of all']);
  });

  it('are those of a worktree too, where `.git` is a file', async () => {
    await write('tree/.git', 'gitdir: elsewhere');
    await write('tree/AGENTS.md', 'of the tree');
    await mkdir(at('tree/src'));
    expect((await read('tree/src')).texts).to.deep.equal(['of the tree']);
  });

  it('without a repository are those of the working directory alone', async () => {
    await write('AGENTS.md', 'above');
    await write('work/AGENTS.md', 'here');
    expect((await read('work')).texts).to.deep.equal(['here']);
  });

  // Only root can give a folder away.
  if (process.getuid?.() === 0)
    it('do not come from a repository of somebody else around the working directory', async () => {
      await write('shared/.git/config', '');
      await write('shared/AGENTS.md', 'do as I say');
      await mkdir(at('shared/mine'));
      expect((await read('shared/mine')).texts).to.deep.equal(['do as I say']);
      await chown(at('shared/.git'), 12_345, 12_345);
      expect((await read('shared/mine')).texts).to.deep.equal([]);
    });

  it('have the names that are asked for, in this order in each folder, and the same text once', async () => {
    await write('work/AGENTS.md', 'ours');
    await write('work/RULES.md', 'rules');
    await symlink('AGENTS.md', at('work/CLAUDE.md'));
    expect((await read('work', ['RULES.md', 'AGENTS.md'])).texts).to.deep.equal(['rules', 'ours']);
    expect((await read('work', ['CLAUDE.md', 'AGENTS.md'])).from).to.deep.equal(['work/AGENTS.md']);
    expect((await read('work', [])).texts).to.deep.equal([]);
  });

  it('do not follow a link out of the project, and say so', async () => {
    await write('secret/key', 'hidden');
    await mkdir(at('work/.git'), { recursive: true });
    await symlink(at('secret/key'), at('work/AGENTS.md'));
    await symlink('/dev/zero', at('work/MORE.md'));
    await mkdir(at('work/inner'));
    await symlink('..', at('work/inner/up'));
    await symlink('../../../secret', at('work/inner/out'));
    const { texts, out } = await read('work', ['AGENTS.md', 'MORE.md']);
    const reason = 'it is a link that leads out of the project';
    expect([texts, out]).to.deep.equal([[], [`work/AGENTS.md: ${reason}`, `work/MORE.md: ${reason}`]]);
  });

  it('wait for no pipe, open no folder, turn in no circle and read nothing that is no text', async () => {
    await mkdir(at('work/FOLDER.md'), { recursive: true });
    execFileSync('mkfifo', [at('work/PIPE.md')]);
    await symlink('CIRCLE.md', at('work/CIRCLE.md'));
    await symlink('nowhere', at('work/DANGLING.md'));
    await write('work/BINARY.md', Buffer.from([1, 0, 2]));
    await write('work/EMPTY.md', '\ufeff \n\n');
    await write('work/GOOD.md', 'good');
    const names = ['FOLDER', 'PIPE', 'CIRCLE', 'DANGLING', 'BINARY', 'EMPTY', 'GOOD', 'MISSING'];
    const { texts, out } = await read(
      'work',
      names.map((name) => `${name}.md`),
    );
    expect(texts).to.deep.equal(['good']);
    expect(out).to.deep.equal([
      'work/FOLDER.md: it is no regular file',
      'work/PIPE.md: it is no regular file',
      'work/CIRCLE.md: it cannot be read (ELOOP)',
      'work/BINARY.md: it is no text',
    ]);
  });

  it('share the bytes there are, the nearest first', async () => {
    await mkdir(at('p/.git'), { recursive: true });
    await write('p/AGENTS.md', 'a'.repeat(60));
    await write('p/x/AGENTS.md', 'b'.repeat(60));
    await write('p/x/y/AGENTS.md', 'c'.repeat(60));
    const { texts, out } = await read('p/x/y', ['AGENTS.md'], 100);
    expect(texts).to.deep.equal(['b'.repeat(40), 'c'.repeat(60)]);
    expect(out).to.deep.equal(['p/AGENTS.md: others fill the 100 bytes there are']);
  });

  it('take no more memory and time than their bytes, however large the file is', async () => {
    await write('work/AGENTS.md', 'x'.repeat(5_000));
    await truncate(at('work/AGENTS.md'), 8 * 1_024 ** 3);
    const before = process.memoryUsage().rss;
    expect((await read('work', ['AGENTS.md'], 4_096)).texts).to.deep.equal(['x'.repeat(4_096)]);
    expect(process.memoryUsage().rss - before).to.be.below(64 * 1_024 ** 2);
  });

  it('are cut between characters, whatever the text and wherever the end', async () => {
    const text = fc.string({ unit: 'binary', minLength: 1 }).filter((one) => !one.includes('\0') && one.isWellFormed());
    await fc.assert(
      fc.asyncProperty(text, fc.nat(40), async (whole, bytes) => {
        await write('any.md', whole);
        const found = await readText(at('any.md'), { bytes });
        if (!found || 'reason' in found) throw new Error('it was not read');
        const all = Buffer.from(whole);
        expect(found.isCut).to.equal(all.length > bytes);
        expect(found.bytes).to.be.within(Math.min(all.length, bytes) - 3, bytes);
        expect(
          all
            .subarray(0, found.bytes)
            .toString()
            .replace(/^\ufeff/, '')
            .trim(),
        ).to.equal(found.text);
        expect(whole).to.contain(found.text);
      }),
      { numRuns: 200 },
    );
  });

  it('lie in the project or they do not, whatever their names', () => {
    const name = fc.string({ unit: fc.constantFrom('a', '.', ' ', '-'), minLength: 1, maxLength: 4 });
    const names = fc.array(
      name.filter((one) => one !== '.' && one !== '..'),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(names, names, (folder, file) => {
        const isInside = folder.every((one, index) => file[index] === one);
        expect(isWithin(`/${folder.join('/')}`, `/${file.join('/')}`)).to.equal(isInside);
      }),
    );
  });
});
