import { expect } from 'chai';
import fc from 'fast-check';
import { languageNames } from '../src/languages.js';
import { Folder, syntaxTools } from './support.js';

const folder = new Folder();
const { astGrep } = syntaxTools();

const { said, failure } = folder;

describe('ast_grep', () => {
  beforeEach(async () => {
    await folder.open();
    await folder.write({
      '.gitignore': 'ignored/\n',
      'a.ts': 'log("one");\nif (x) {\n  log(\n    "two",\n  );\n}\n',
      'b.py': 'log("three")\n',
      'ignored/c.ts': 'log("no")\n',
      'deep/d.ts': 'log("four")\n',
    });
  });
  afterEach(() => folder.close());

  it('finds code by a pattern, with what its names stand for', async () => {
    const found = await said(astGrep, { pattern: 'log($WHAT)', language: 'ts', path: 'a.ts' });
    expect(found).to.match(/^2 matches in 1 file:\na\.ts\n1: log\("one"\);\n {3}\$WHAT = "one"\n3: {3}log\(\n4:/);
  });

  it('reads each file in its own language where none is named, and leaves ignored ones out', async () => {
    const found = await said(astGrep, { pattern: 'log($A)' });
    expect(found)
      .to.match(/^4 matches in 3 files:/)
      .and.include('b.py')
      .and.include('deep/d.ts')
      .and.not.include('ignored');
  });

  it('takes globs, which do not bring ignored files back', async () => {
    const found = await said(astGrep, { pattern: 'log($A)', language: 'typescript', globs: ['**/*.ts', '!a.ts'] });
    expect(found).to.match(/^1 match in 1 file:\ndeep\/d\.ts/);
  });

  it('takes a rule, bare or beside its constraints', async () => {
    const rule = { kind: 'call_expression', inside: { kind: 'if_statement', stopBy: 'end' } };
    expect(await said(astGrep, { rule, language: 'ts' })).to.match(/^1 match in 1 file:\na\.ts\n3:/);
    const constrained = { rule: { pattern: 'log($A)' }, constraints: { A: { regex: 'four' } } };
    expect(await said(astGrep, { rule: constrained, language: 'ts' })).to.match(/^1 match in 1 file:\ndeep\/d\.ts/);
  });

  it('stops at maxResults and says so', async () => {
    const found = await said(astGrep, { pattern: 'log($A)', maxResults: 1 });
    expect(found)
      .to.match(/^1 match in 1 file:/)
      .and.include('there are more than 1');
  });

  it('says why it found nothing', async () => {
    expect(await said(astGrep, { pattern: 'gone()', language: 'ts' })).to.match(
      /^Nothing matches in 2 files of code\./,
    );
    expect(await said(astGrep, { pattern: 'log(', language: 'ts' })).to.include('ERROR node');
  });

  it('refuses what it cannot search for with words that help', async () => {
    for (const [args, code, words] of [
      [{ pattern: 'x', language: 'klingon' }, 'code.unknown_language', 'typescript'],
      [{ pattern: '', rule: {} }, 'tool.bad_pattern', 'either'],
      [{}, 'tool.bad_pattern', 'either'],
      [{ rule: { kind: 'call' } }, 'tool.bad_pattern', 'language'],
      [{ rule: { kind: 'no_such_kind' }, language: 'ts' }, 'tool.bad_pattern', 'no_such_kind'],
      [{ pattern: 'x', path: 'gone' }, 'tool.not_found', 'gone'],
    ] as const) {
      const error = await failure(astGrep, args);
      expect(error.code, JSON.stringify(args)).to.equal(code);
      expect(error.message).to.include(words);
    }
  });

  it('takes nothing of a pattern, language, path or file name for an option', async () => {
    await folder.write({ '-U': 'x', '--update-all.ts': 'log("dash")\n', '--rewrite=gone.ts': 'log("dash")\n' });
    expect(await said(astGrep, { pattern: '--update-all', language: 'ts' })).to.match(/^Nothing|match/);
    expect((await failure(astGrep, { pattern: 'x', language: '--stdin' })).code).to.equal('code.unknown_language');
    expect(await said(astGrep, { pattern: 'log("dash")', path: '--update-all.ts' })).to.include('1: log("dash")');
    expect(await said(astGrep, { pattern: 'log("dash")' })).to.match(/^2 matches in 2 files/);
    expect(await folder.content('--update-all.ts')).to.equal('log("dash")\n');
  });

  it('is not configured by what it searches', async () => {
    await folder.write({ 'sgconfig.yml': 'ruleDirs: [: broken' });
    expect(await said(astGrep, { pattern: 'log($A)', language: 'ts' })).to.match(/^3 matches/);
  });

  it('answers or refuses in words, whatever the pattern', async () => {
    const pattern = fc.oneof(fc.string({ minLength: 1, maxLength: 40 }), fc.stringMatching(/^[$A-Z(){}.;'"-]{1,12}$/));
    await fc.assert(
      fc.asyncProperty(pattern, fc.constantFrom(...languageNames), async (text, language) => {
        const output = await said(astGrep, { pattern: text, language }).catch((error: { code?: string }) => error.code);
        expect(output).to.match(/^(\d+ match|Nothing matches)|^(tool\.bad_pattern|process\.not_started)$/);
      }),
      { numRuns: 15 },
    );
  });

  it('ends soon when it is stopped', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    const error = await folder.run(astGrep, { pattern: 'log($A)' }, { signal }).catch((cause: unknown) => cause);
    expect(String(error)).to.include('stopped');
  });

  it('says clearly that there is no program for this machine, and takes another one', async () => {
    const error = await failure(syntaxTools('/nowhere/ast-grep').astGrep, { pattern: 'log($A)' });
    expect(error.code).to.equal('code.no_program');
    expect(error.message).to.include('/nowhere/ast-grep').and.include('grep_search');
  });
});
