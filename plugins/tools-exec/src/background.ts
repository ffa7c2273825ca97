import { MaestroError, type Processes } from '@maestro/core';
import { type Program, type ProgramToRun, startProgram } from './programs.js';

/** A command that runs on while the agent does other things, or did. */
export interface Background extends Program {
  pid: number;
  command: string;
  startedAt: Date;
  /** Undefined while it runs; null when a signal ended it. */
  exitCode: number | null | undefined;
}

/** Ended ones of a session that can still be read. */
const MOST_ENDED = 16;

/** The background processes of every session. They end with the server. */
export class BackgroundProcesses {
  readonly #processes: Processes;
  readonly #sessions = new Map<string, Map<number, Background>>();

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  async start(run: ProgramToRun): Promise<Background> {
    const program = await startProgram(this.#processes, run);
    const { pid } = program.tree;
    const started: Background = { ...program, pid, command: run.code, startedAt: new Date(), exitCode: undefined };
    const mine = this.#sessions.get(run.sessionId) ?? new Map<number, Background>();
    this.#sessions.set(run.sessionId, mine);
    // One that ended may have had the same number; the new one is the last in order.
    mine.delete(pid);
    mine.set(pid, started);
    void program.ended.then((code) => {
      started.exitCode = code;
      forgetOldest(mine);
    });
    return started;
  }

  /** Those of a session, oldest first. */
  list(sessionId: string): Background[] {
    return [...(this.#sessions.get(sessionId)?.values() ?? [])];
  }

  /** @throws MaestroError `exec.unknown_process`, naming those there are */
  get(sessionId: string, pid: number): Background {
    const found = this.#sessions.get(sessionId)?.get(pid);
    if (found) return found;
    const there = this.list(sessionId).map((one) => one.pid);
    throw new MaestroError(
      'exec.unknown_process',
      `this session has no background process ${pid}; it has ${there.join(', ') || 'none'}`,
    );
  }

  async close(): Promise<void> {
    const all = [...this.#sessions.values()].flatMap((mine) => [...mine.values()]);
    await Promise.all(all.map(({ tree }) => tree.kill()));
  }
}

function forgetOldest(mine: Map<number, Background>): void {
  const ended = [...mine.values()].filter(({ exitCode }) => exitCode !== undefined);
  for (const { pid } of ended.slice(0, -MOST_ENDED)) mine.delete(pid);
}
