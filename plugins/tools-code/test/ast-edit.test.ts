import { chmod, stat, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { diffOf, Folder, syntaxTools } from './support.js';

const folder = new Folder();
let tools = syntaxTools();
/** Called in each describe: hooks of a whole file would run for every test of every suite. */
function inOwnFolder(): void {
  beforeEach(async () => {
    await folder.open();
    tools = syntaxTools();
    await folder.write({ 'a.ts': 'const a = 1;\r\nfoo(a);\r\n', 'notes.txt': 'one two' });
  });
  afterEach(() => folder.close());
}

const { run, said, failure } = folder;
const edit = { file_path: 'a.ts', old_string: 'foo(a);', new_string: 'bar(a);\nbaz();' };

describe('ast_edit', () => {
  inOwnFolder();
  it('shows the change and the time of the file without force, and writes nothing', async () => {
    const output = await run(tools.astEdit, edit);
    expect(diffOf(output)?.hunks[0]?.lines).to.include('+bar(a);\r');
    const words = await said(tools.astEdit, edit);
    expect(words).to.match(/^Preview: nothing was written\. Its syntax is good \(typescript\)/);
    expect(words).to.include(`last_modified: ${Math.trunc((await stat(folder.at('a.ts'))).mtimeMs)}`);
    expect(await folder.content('a.ts')).to.equal('const a = 1;\r\nfoo(a);\r\n');
  });

  it('writes with force, keeping line endings and mode', async () => {
    await chmod(folder.at('a.ts'), 0o640);
    const output = await run(tools.astEdit, { ...edit, force: true });
    expect(diffOf(output)?.path).to.equal('a.ts');
    expect(await folder.content('a.ts')).to.equal('const a = 1;\r\nbar(a);\r\nbaz();\r\n');
    expect((await stat(folder.at('a.ts'))).mode & 0o777).to.equal(0o640);
  });

  it('refuses to bring syntax errors into a file, and says where', async () => {
    const broken = { ...edit, new_string: 'bar(a;' };
    expect(await said(tools.astEdit, broken)).to.include('It brings syntax errors: line 2');
    const error = await failure(tools.astEdit, { ...broken, force: true });
    expect(error.code).to.equal('code.bad_syntax');
    expect(error.message).to.include('line 2');
    expect(await folder.content('a.ts')).to.equal('const a = 1;\r\nfoo(a);\r\n');
  });

  it('mends a broken file step by step', async () => {
    await folder.write({ 'b.ts': 'let a = f(;\nlet b = g(;\n' });
    const words = await said(tools.astEdit, { file_path: 'b.ts', old_string: 'f(;', new_string: 'f();', force: true });
    expect(words).to.include('It has syntax errors, as before: line 2');
    expect(await folder.content('b.ts')).to.equal('let a = f();\nlet b = g(;\n');
  });

  it('edits what has no grammar, and says that it was not checked', async () => {
    const words = await said(tools.astEdit, {
      file_path: 'notes.txt',
      old_string: 'one',
      new_string: '1',
      force: true,
    });
    expect(words).to.include('not checked');
    expect(await folder.content('notes.txt')).to.equal('1 two');
  });

  it('refuses a file that has changed since it was read, by any tool, or since the preview', async () => {
    await run(tools.read, { file_path: 'a.ts' });
    await writeFile(folder.at('a.ts'), 'foo(a);\n');
    for (const force of [false, true]) {
      expect((await failure(tools.astEdit, { ...edit, force })).code).to.equal('tool.stale');
    }
    await run(tools.astRead, { file_path: 'a.ts' });
    const error = await failure(tools.astEdit, { ...edit, force: true, last_modified: 1 });
    expect(error.code).to.equal('tool.stale');
    expect(await folder.content('a.ts')).to.equal('foo(a);\n');
    await run(tools.astEdit, { ...edit, force: true });
    expect(await folder.content('a.ts')).to.equal('bar(a);\nbaz();\n');
  });

  it('refuses text that is not there or not unique', async () => {
    await folder.write({ 'b.ts': 'x();\nx();\n' });
    const none = await failure(tools.astEdit, { file_path: 'b.ts', old_string: 'y();', new_string: '' });
    expect(none.code).to.equal('tool.no_match');
    const many = await failure(tools.astEdit, { file_path: 'b.ts', old_string: 'x();', new_string: '' });
    expect(many.code).to.equal('tool.many_matches');
  });
});

describe('ast_read_file', () => {
  inOwnFolder();
  const code = "import { b } from './b.js';\n\nexport class A {\n  m() {\n    return b;\n  }\n}\n\nfunction f() {}\n";

  it('gives numbered lines, and what the file declares where', async () => {
    await folder.write({ 'a.ts': code });
    const [lines, structure] = (await said(tools.astRead, { file_path: 'a.ts' })).split('Structure of a.ts');
    expect(lines).to.include('     4\t  m() {');
    expect(structure)
      .to.include("1: import { b } from './b.js';  (import)")
      .and.include('3-7: export class A {  (exported class)')
      .and.include('4-6: method m  (method)')
      .and.include('9: function f() {}  (function)');
  });

  it('marks what is around a range of lines', async () => {
    await folder.write({ 'a.ts': code });
    const words = await said(tools.astRead, { file_path: 'a.ts', offset: 5, limit: 1 });
    expect(words)
      .to.match(/^Lines 5-5 of 9:\n {5}5\t/)
      .and.include('> 3-7:')
      .and.include('>   4-6:')
      .and.include('  9: function');
  });

  it('reads what has no grammar too, and counts as having read it', async () => {
    expect(await said(tools.astRead, { file_path: 'notes.txt' })).to.equal('     1\tone two');
    await writeFile(folder.at('notes.txt'), 'other');
    const error = await failure(tools.astEdit, { file_path: 'notes.txt', old_string: 'other', new_string: 'x' });
    expect(error.code).to.equal('tool.stale');
  });
});
