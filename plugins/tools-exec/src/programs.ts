import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { type ChildTree, MaestroError, type Processes } from '@maestro/core';
import { KeptOutput } from './kept-output.js';
import type { Language } from './languages.js';
import type { Stream } from './output-tail.js';

export interface ProgramToRun {
  /** What it is for, in lists: the name of the tool. */
  label: string;
  language: Language;
  code: string;
  cwd: string;
  sessionId: string;
  /** Read by the program; without it there is nothing to read. */
  input?: string;
  /** Told of every piece of output. */
  watch?: (stream: Stream, bytes: Buffer) => void;
}

/** A program that was started, with what it has written so far. */
export interface Program {
  tree: ChildTree;
  output: KeptOutput;
  /** Resolves when it has ended and all it wrote is there; with null where a signal ended it. */
  ended: Promise<number | null>;
}

/**
 * Starts code from a private file, which goes when the program has ended.
 *
 * @throws MaestroError `exec.no_interpreter` naming what to install, and what `Processes.spawn` throws
 */
export async function startProgram(processes: Processes, run: ProgramToRun): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'maestro-code-'));
  const clean = () => rm(folder, { recursive: true, force: true });
  try {
    const file = join(folder, `code${run.language.extension ?? ''}`);
    await writeFile(file, run.code, { mode: 0o600 });
    const program = follow(spawn(processes, run, file), run);
    void program.ended.then(clean).catch(() => undefined);
    return program;
  } catch (error) {
    await clean();
    throw error;
  }
}

function spawn(
  processes: Processes,
  { language, label, cwd, sessionId, input }: ProgramToRun,
  file: string,
): ChildTree {
  const { command, args = [] } = language;
  const stdin = input === undefined ? 'none' : 'pipe';
  try {
    const tree = processes.spawn(command, [...args, file], { cwd, label, sessionId, stdin });
    tree.stdin?.end(input);
    return tree;
  } catch (cause) {
    if (!(cause instanceof MaestroError) || cause.code !== 'process.not_started') throw cause;
    const what = language.package ?? command;
    throw new MaestroError(
      'exec.no_interpreter',
      `cannot run this: there is no program "${command}" on the machine of the server; install the package ${what}, ` +
        'or name the program under "languages" in the settings of this plugin; then try again',
      { cause },
    );
  }
}

function follow(tree: ChildTree, { watch }: ProgramToRun): Program {
  const output = new KeptOutput();
  const streams = (['stdout', 'stderr'] as const).map((stream) => {
    tree[stream].on('data', (bytes: Buffer) => {
      // First: adding takes the memory of a piece away.
      watch?.(stream, bytes);
      output.add(stream, bytes);
    });
    return finished(tree[stream]).catch(() => undefined);
  });
  const ended = Promise.all([tree.exited, ...streams]).then(([exit]) => {
    output.close();
    return exit.code;
  });
  return { tree, output, ended };
}
