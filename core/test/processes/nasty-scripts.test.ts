import { expect } from 'chai';
import { processOf } from '../../src/processes/process-table.js';
import { openProcesses, textOf, until } from './support.js';

/** Scripts that do what they can to outlive whoever started them; each says `up` once it is running. */
const nasty: readonly (readonly [what: string, script: string, processes: number])[] = [
  ['waits', 'echo up; sleep 100', 1],
  ['ignores TERM', "trap '' TERM; echo up; while :; do sleep 0.1; done", 1],
  ['has a child in the background', 'sleep 100 & echo up; wait', 2],
  ['leaves a child behind with nohup', 'nohup sleep 100 >/dev/null 2>&1 & echo up; wait', 2],
  ['starts a session of its own', 'setsid sleep 100 & echo up; wait', 2],
  ['forks twice', '(setsid sh -c "sleep 100 & exit" &); sleep 0.2; echo up; sleep 100', 2],
  [
    'leaves the session and ignores TERM',
    `setsid sh -c "trap '' TERM; while :; do sleep 0.1; done" & echo up; wait`,
    2,
  ],
  ['has a pipeline', 'sleep 100 | sleep 100 | sleep 100 & echo up; wait', 4],
  ['holds its output open from another session', 'setsid sleep 100 & setsid sleep 100 & echo up; wait', 3],
  ['clears the environment of its child', 'env -i sleep 100 & echo up; wait', 1],
  ['is stopped', 'sleep 100 & echo up; kill -STOP $$', 2],
  [
    'starts others as it is told to end',
    `trap 'setsid sleep 100 & setsid sleep 100 &' TERM; echo up; while :; do sleep 0.1; done`,
    1,
  ],
  ['starts new ones all the time', 'echo up; while :; do sleep 100 & sleep 0.05; done', 2],
];

describe('T1 the tree of a child that', () => {
  for (const [what, script, processes] of nasty) {
    it(`${what} is gone soon after it is killed`, async () => {
      const { bash, left } = openProcesses();
      const tree = bash(script);
      await new Promise((resolve) => tree.stdout.once('data', resolve));
      await until(async () => (await left()).length >= processes);
      const began = performance.now();
      await tree.kill();
      expect(performance.now() - began).to.be.lessThan(6_000);
      expect(await left()).to.deep.equal([]);
    });

    it(`${what} is gone when the server stops`, async () => {
      const { bash, processes: all, left } = openProcesses();
      const tree = bash(script);
      await new Promise((resolve) => tree.stdout.once('data', resolve));
      await all.close();
      expect(await left()).to.deep.equal([]);
      expect(all.list()).to.deep.equal([]);
    });
  }

  it('ended while others of it go on gives its output, and is known until they are gone', async () => {
    const { bash, processes, left } = openProcesses();
    const tree = bash(
      'setsid sleep 100 & nohup sleep 100 & (setsid sh -c "sleep 100 & exit" &) ; sleep 0.1; echo said',
    );
    expect((await tree.exited).code).to.equal(0);
    const began = performance.now();
    expect(await textOf(tree.stdout)).to.equal('said\n');
    expect(performance.now() - began).to.be.lessThan(1_000);
    expect(await left()).to.have.lengthOf(3);
    expect(processes.list()).to.have.lengthOf(1);
    await tree.kill();
    expect(await left()).to.deep.equal([]);
    await until(() => processes.list().length === 0);
  });

  it('cleared its environment and left the session is followed from what started it', async () => {
    const { bash } = openProcesses();
    const tree = bash('env -i setsid sh -c "echo \\$\\$; sleep 100" & wait');
    const pid = await new Promise<string>((resolve) => tree.stdout.once('data', (chunk) => resolve(`${chunk}`.trim())));
    await tree.kill();
    expect(processOf(Number(pid))).to.equal(undefined);
  });
});
