import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTool, type Processes, type ToolOutput, text } from '@maestro/core';
import { Type } from 'typebox';
import type { BackgroundProcesses } from './background.js';
import { TimeoutSeconds } from './execute-code.js';
import { resultOf, runToEnd } from './foreground.js';
import type { Language } from './languages.js';
import type { ProgramToRun } from './programs.js';

/** Most commands that cannot work end within this time, so that the answer says so. */
const EARLY_MS = 200;

export interface ShellParts {
  processes: Processes;
  background: BackgroundProcesses;
  shell: Language;
  /** Aborts when the plugin unloads. */
  stop: AbortSignal;
}

export function runShellCommand({ processes, background, shell, stop }: ShellParts) {
  return defineTool({
    id: 'run_shell_command',
    title: 'Run a command',
    description:
      `Runs a command line with ${shell.command} and gives what it writes and its exit code. It has no terminal and ` +
      'nothing to read, so choose flags that ask nothing. What must go on running, such as a server, is started with ' +
      'is_background; its output is read with read_background_output.',
    parameters: Type.Object({
      command: Type.String({ minLength: 1, description: 'The command line; it may have several lines.' }),
      description: Type.Optional(Type.String({ description: 'What it does, in a few words for the person.' })),
      dir_path: Type.Optional(Type.String({ description: 'Where it runs, instead of the working directory.' })),
      directory: Type.Optional(Type.String({ description: 'The same as dir_path.' })),
      timeout_seconds: Type.Optional(TimeoutSeconds),
      is_background: Type.Optional(Type.Boolean({ description: 'Let it run on, without a limit of time.' })),
      delay_ms: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 60_000,
          description: `With is_background: how long to wait for first output; ${EARLY_MS} unless given.`,
        }),
      ),
    }),
    effects: 'exec',
    retry: 'never',
    subject: ({ command }) => command,
    async run({ command, dir_path, directory, timeout_seconds, is_background, delay_ms }, call) {
      const cwd = resolve(call.workingDirectory, dir_path ?? directory ?? '.');
      const run = { label: 'run_shell_command', language: shell, code: command, cwd };
      if (!is_background) return runToEnd(processes, run, { call, stop, seconds: timeout_seconds });
      call.signal.throwIfAborted();
      return startInBackground(background, { ...run, sessionId: call.sessionId }, delay_ms ?? EARLY_MS);
    },
  });
}

async function startInBackground(
  background: BackgroundProcesses,
  run: ProgramToRun,
  delayMs: number,
): Promise<ToolOutput> {
  const started = await background.start(run);
  await Promise.race([started.ended, sleep(delayMs)]);
  if (started.exitCode !== undefined) return resultOf(started, started.exitCode, 'It has ended already.');
  const { pid, output } = started;
  const words = `Runs in the background as process ${pid}; read it with read_background_output, end it with kill_background_process.`;
  return { content: [text(words), { v: 1, type: 'terminal', chunks: output.chunks(), exit_code: null }] };
}
