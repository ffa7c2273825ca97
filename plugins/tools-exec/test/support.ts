import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Logger, Processes, type TerminalPart, type ToolOutput } from '@maestro/core';
import { toolCall } from '@maestro/core/testing';
import { BackgroundProcesses } from '../src/background.js';
import { killBackgroundProcess, listBackgroundProcesses, readBackgroundOutput } from '../src/background-tools.js';
import { executeCode } from '../src/execute-code.js';
import { languages, systemShell } from '../src/languages.js';
import { runShellCommand } from '../src/run-shell-command.js';

const nothing = () => undefined;
const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent };

/** The tools as the plugin makes them, in a working directory of their own. */
export function openTools(more = {}) {
  const processes = new Processes({ log: silent, owner: `test.${process.pid}.${randomBytes(4).toString('hex')}` });
  const background = new BackgroundProcesses(processes);
  const unload = new AbortController();
  const workingDirectory = mkdtempSync(join(tmpdir(), 'exec-test-'));
  const code = executeCode(processes, { ...languages, ...more }, unload.signal);
  const shell = runShellCommand({ processes, background, shell: systemShell, stop: unload.signal });
  return {
    processes,
    unload,
    workingDirectory,
    tools: {
      code,
      shell,
      list: listBackgroundProcesses(background),
      read: readBackgroundOutput(background),
      kill: killBackgroundProcess(background),
    },
    call: (given: Parameters<typeof toolCall>[0] = {}) => toolCall({ workingDirectory, ...given }),
    bash: (command: string, seconds = 60) =>
      shell.run({ command, timeout_seconds: seconds }, toolCall({ workingDirectory })),
    async close() {
      unload.abort();
      await processes.close();
      rmSync(workingDirectory, { recursive: true });
    },
  };
}

export const terminalOf = ({ content }: ToolOutput) => content.find(({ type }) => type === 'terminal') as TerminalPart;

/** What one stream held, or both. */
export function written(output: ToolOutput, stream?: 'stdout' | 'stderr'): string {
  const chunks = terminalOf(output).chunks.filter((chunk) => !stream || chunk.stream === stream);
  return chunks.map(({ text }) => text).join('');
}

export const wordsOf = ({ content }: ToolOutput): string =>
  content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');

export function isInstalled(command: string): boolean {
  if (command.includes('/')) return existsSync(command);
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}

/** Files of code that are still there. */
export const codeFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('maestro-code-'));
