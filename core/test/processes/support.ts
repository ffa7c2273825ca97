import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../src/log.js';
import { readProcessTable } from '../../src/processes/process-table.js';
import { Processes, type ProcessesParts, type SpawnOptions } from '../../src/processes/processes.js';

/** Children of a server that is nobody else's. */
export function openProcesses(given: Partial<ProcessesParts> = {}) {
  const owner = given.owner ?? `test.${process.pid}.${randomBytes(4).toString('hex')}`;
  const processes = new Processes({ log: silentLog, ...given, owner });
  const options: SpawnOptions = { cwd: tmpdir(), label: 'test', sessionId: 'one' };
  const bash = (script: string, more: Partial<SpawnOptions> = {}) =>
    processes.spawn('bash', ['-c', script], { ...options, ...more });
  return { owner, processes, options, bash, left: () => markedBy(owner) };
}

/** Numbers of the processes whose marker names this server. */
export async function markedBy(owner: string): Promise<number[]> {
  const table = await readProcessTable();
  return table.filter(({ marker }) => marker?.startsWith(`${owner}/`)).map(({ pid }) => pid);
}

export async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

/** Waits for what comes about by itself. */
export async function until(holds: () => boolean | Promise<boolean>, patienceMs = 5_000): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come about');
    await sleep(20);
  }
}
