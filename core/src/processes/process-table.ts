import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

/** What tells a process from a later one with the same number. */
export interface ProcessRef {
  readonly pid: number;
  /** In the system's own notation; the same number with another start is another process. */
  readonly start: string;
}

/** One line of the system's table of processes. */
export interface ProcessEntry extends ProcessRef {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** What stands in its environment under `MAESTRO_CHILD`; null where that cannot be read or is not there. */
  readonly marker: string | null;
}

/** The variable that names the tree a process belongs to. */
export const MARKER = 'MAESTRO_CHILD';

/** Whether this system shows its processes as files. */
export const hasProcessFiles = process.platform === 'linux';

/** A process that runs; undefined when there is none of this number, or only what nobody has reaped. */
export function processOf(pid: number): Omit<ProcessEntry, 'marker'> | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  // Counted after the name, which may itself hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, group, session] = fields;
  const start = fields[19];
  if (start === undefined || /^[ZX]/.test(state)) return undefined;
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), start };
}

/** Whether exactly this process runs. */
export function isRunning({ pid, start }: ProcessRef): boolean {
  return processOf(pid)?.start === start;
}

/**
 * Every process that runs. Reading one takes some 20 microseconds, so others get their turn in between; what forks
 * meanwhile may be missing and is found by the next reading.
 */
export async function readProcessTable(): Promise<ProcessEntry[]> {
  const entries: ProcessEntry[] = [];
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  for (const [index, name] of names.entries()) {
    if (index % 200 === 199) await turn();
    const found = processOf(Number(name));
    if (found) entries.push({ ...found, marker: markerOf(name) });
  }
  return entries;
}

function markerOf(pid: string): string | null {
  const environment = `\0${textOf(`/proc/${pid}/environ`)}`;
  const at = environment.indexOf(`\0${MARKER}=`);
  if (at < 0) return null;
  const from = at + MARKER.length + 2;
  const end = environment.indexOf('\0', from);
  return environment.slice(from, end < 0 ? undefined : end);
}

/** Empty where the process is gone or belongs to somebody else. Without files to open nothing can be said: it throws. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (/^(EMFILE|ENFILE|ENOMEM)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return '';
  }
}

/** Reads the table for all who ask at the same time at once. A reading that has begun is no answer for a later one. */
export class ProcessTable {
  #next: Promise<ProcessEntry[]> | undefined;

  read(): Promise<ProcessEntry[]> {
    this.#next ??= turn().then(() => {
      this.#next = undefined;
      return readProcessTable();
    });
    return this.#next;
  }
}
