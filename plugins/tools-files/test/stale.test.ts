import { writeFile as writeBytes } from 'node:fs/promises';
import { expect } from 'chai';
import { MOST_REMEMBERED, SeenFiles } from '../src/seen-files.js';
import { FILES_PER_PAGE, pageOf } from '../src/seen-hashes.js';
import { hashOf } from '../src/text-file.js';
import { allTools, Folder, failure as thrown } from './support.js';

const folder = new Folder();
/** Called in each describe: hooks of a whole file would run for every test of every suite. */
function inOwnFolder(): void {
  beforeEach(() => folder.open());
  afterEach(() => folder.close());
}

const { failure, run } = folder;
const edit = { file_path: 'a.txt', old_string: 'one', new_string: 'ONE' };

describe('an edit of what has changed since it was read', () => {
  inOwnFolder();
  beforeEach(async () => {
    await writeBytes(folder.at('a.txt'), 'one\ntwo\n');
    await run(folder.tools.readFile, { file_path: 'a.txt' });
  });

  it('is refused with what changed, for every tool that edits', async () => {
    await writeBytes(folder.at('a.txt'), 'one\nTWO\n');
    const { tools } = folder;
    for (const [tool, args] of [
      [tools.replace, edit],
      [tools.writeFile, { file_path: 'a.txt', content: 'x' }],
      [tools.insertAtLine, { file_path: 'a.txt', line_number: 1, content: 'x' }],
      [tools.deleteLineRange, { file_path: 'a.txt', start_line: 1, end_line: 1 }],
      [tools.applyPatch, { file_path: 'a.txt', patch_content: '@@ -1 +1 @@\n-one\n+1\n' }],
    ] as const) {
      const error = await failure(tool as never, args);
      expect(error.code, tool.id).to.equal('tool.stale');
      expect(error.message).to.include('something outside The Maestro').and.to.include('-two\n+TWO');
    }
    expect(await folder.content('a.txt')).to.equal('one\nTWO\n');
    await run(tools.readFile, { file_path: 'a.txt' });
    await run(tools.replace, edit);
    expect(await folder.content('a.txt')).to.equal('ONE\nTWO\n');
  });

  it('names the session that changed it', async () => {
    await run(folder.tools.replace, { ...edit, old_string: 'two', new_string: '2' }, { sessionId: 'other' });
    const error = await failure(folder.tools.replace, edit);
    expect(error.message).to.include('was changed by the agent of session other').and.to.include('-two\n+2');
  });

  it('is made when only the time changed, and after edits of its own', async () => {
    await writeBytes(folder.at('a.txt'), 'one\ntwo\n');
    await run(folder.tools.replace, edit);
    await run(folder.tools.replace, { ...edit, old_string: 'two', new_string: '2' });
    expect(await folder.content('a.txt')).to.equal('ONE\n2\n');
  });

  it('by two sessions at once loses neither', async () => {
    const many = Array.from({ length: 20 }, (_, index) => index);
    await writeBytes(folder.at('all.txt'), many.map((index) => `<${index}>\n`).join(''));
    await Promise.all(
      many.map((index) =>
        run(
          folder.tools.replace,
          { file_path: 'all.txt', old_string: `<${index}>`, new_string: `done ${index}` },
          { sessionId: `s${index}` },
        ),
      ),
    );
    expect(await folder.content('all.txt')).to.equal(many.map((index) => `done ${index}\n`).join(''));
  });
});

describe('write_file', () => {
  inOwnFolder();
  it('does not overwrite what the session has not read', async () => {
    await writeBytes(folder.at('a.txt'), 'theirs');
    await run(folder.tools.readFile, { file_path: 'a.txt' }, { sessionId: 'other' });
    const error = await failure(folder.tools.writeFile, { file_path: 'a.txt', content: 'mine' });
    expect(error.code).to.equal('tool.unread');
    expect(error.message).to.include('read it first');
    expect(await folder.content('a.txt')).to.equal('theirs');
    await run(folder.tools.readManyFiles, { paths: ['a.txt'] });
    await run(folder.tools.writeFile, { file_path: 'a.txt', content: 'mine' });
    await run(folder.tools.writeFile, { file_path: 'a.txt', content: 'mine again' });
    expect(await folder.content('a.txt')).to.equal('mine again');
  });
});

describe('what is remembered of files', () => {
  inOwnFolder();
  /** As if the server had started again: other tools, the same session. */
  const restart = () => {
    folder.tools = allTools();
  };

  it('outlives the process: what changed meanwhile is not edited, what did not is', async () => {
    const { state } = folder.call();
    await writeBytes(folder.at('a.txt'), 'one\ntwo\n');
    await run(folder.tools.readFile, { file_path: 'a.txt' }, { state });
    restart();
    await writeBytes(folder.at('a.txt'), 'one\nTWO\n');
    expect((await failure(folder.tools.replace, edit, { state })).code).to.equal('tool.stale');
    await writeBytes(folder.at('a.txt'), 'one\ntwo\n');
    await run(folder.tools.replace, edit, { state });
    restart();
    await run(folder.tools.writeFile, { file_path: 'a.txt', content: 'all of it' }, { state });
    expect(await folder.content('a.txt')).to.equal('all of it');
  });

  it('is that of the session, not of another', async () => {
    await writeBytes(folder.at('a.txt'), 'one\n');
    await run(folder.tools.readFile, { file_path: 'a.txt' });
    restart();
    const error = await failure(folder.tools.writeFile, { file_path: 'a.txt', content: 'x' }, { sessionId: 'other' });
    expect(error.code).to.equal('tool.unread');
  });

  it('stays within its bounds: a page forgets its oldest file, whose text may be gone before', async () => {
    const seen = new SeenFiles();
    const call = folder.call();
    const onOnePage: string[] = [];
    for (let index = 0; onOnePage.length <= FILES_PER_PAGE; index += 1) {
      if (pageOf(`f${index}`) === pageOf('f0')) onOnePage.push(`f${index}`);
    }
    const [first = '', second = ''] = onOnePage;
    const text = 'x'.repeat(MOST_REMEMBERED.charactersPerText);
    for (const file of onOnePage) await seen.noteRead(call, file, { hash: hashOf(file), text });
    expect([...call.memory.keys()]).to.deep.equal([pageOf('f0')]);
    expect(call.memory.get(pageOf('f0'))).to.have.length(FILES_PER_PAGE);
    expect([await seen.has(call, first), await seen.has(call, second)]).to.deep.equal([false, true]);
    const now = { hash: hashOf(''), text: '' };
    expect((await thrown(seen.checkFresh(call, second, second, now))).message).to.match(/What changed/);
    for (let index = 0; index < 80; index += 1) await seen.noteRead(call, `other${index}`, { hash: hashOf(''), text });
    expect((await thrown(seen.checkFresh(call, second, second, now))).message).to.match(/edit\.$/);
  });
});
