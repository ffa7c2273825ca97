import { type ChildProcess, execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Logger } from '../log.js';
import { ChildOutput } from './child-output.js';
import { endTree } from './end-tree.js';
import { hasProcessFiles, type ProcessEntry, type ProcessTable, processOf } from './process-table.js';
import type { ChildTree, SpawnOptions } from './processes.js';
import { hasMembers } from './signals.js';
import { TreeMembers } from './tree-members.js';

export interface RunningTreeParts {
  child: ChildProcess;
  marker: string;
  options: SpawnOptions;
  table: ProcessTable;
  log: Logger;
}

const run = promisify(execFile);

type Exit = Awaited<ChildTree['exited']>;

/** A child that was started, with what descends from it. */
export class RunningTree implements ChildTree {
  readonly pid: number;
  readonly label: string;
  readonly sessionId: string | null;
  readonly startedAt = new Date();
  readonly stdin: ChildTree['stdin'];
  readonly stdout: ChildTree['stdout'];
  readonly stderr: ChildTree['stderr'];
  readonly exited: Promise<Exit>;
  /** Resolves when nothing of the tree is left. */
  readonly gone: Promise<void>;
  readonly #parts: RunningTreeParts;
  readonly #outputs: readonly ChildOutput[];
  readonly #members: TreeMembers;
  readonly #start: string;
  readonly #ended = Promise.withResolvers<void>();
  #ending: Promise<void> | undefined;

  constructor(parts: RunningTreeParts) {
    const { child, marker, options } = parts;
    this.#parts = parts;
    this.pid = child.pid as number;
    this.label = options.label;
    this.sessionId = options.sessionId;
    // It is ours until it is reaped, so nobody else can have its number yet.
    this.#start = processOf(this.pid)?.start ?? '';
    this.#members = new TreeMembers({ pid: this.pid, start: this.#start }, marker);
    this.stdin = child.stdin;
    // Who reads may leave at any time; the exit tells the rest.
    child.stdin?.on('error', () => undefined);
    this.#outputs = [child.stdout, child.stderr].flatMap((pipe) => (pipe ? [new ChildOutput(pipe)] : []));
    [this.stdout, this.stderr] = this.#outputs.map(({ stream }) => stream) as [
      ChildOutput['stream'],
      ChildOutput['stream'],
    ];
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    this.gone = this.#watch();
    const onAbort = () => void this.kill();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    void this.gone.then(() => options.signal?.removeEventListener('abort', onAbort));
  }

  kill(graceMs = 2_000): Promise<void> {
    this.#ending ??= this.#end(graceMs);
    return this.#ending;
  }

  /** After the child: its output ends, and what it left running is looked for now and then. */
  async #watch(): Promise<void> {
    await this.exited;
    void this.#cutOutput();
    for (let waitMs = 1_000; (await this.#left()).length > 0; waitMs = Math.min(waitMs * 2, 30_000)) {
      await Promise.race([sleep(waitMs, undefined, { ref: false }), this.#ended.promise]);
      if (this.#ending) return this.#ending;
    }
  }

  async #cutOutput(): Promise<void> {
    await sleep(250, undefined, { ref: false });
    await Promise.all(this.#outputs.map((output) => output.cut()));
  }

  async #end(graceMs: number): Promise<void> {
    if (process.platform === 'win32') await this.#endOnWindows();
    const left = await endTree(() => this.#left(), this.pid, graceMs);
    const pids = left.map(({ pid }) => pid);
    if (left.length > 0) this.#parts.log.error('processes do not end', { label: this.label, pids });
    this.#ended.resolve();
  }

  /** It has no signals; its own program ends a tree. */
  async #endOnWindows(): Promise<void> {
    if (this.#hasExited()) return;
    await run('taskkill', ['/PID', `${this.pid}`, '/T', '/F']).catch((cause: unknown) => {
      this.#parts.log.warn('taskkill failed', { label: this.label, cause });
    });
  }

  async #left(): Promise<ProcessEntry[]> {
    const root = {
      pid: this.pid,
      start: this.#start,
      group: this.pid,
      parent: process.pid,
      session: this.pid,
      marker: null,
    };
    if (!hasProcessFiles) return this.#hasExited() && !hasMembers(this.pid) ? [] : [root];
    try {
      return this.#members.in(await this.#parts.table.read());
    } catch (cause) {
      this.#parts.log.warn('the table of processes cannot be read', { cause });
      return [root];
    }
  }

  #hasExited(): boolean {
    const { exitCode, signalCode } = this.#parts.child;
    return exitCode !== null || signalCode !== null;
  }
}
