import { realpathSync } from 'node:fs';
import { MaestroError, type ToolOutput } from '@maestro/core';
import { expect } from 'chai';
import { languages } from '../src/languages.js';
import { codeFolders, isInstalled, openTools, terminalOf, written } from './support.js';

/** In each language: writes to both streams, shows where it runs, and ends with 3. */
const programs: Readonly<Record<string, string>> = {
  bash: 'echo "out $PWD"; echo err >&2; exit 3',
  elixir: 'IO.puts("out #{File.cwd!()}"); IO.puts(:stderr, "err"); System.halt(3)',
  go: 'package main\nimport ("fmt"; "os")\nfunc main() { d, _ := os.Getwd(); fmt.Println("out", d); fmt.Fprintln(os.Stderr, "err"); os.Exit(3) }',
  javascript: 'console.log("out", process.cwd()); console.error("err"); process.exitCode = 3',
  perl: 'use Cwd; print "out " . getcwd() . "\\n"; print STDERR "err\\n"; exit 3',
  php: '<?php echo "out " . getcwd() . "\\n"; fwrite(STDERR, "err\\n"); exit(3);',
  python: 'import os, sys\nprint("out", os.getcwd())\nprint("err", file=sys.stderr)\nsys.exit(3)',
  ruby: 'puts "out #{Dir.pwd}"; warn "err"; exit 3',
  typescript:
    'const words: string[] = ["out", process.cwd()]; console.log(...words); console.error("err"); process.exitCode = 3',
};

describe('execute_code', () => {
  let opened: ReturnType<typeof openTools>;
  beforeEach(() => {
    opened = openTools({ klingon: { command: 'klingon-interpreter', package: 'klingon (qo-noS)' } });
  });
  afterEach(() => opened.close());
  const run = (language: string, code: string, more = {}): Promise<ToolOutput> =>
    opened.tools.code.run({ language, code, ...more }, opened.call());

  it('has a program for every language of its table', () => {
    expect(Object.keys(programs).sort()).to.deep.equal(Object.keys(languages).sort());
  });

  for (const [language, code] of Object.entries(programs)) {
    const { command, package: toInstall } = languages[language] ?? { command: '' };
    // What is not installed here is still tested: for saying so.
    if (isInstalled(command)) {
      it(`runs ${language} and gives both streams and the exit code`, async () => {
        const output = await run(language, code);
        expect(written(output, 'stdout')).to.equal(`out ${realpathSync(opened.workingDirectory)}\n`);
        expect(written(output, 'stderr')).to.match(/^err\n/);
        // `go run` ends with 1 whatever its program ends with.
        expect(terminalOf(output).exit_code).to.equal(language === 'go' ? 1 : 3);
        expect(output.is_error).to.equal(true);
      }).timeout(60_000);
    } else {
      it(`says what to install for ${language}, which is missing here`, async () => {
        const error = await run(language, code).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(MaestroError).with.property('code', 'exec.no_interpreter');
        expect(`${error}`).to.contain(toInstall as string);
      });
    }
  }

  it('names the package to install where an interpreter is missing', async () => {
    const before = codeFolders();
    const error = await run('klingon', 'nuqneH').catch((thrown: MaestroError) => thrown);
    expect(error).to.have.property('code', 'exec.no_interpreter');
    expect(`${error}`).to.contain('"klingon-interpreter"').and.to.contain('klingon (qo-noS)');
    expect(codeFolders().filter((name) => !before.includes(name))).to.deep.equal([]);
  });

  it('names the languages there are where one is unknown', async () => {
    for (const language of ['cobol', 'toString', '__proto__']) {
      const error = await run(language, 'x').catch((thrown: MaestroError) => thrown);
      expect(error).to.have.property('code', 'exec.unknown_language');
      expect(`${error}`).to.contain('bash, elixir, go');
    }
  });

  it('gives a program what it may read, and nothing unless told', async () => {
    expect(written(await run('bash', 'cat', { stdin: 'grüße' }))).to.equal('grüße');
    expect(written(await run('bash', 'cat; echo end'))).to.equal('end\n');
    expect(terminalOf(await run('bash', 'exec <&-; sleep 0.1', { stdin: 'x'.repeat(1e6) })).exit_code).to.equal(0);
  });

  it('runs where it is told to, and says so when there is no such place', async () => {
    expect(written(await run('bash', 'pwd', { dir_path: '..' }))).to.equal(
      `${realpathSync(`${opened.workingDirectory}/..`)}\n`,
    );
    const error = await run('bash', 'pwd', { dir_path: 'nowhere' }).catch((thrown: MaestroError) => thrown);
    expect(error).to.have.property('code', 'process.no_directory');
  });

  it('leaves no file of code behind, and shows it to nobody else meanwhile', async () => {
    const before = codeFolders();
    expect(written(await run('bash', 'stat -c %a "$0" "$(dirname "$0")"'))).to.equal('600\n700\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(codeFolders().filter((name) => !before.includes(name))).to.deep.equal([]);
  });

  it('is compared with rules by language and code', () => {
    expect(opened.tools.code.subject?.({ language: 'python', code: 'print(1)' })).to.equal('python: print(1)');
  });
});
