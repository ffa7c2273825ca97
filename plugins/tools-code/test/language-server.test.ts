import { chmod, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type LspTools, lspTools, typescript } from './lsp-support.js';
import { Folder } from './support.js';

// One server for the whole suite, as a session has it.
describe('with TypeScript 7 as language server', function () {
  this.timeout(60_000);
  const folder = new Folder();
  const { said, failure, run } = folder;
  let tools: LspTools;

  before(async () => {
    await folder.open();
    tools = lspTools({ typescript });
    await folder.write({
      'tsconfig.json': '{ "compilerOptions": { "strict": true, "noEmit": true } }',
      'math.ts': '/** Adds one. */\nexport function addOne(value: number): number {\n  return value + 1;\n}\n',
      'main.ts': "import { addOne } from './math.js';\n\nconst two = addOne(1);\nconsole.log(addOne(two));\n",
    });
  });
  after(async () => {
    await tools.close();
    await folder.close();
  });
  const call = { filePath: 'main.ts', line: 2, character: 14 };

  it('has no server until one is asked for, then one for all', async () => {
    expect(tools.running()).to.equal(0);
    await Promise.all([
      run(tools.hover, call),
      run(tools.definition, call),
      run(tools.symbols, { filePath: 'math.ts' }),
    ]);
    expect(tools.running()).to.equal(1);
  });

  it('goes to the definition', async () => {
    expect(await said(tools.definition, call)).to.equal(
      '1 place, counted from 0:\nmath.ts:1:16  export function addOne(value: number): number {',
    );
  });

  it('finds references by meaning', async () => {
    const lines = (await said(tools.references, call)).split('\n');
    expect(lines[0]).to.equal('4 places, counted from 0:');
    expect(lines)
      .to.include('main.ts:3:12  console.log(addOne(two));')
      .and.include('math.ts:1:16  export function addOne(value: number): number {');
  });

  it('tells type and documentation', async () => {
    expect(await said(tools.hover, call))
      .to.include('addOne(value: number): number')
      .and.include('Adds one.');
    expect(await said(tools.hover, { ...call, line: 1, character: 0 })).to.equal(
      'Nothing is known of what stands there.',
    );
  });

  it('lists symbols of a file, and finds those of the project', async () => {
    expect(await said(tools.symbols, { filePath: 'math.ts' })).to.include('1-3: function addOne');
    expect(await said(tools.workspace, { query: 'addOn' })).to.include('function addOne  math.ts:1:');
  });

  it('tells errors of what the session read or changed, as it is now', async () => {
    const given = { sessionId: 'errors' };
    await run(tools.read, { file_path: 'main.ts' }, given);
    expect(await said(tools.diagnostics, {}, given)).to.match(/^0 findings in \d files?\.$/);
    await run(tools.replace, { file_path: 'main.ts', old_string: 'addOne(1)', new_string: "addOne('1')" }, given);
    expect(await said(tools.diagnostics, {}, given)).to.match(
      /\nmain\.ts:2:19 error: Argument of type 'string'.* \(ts 2345\)/,
    );
    await run(tools.replace, { file_path: 'main.ts', old_string: "addOne('1')", new_string: 'addOne(1)' }, given);
    expect(await said(tools.diagnostics, {}, given)).to.match(/^0 findings/);
  });

  it('sees files that anybody changed, made, renamed or removed, open or not', async () => {
    const given = { sessionId: 'others' };
    await folder.write({ 'use.ts': "import { half } from './half.js';\nconst h: number = half(4);\n" });
    await run(tools.read, { file_path: 'use.ts' }, given);
    expect(await said(tools.diagnostics, {}, given)).to.include("Cannot find module './half.js'");
    await folder.write({ 'half.ts': 'export const half = (n: number) => n / 2;\n' });
    expect(await said(tools.diagnostics, {}, given)).to.match(/^0 findings/);
    await writeFile(folder.at('half.ts'), 'export const half = (n: number) => String(n);\n');
    expect(await said(tools.diagnostics, {}, given)).to.include("Type 'string' is not assignable to type 'number'");
    await rename(folder.at('half.ts'), folder.at('other.ts'));
    expect(await said(tools.diagnostics, {}, given)).to.include("Cannot find module './half.js'");
    await rm(folder.at('use.ts'));
    expect(await said(tools.diagnostics, {}, given)).to.match(/^0 findings/);
  });

  it('refuses places that are not there before the server sees them', async () => {
    for (const [args, words] of [
      [{ ...call, line: 99 }, 'has 5 lines'],
      [{ ...call, character: 99 }, 'has 22 characters'],
    ] as const) {
      const error = await failure(tools.hover, args);
      expect(error.code).to.equal('tool.bad_range');
      expect(error.message).to.include(words);
    }
    expect((await failure(tools.hover, { ...call, filePath: 'gone.ts' })).code).to.equal('tool.not_found');
    expect((await failure(tools.symbols, { filePath: 'tsconfig.json' })).code).to.equal('lsp.none');
  });

  it('is the same where the working directory is a link', async () => {
    await symlink(folder.path, folder.at('link'));
    const call = { workingDirectory: folder.at('link') };
    expect(await said(tools.symbols, { filePath: 'math.ts' }, call)).to.include('function addOne');
    expect(tools.running()).to.equal(1);
  });

  it('fetches no types for a project of JavaScript', async () => {
    const npm = folder.at('bin/npm');
    await folder.write({
      'bin/npm': '#!/bin/sh\necho "$@" >> "$(dirname "$0")/asked"\n',
      'js/package.json': '{ "dependencies": { "jquery": "3" } }',
      'js/a.js': "const $ = require('jquery');\n",
    });
    await chmod(npm, 0o755);
    const env = { PATH: `${folder.at('bin')}:${process.env.PATH}` };
    const fetches = async (given: object, patienceMs: number) => {
      const own = lspTools({ typescript: { ...typescript, languages: { '.js': 'javascript' }, env, ...given } });
      await run(own.symbols, { filePath: 'a.js' }, { workingDirectory: folder.at('js') });
      const isAsked = () => folder.content('bin/asked').catch(() => undefined);
      for (let waited = 0; waited < patienceMs && !(await isAsked()); waited += 50) await sleep(50);
      await own.close();
      return (await isAsked()) !== undefined;
    };
    expect(await fetches({}, 600)).to.equal(false);
    // The same server without our settings does it, or this would be no proof.
    expect(await fetches({ configuration: {}, initialization: {} }, 20_000)).to.equal(true);
  });

  it('ends when it is closed, and answers nobody after', async () => {
    await tools.servers.close();
    expect(tools.running()).to.equal(0);
    expect((await failure(tools.hover, call)).code).to.equal('lsp.unavailable');
  });
});
