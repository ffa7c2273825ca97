import type { McpServerResource, McpServerStatus } from '@maestro/core/protocol';
import type { IconName } from '../icons/names.js';
import { duration, running, UNKNOWN } from './format.js';

export interface McpState {
  words: string;
  tone: 'c-ok' | 'c-warn' | 'c-error' | 't2' | 't3';
  icon: IconName | null;
  /** Whether the words count seconds. */
  runs: boolean;
}

/** How the connection to a server stands, in few words. */
export function mcpState(
  { is_enabled, status }: Pick<McpServerResource, 'is_enabled' | 'status'>,
  now: number,
): McpState {
  if (!is_enabled) return { words: 'Off', tone: 't3', icon: null, runs: false };
  if (status === null) return { words: 'Nothing connects to it', tone: 'c-warn', icon: 'circle-alert', runs: false };
  return stateOf(status, now);
}

function stateOf({ state, since, connect_ms, reason, next_attempt_at }: McpServerStatus, now: number): McpState {
  switch (state) {
    case 'connected':
      return {
        words: `Connected${connect_ms === null ? '' : `, ${duration(connect_ms)}`}`,
        tone: 'c-ok',
        icon: 'circle-check',
        runs: false,
      };
    case 'connecting':
      return {
        words: `Connecting, ${seconds(now - Date.parse(since))}`,
        tone: 't2',
        icon: 'loader-circle',
        runs: true,
      };
    case 'waiting': {
      const next = next_attempt_at === null ? '' : `, next try ${running(Date.parse(next_attempt_at) - now)}`;
      return { words: `${shortReason(reason)}${next}`, tone: 'c-error', icon: 'circle-alert', runs: true };
    }
    case 'failed':
      return { words: shortReason(reason), tone: 'c-error', icon: 'circle-alert', runs: false };
    case 'needs_login':
      return { words: 'Needs a sign-in', tone: 'c-warn', icon: 'circle-alert', runs: false };
    case 'off':
      return { words: 'Starting', tone: 't2', icon: 'loader-circle', runs: false };
  }
}

const kinds: readonly [pattern: RegExp, word: string][] = [
  [/ECONNREFUSED|refused/i, 'Refused'],
  [/ENOENT|not found|no such file/i, 'Not found'],
  [/ENOTFOUND|EAI_AGAIN/i, 'Name not known'],
  [/time|did not answer/i, 'No answer'],
  [/HTTP 40[13]|unauthorized|forbidden/i, 'Not allowed'],
  [/HTTP \d/i, 'Answered with an error'],
  [/exit|ended|closed/i, 'Ended by itself'],
];

/** One or two words for what the reason says in a line. */
function shortReason(reason: string | null): string {
  return kinds.find(([pattern]) => pattern.test(reason ?? ''))?.[1] ?? 'Not connected';
}

const seconds = (ms: number) => `${Math.max(0, Math.floor(ms / 1000))} s`;

/** What a person can do about it. */
export function mcpAdvice(server: Pick<McpServerResource, 'transport'>, reason: string): string {
  if (/ENOENT|not found|no such file/i.test(reason) && server.transport === 'stdio')
    return 'Check that the program is installed and that its name is written as in a shell.';
  if (/ECONNREFUSED|refused/i.test(reason)) return 'Start the server, and check the port in its address.';
  if (/ENOTFOUND|EAI_AGAIN/i.test(reason)) return 'Check the name in its address, and that the network is there.';
  if (/40[13]|unauthorized|sign/i.test(reason)) return 'Give it a header with a token, or add it and sign in.';
  if (/HTTP 40[45]/i.test(reason)) return 'Check the path of its address, and whether it speaks HTTP or SSE.';
  if (/exit|ended|closed/i.test(reason)) return 'Read its last words, and check its arguments and environment.';
  return 'Check the address or the command, then test again.';
}

/** `14`, `6 of 21`, `-` while it is not known. */
export function toolCount(on: number | null, all: number | null): string {
  if (all === null) return UNKNOWN;
  return on === null || on === all ? String(all) : `${on} of ${all}`;
}
