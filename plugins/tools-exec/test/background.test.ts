import { expect } from 'chai';
import { openTools, terminalOf, wordsOf, written } from './support.js';

describe('background processes', () => {
  let opened: ReturnType<typeof openTools>;
  beforeEach(() => {
    opened = openTools();
  });
  afterEach(() => opened.close());
  const start = async (command: string, more = {}) => {
    const output = await opened.tools.shell.run({ command, is_background: true, ...more }, opened.call());
    return { output, pid: Number(wordsOf(output).match(/process (\d+)/)?.[1]) };
  };
  const read = (pid: number, more = {}) => opened.tools.read.run({ pid, ...more }, opened.call());
  const list = async (given = {}) => wordsOf(await opened.tools.list.run({}, opened.call(given)));

  it('run on behind the answer, can be listed, read and ended', async () => {
    const { output, pid } = await start('echo up; sleep 1; echo later; sleep 100');
    expect(written(output)).to.equal('up\n');
    expect(await list()).to.match(new RegExp(`^${pid}  running  since \\S+  echo up; sleep 1`));
    expect(written(await read(pid, { delay_ms: 1_500 }))).to.equal('up\nlater');
    expect(written(await read(pid, { lines: 1 }))).to.equal('later');
    expect(wordsOf(await opened.tools.kill.run({ pid }, opened.call()))).to.contain('ended');
    expect(opened.processes.list()).to.deep.equal([]);
    expect(await list()).to.contain('ended by a signal');
    expect(wordsOf(await opened.tools.kill.run({ pid }, opened.call()))).to.contain('already');
  });

  it('that end at once are told with their exit code', async () => {
    const { output } = await start('echo no >&2; exit 4', { delay_ms: 5_000 });
    expect(terminalOf(output).exit_code).to.equal(4);
    expect(wordsOf(output)).to.contain('ended already');
    expect(output.is_error).to.equal(true);
  });

  it('can be read after they ended', async () => {
    const { pid } = await start('sleep 0.5; echo done');
    const output = await read(pid, { delay_ms: 10_000 });
    expect(written(output)).to.equal('done');
    expect(terminalOf(output).exit_code).to.equal(0);
  });

  it('belong to their session', async () => {
    const { pid } = await start('sleep 100');
    const stranger = opened.call({ sessionId: 'another' });
    expect(await list({ sessionId: 'another' })).to.contain('no background processes');
    for (const tool of [opened.tools.read, opened.tools.kill]) {
      const error = await tool.run({ pid }, stranger).catch((thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'exec.unknown_process');
    }
    expect(opened.processes.list()).to.have.lengthOf(1);
  });

  it('end with the server, with all they started', async () => {
    await start('setsid sleep 100 & nohup sleep 100 & wait');
    await opened.processes.close();
    expect(opened.processes.list()).to.deep.equal([]);
  });

  it('are not stopped by the end of the call that started them', async () => {
    const stop = new AbortController();
    const call = opened.call({ signal: stop.signal });
    await opened.tools.shell.run({ command: 'sleep 100', is_background: true }, call);
    stop.abort();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await list()).to.contain('running');
  });
});
