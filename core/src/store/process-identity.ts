import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * What tells a process from a later one with the same number. `place` names what shares our process
 * numbers: host, boot and (Linux) pid namespace; in another place a number says nothing.
 */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in the system's own notation; empty where it cannot be known. */
  start: string;
  place: string;
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, start: await startOf(process.pid), place: await ownPlace() };
}

export async function ownPlace(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return [hostname(), boot.trim(), namespace].join(' ').trim();
}

/** Whether exactly this process still runs; only asked of one in our own place. */
export async function isRunning(identity: Pick<ProcessIdentity, 'pid' | 'start'>): Promise<boolean> {
  if (!(await isAlive(identity.pid))) return false;
  return identity.start === '' || identity.start === (await startOf(identity.pid));
}

/** Whether a process of this number runs. A zombie, which nobody has reaped, counts as dead. */
export async function isAlive(pid: number): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return !/^State:\s+[ZX]/m.test(status);
}

export async function startOf(pid: number): Promise<string> {
  if (process.platform === 'win32') return '';
  if (process.platform !== 'linux') return ps('lstart=', pid);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Field 22, counted after the name, which may itself hold blanks and brackets.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** The command line of a process; empty where it cannot be known. */
export async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'win32') return '';
  if (process.platform !== 'linux') return ps('command=', pid);
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.replaceAll('\0', ' ').trim();
}

async function ps(field: string, pid: number): Promise<string> {
  const { stdout } = await run('ps', ['-o', field, '-p', `${pid}`]).catch(() => ({ stdout: '' }));
  return stdout.trim();
}
