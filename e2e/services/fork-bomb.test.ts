import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ToolResultPart } from '@maestro/core/protocol';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { dropHome, MaestroProcess } from '../support/maestro-process.js';
import { converse, messagesOf, newSession, trio, trioHome, trioKeys } from '../support/three-providers.js';
import { until } from '../support/until.js';

/** So many processes may there be of it: enough to be a bomb, and no harm to the machine. */
const MOST = 150;
/** Root obeys no such limit: there the bomb goes off as a user that nothing else runs as. */
const nobodyElse = 61_234;

/** The processes of the bomb, by a word in their environment. */
async function pidsOf(word: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')));
  return pids.flatMap((pid, index) => (environments[index]!.includes(word) ? [Number(pid)] : []));
}

/** The limit counts every process of the user: those that are there already, and threads, come on top. */
function bomb(word: string): string {
  const script = 'bomb() { while :; do bomb & sleep 0.05; done; }; bomb';
  if (process.getuid?.() === 0) {
    const user = `setpriv --reuid=${nobodyElse} --regid=${nobodyElse} --clear-groups`;
    return `cd / && BOMB=${word} exec ${user} prlimit --nproc=${MOST}:${MOST} bash -c '${script}'`;
  }
  return `mine=$(ps -u "$(id -u)" -L --no-headers | wc -l); BOMB=${word} exec prlimit --nproc=$((mine + ${MOST})) bash -c '${script}'`;
}

describe('T3 a fork bomb in a tool', function () {
  this.timeout(120_000);
  const word = `bomb-${randomUUID()}`;
  let sim: ProviderSim;
  let server: MaestroProcess;
  let folder: string;

  before(async () => {
    const command = bomb(word);
    sim = await startProviderSim({
      script: ({ toolResults }) =>
        toolResults.length > 0
          ? { steps: [{ type: 'text', text: 'It is over.' }] }
          : { steps: [{ type: 'tool', name: 'run_shell_command', input: { command, timeout_seconds: 5 } }] },
    });
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-bomb-'));
    server = await MaestroProcess.start({ home: await trioHome(sim.url), env: trioKeys });
  });
  after(async () => {
    await server.stop();
    await sim.close();
    await dropHome(server.home);
    await rm(folder, { recursive: true, force: true });
    for (const pid of await pidsOf(word)) process.kill(pid, 'SIGKILL');
  });

  it('leaves the server answering within a second, ends with all it started, and is told to the model', async () => {
    const { session_id } = await newSession(server, trio[0]!, folder);
    const seen = { most: 0, slowestMs: 0 };
    let isOver = false;
    const turn = converse(server, session_id, 'Do it.').finally(() => {
      isOver = true;
    });
    while (!isOver) {
      const began = performance.now();
      const answer = await fetch(`${server.url}/healthz`);
      seen.slowestMs = Math.max(seen.slowestMs, performance.now() - began);
      expect(answer.status).to.equal(200);
      seen.most = Math.max(seen.most, (await pidsOf(word)).length);
    }
    expect((await turn).status).to.equal('idle');
    console.log(`      ${seen.most} processes at most; the slowest answer took ${seen.slowestMs.toFixed(0)} ms`);
    expect(seen.most, 'processes at once').to.be.greaterThan(MOST / 2);
    expect(seen.slowestMs).to.be.lessThan(1_000);
    // The model is answered first; the last of a tree may take some seconds more.
    await until('the last process to be gone', async () => (await pidsOf(word)).length === 0, 10_000);
    const parts = (await messagesOf(server, session_id)).flatMap((message) => message.parts);
    const result = parts.find((part): part is ToolResultPart => part.type === 'tool_result')!;
    expect(result.outcome).to.equal('failed');
    expect(JSON.stringify(result.content))
      .to.include('Stopped after 5 s')
      .and.to.include('All its processes were ended');
  });
});
