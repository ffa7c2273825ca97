import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { MaestroError } from '../errors.js';
import type { Logger } from '../log.js';
import { childEnvironment } from './child-environment.js';
import { endTree } from './end-tree.js';
import { isOrphan } from './owner.js';
import { hasProcessFiles, MARKER, ProcessTable } from './process-table.js';
import { RunningTree } from './running-tree.js';

export interface SpawnOptions {
  cwd: string;
  /** Added to the cleaned environment of the server: no key, token or database address of ours is in it. */
  env?: Readonly<Record<string, string>>;
  /** `none`: the child reads from the null device. */
  stdin?: 'none' | 'pipe';
  /** What it is for, for logs and lists: such as the name of the tool. */
  label: string;
  /** The session it works for; null for one that several share. */
  sessionId: string | null;
  /** Ends the whole tree when it aborts. */
  signal?: AbortSignal;
}

/** A child process and all that descends from it. */
export interface ChildTree {
  readonly pid: number;
  readonly stdin: Writable | null;
  /** Ends soon after the child, even while a descendant still holds the pipe. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the child itself has ended, whether or not a descendant still holds its pipes. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Ends the whole tree: TERM, then KILL after `graceMs`. Resolves when nothing of it is left. Twice is harmless. */
  kill(graceMs?: number): Promise<void>;
}

/** A tree of which something may still run. */
export interface LiveTree {
  pid: number;
  label: string;
  sessionId: string | null;
  startedAt: Date;
}

export interface ProcessesParts {
  log: Logger;
  /** Names this server in the environment of its children, so that what a dead server left can be found. */
  owner: string;
  /** Variables of the environment that hold keys, beside those whose names say so. Asked at each start. */
  secretNames?: () => Iterable<string>;
  /** Defaults to that of the process. */
  env?: NodeJS.ProcessEnv;
}

/** Trees that may run at the same time. */
export const PROCESS_LIMITS = { perSession: 64, inAll: 256 } as const;

/** Starts child processes, and knows of each until its whole tree is gone. The one place that sends signals. */
export class Processes {
  readonly #parts: ProcessesParts;
  readonly #table = new ProcessTable();
  readonly #trees = new Set<RunningTree>();
  #isClosed = false;

  constructor(parts: ProcessesParts) {
    this.#parts = parts;
  }

  /**
   * Starts a program, without a shell, in a process group of its own.
   *
   * @param command a path, or a name looked up in PATH
   * @throws MaestroError `process.limit` with too many running; `process.not_started` when there is no such program
   *   or the system refuses; `process.no_directory`; `process.closed` while the server stops; and what `signal` gives
   */
  spawn(command: string, args: readonly string[], options: SpawnOptions): ChildTree {
    options.signal?.throwIfAborted();
    if (this.#isClosed) throw new MaestroError('process.closed', `cannot start "${command}": the server is stopping`);
    this.#checkLimits(options.sessionId);
    checkDirectory(options.cwd);
    const marker = `${this.#parts.owner}/${randomBytes(9).toString('base64url')}`;
    const child = this.#start(command, args, options, marker);
    const tree = new RunningTree({ child, marker, options, table: this.#table, log: this.#parts.log });
    this.#trees.add(tree);
    void tree.gone.then(() => this.#trees.delete(tree));
    return tree;
  }

  /** What runs, oldest first. A tree whose child has ended stays while a descendant runs. */
  list(): LiveTree[] {
    return [...this.#trees].map(({ pid, label, sessionId, startedAt }) => ({ pid, label, sessionId, startedAt }));
  }

  /** Ends all that works for a session. Resolves when nothing of it is left. */
  async endOf(sessionId: string): Promise<void> {
    await Promise.all([...this.#trees].filter((tree) => tree.sessionId === sessionId).map((tree) => tree.kill()));
  }

  /** Starts nothing more and ends all that runs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#trees].map((tree) => tree.kill()));
  }

  /**
   * Ends what servers of the same home left running when they died; those that run keep theirs.
   *
   * @returns how many processes there were; always none where the system does not show environments
   */
  async sweepOrphans(): Promise<number> {
    if (!hasProcessFiles) return 0;
    const orphans = async () => {
      const table = await this.#table.read();
      return table.filter(({ marker }) => marker !== null && isOrphan(marker, this.#parts.owner));
    };
    const found = (await orphans()).length;
    if (found === 0) return 0;
    const left = await endTree(orphans, 0, graceForOrphansMs);
    this.#parts.log.warn('ended processes that a server left running when it died', { found, left: left.length });
    return found;
  }

  #checkLimits(sessionId: string | null): void {
    const mine = [...this.#trees].filter((tree) => tree.sessionId === sessionId).length;
    const { perSession, inAll } = PROCESS_LIMITS;
    const advice = 'end some (background processes can be listed and killed), or wait';
    if (sessionId !== null && mine >= perSession) {
      throw new MaestroError('process.limit', `this session runs ${mine} programs, the most there may be; ${advice}`);
    }
    if (this.#trees.size < inAll) return;
    throw new MaestroError('process.limit', `${inAll} programs run here, the most there may be; ${advice}`);
  }

  #start(command: string, args: readonly string[], options: SpawnOptions, marker: string): ChildProcess {
    const { env = process.env, secretNames } = this.#parts;
    try {
      const child = spawn(command, args, {
        cwd: options.cwd,
        env: { ...childEnvironment(env, secretNames?.()), ...options.env, [MARKER]: marker },
        stdio: [options.stdin === 'pipe' ? 'pipe' : 'ignore', 'pipe', 'pipe'],
        // A group and session of its own; on Windows this would open a window instead.
        detached: process.platform !== 'win32',
        windowsHide: true,
      });
      // Told by `pid` already, or of a signal that came too late.
      child.on('error', (cause) => this.#parts.log.debug('a child process', { label: options.label, cause }));
      if (child.pid !== undefined) return child;
    } catch (cause) {
      throw notStarted(command, cause);
    }
    throw notStarted(command);
  }
}

/** Nobody waits for them, and their server is gone. */
const graceForOrphansMs = 1_000;

function notStarted(command: string, cause?: unknown): MaestroError {
  const message = `cannot start "${command}": no program of this name can be run; install it, or give its path`;
  return new MaestroError('process.not_started', message, { cause });
}

function checkDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new MaestroError('process.no_directory', `cannot start anything in "${path}": there is no such directory`);
}
