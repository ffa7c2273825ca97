import { setTimeout as sleep } from 'node:timers/promises';
import { defineTool, text } from '@maestro/core';
import { Type } from 'typebox';
import type { Background, BackgroundProcesses } from './background.js';

const Pid = Type.Integer({ minimum: 2, description: 'Its number, as run_shell_command or the list gave it.' });
const LINES = 100;

export function listBackgroundProcesses(background: BackgroundProcesses) {
  return defineTool({
    id: 'list_background_processes',
    title: 'List background processes',
    description: 'Lists the background processes of this session: number, state, start and command.',
    parameters: Type.Object({}),
    effects: 'read',
    retry: 'safe',
    async run(_, { sessionId }) {
      const lines = background.list(sessionId).map(described);
      return { content: [text(lines.join('\n') || 'This session has no background processes.')] };
    },
  });
}

export function readBackgroundOutput(background: BackgroundProcesses) {
  return defineTool({
    id: 'read_background_output',
    title: 'Read background output',
    description: 'Gives the last lines a background process of this session has written, and whether it still runs.',
    parameters: Type.Object({
      pid: Pid,
      lines: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 100_000, description: `How many; ${LINES} unless given.` }),
      ),
      delay_ms: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 60_000, description: 'Wait this long first, or until it ends.' }),
      ),
    }),
    effects: 'read',
    retry: 'safe',
    async run({ pid, lines = LINES, delay_ms = 0 }, { sessionId, signal }) {
      const found = background.get(sessionId, pid);
      if (delay_ms > 0) await Promise.race([found.ended, sleep(delay_ms, undefined, { signal })]);
      const words = [described(found), found.output.note()].filter((note) => note !== '').join('\n');
      const chunks = [{ stream: 'stdout' as const, text: found.output.lastLines(lines) }];
      return { content: [text(words), { v: 1, type: 'terminal', chunks, exit_code: found.exitCode ?? null }] };
    },
  });
}

export function killBackgroundProcess(background: BackgroundProcesses) {
  return defineTool({
    id: 'kill_background_process',
    title: 'End a background process',
    description: 'Ends a background process of this session with everything it started.',
    parameters: Type.Object({ pid: Pid }),
    effects: 'exec',
    retry: 'never',
    subject: ({ pid }) => `${pid}`,
    async run({ pid }, { sessionId }) {
      const found = background.get(sessionId, pid);
      if (found.exitCode !== undefined) return { content: [text(`Process ${pid} had ended already.`)] };
      await found.tree.kill();
      await found.ended;
      return { content: [text(`Process ${pid} and all it started are ended.`)] };
    },
  });
}

function described({ pid, command, startedAt, exitCode }: Background): string {
  const [first = ''] = command.split('\n');
  const short = first.length < command.length || first.length > 200 ? `${first.slice(0, 200)} ...` : first;
  const ended = exitCode === null ? 'ended by a signal' : `ended with exit code ${exitCode}`;
  return `${pid}  ${exitCode === undefined ? 'running' : ended}  since ${startedAt.toISOString()}  ${short}`;
}
