import { expect } from 'chai';
import { openTools, terminalOf, wordsOf, written } from './support.js';

describe('run_shell_command', () => {
  let opened: ReturnType<typeof openTools>;
  beforeEach(() => {
    opened = openTools();
  });
  afterEach(() => opened.close());

  const nasty = {
    'waits for a child': 'echo up; sleep 100',
    'ignores TERM': "trap '' TERM; echo up; while :; do sleep 0.1; done",
    'hands its output to another session': 'setsid sleep 100 & echo up; sleep 100',
    'forks twice and ignores TERM': `(setsid sh -c "trap '' TERM; while :; do sleep 0.1; done" &); echo up; sleep 100`,
  };
  for (const [what, script] of Object.entries(nasty)) {
    it(`answers within a second of its time and ends everything when a command ${what}`, async () => {
      const began = performance.now();
      const output = await opened.bash(script, 1);
      expect(performance.now() - began).to.be.within(950, 2_000);
      expect(output.is_error).to.equal(true);
      expect(wordsOf(output)).to.contain('after 1 s');
      expect(terminalOf(output)).to.deep.include({ exit_code: null, chunks: [{ stream: 'stdout', text: 'up\n' }] });
      await untilNoneRuns(began + 7_000);
    });
  }

  it('stops with all it started when the person stops it', async () => {
    const stop = new AbortController();
    const told: string[] = [];
    const progress = (words: string) => {
      told.push(words);
      stop.abort();
    };
    const call = opened.call({ signal: stop.signal, progress });
    const output = await opened.tools.shell.run({ command: 'echo up; setsid sleep 100 & wait' }, call);
    expect(told).to.deep.equal(['up\n']);
    expect(wordsOf(output)).to.contain('Stopped before it finished');
    await untilNoneRuns(performance.now() + 6_000);
  });

  it('stops when the plugin unloads', async () => {
    const output = opened.bash('sleep 100');
    setTimeout(() => opened.unload.abort(), 200);
    expect(wordsOf(await output)).to.contain('Stopped');
  });

  it('answers soon after a command that left something running with its output open', async () => {
    const began = performance.now();
    const output = await opened.bash('setsid sleep 100 & echo done');
    expect(performance.now() - began).to.be.lessThan(1_000);
    expect(written(output)).to.equal('done\n');
    expect(output.is_error).to.equal(undefined);
    expect(opened.processes.list()).to.have.lengthOf(1);
  });

  it('gives the streams apart and in their order', async () => {
    const { chunks } = terminalOf(await opened.bash('echo a; sleep 0.2; echo b >&2; sleep 0.2; echo c'));
    expect(chunks).to.deep.equal([
      { stream: 'stdout', text: 'a\n' },
      { stream: 'stderr', text: 'b\n' },
      { stream: 'stdout', text: 'c\n' },
    ]);
  });

  it('keeps colours for people beside the text for the model', async () => {
    const { chunks } = terminalOf(await opened.bash(String.raw`printf '\033[1;31mred\033[0m\033[2K plain\n'`));
    const ansi = '\u001b[1;31mred\u001b[0m plain\n';
    expect(chunks).to.deep.equal([{ stream: 'stdout', text: 'red plain\n', ansi }]);
  });

  it('keeps colours, cursor moves, titles and control characters from the model', async () => {
    const script = String.raw`printf '\033[1;31mred\033[0m \033]0;title\007\033]8;;http://x\033\\link\033(B\000\b\033[2J\rnext\r\n'`;
    expect(written(await opened.bash(script))).to.equal('red link\nnext\n');
  });

  it('decodes characters that arrive in pieces', async () => {
    expect(written(await opened.bash(String.raw`printf '\xe2\x82'; sleep 0.1; printf '\xac'`))).to.equal('€');
  });

  it('takes a command of many lines and any length', async () => {
    const command = `${'# a long remark\n'.repeat(20_000)}echo one\necho two`;
    expect(written(await opened.bash(command))).to.equal('one\ntwo\n');
  });

  it('takes the place to run in under both names', async () => {
    for (const given of [{ dir_path: '/' }, { directory: '/' }]) {
      expect(written(await opened.tools.shell.run({ command: 'pwd', ...given }, opened.call()))).to.equal('/\n');
    }
  });

  it('is compared with rules by its command', () => {
    expect(opened.tools.shell.subject?.({ command: 'git status' })).to.equal('git status');
  });

  async function untilNoneRuns(end: number): Promise<void> {
    while (opened.processes.list().length > 0) {
      if (performance.now() > end) throw new Error('something still runs');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});
