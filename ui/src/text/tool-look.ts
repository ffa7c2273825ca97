import type { ContentPart, ToolOutcome, ToolResource, ToolResultPart, ToolView } from '@maestro/core/protocol';
import { changedLines } from './diff-rows.js';
import { plural } from './format.js';

/** How a call stands, as it is told to a reader. */
export type CallState = 'proposed' | 'started' | 'denied' | ToolOutcome;

export const callWords: Record<CallState, string> = {
  proposed: 'Waiting',
  started: 'Running',
  denied: 'Denied',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Stopped',
  unknown: 'Outcome unknown',
  skipped: 'Not run',
};

/** What a result of a call that never ran says when a person, or a rule of theirs, said no. */
const DENIED = /^Not run: (?:the user said no|a rule of the user denies|this session only plans)/;

export function callState(result: ToolResultPart | null, live: ToolView | undefined, isWriting: boolean): CallState {
  if (!result) return live?.state ?? (isWriting ? 'proposed' : 'skipped');
  const neverRan = result.outcome === 'skipped' || (result.outcome === 'failed' && result.duration_ms === null);
  return neverRan && DENIED.test(firstText(result.content)) ? 'denied' : result.outcome;
}

function firstText(content: readonly ContentPart[]): string {
  const part = content.find(({ type }) => type === 'text');
  return part?.type === 'text' ? part.text.slice(0, 300) : '';
}

/** Reads and what went well arrive closed, changes show what they changed, failures are open. */
export function opensByItself(now: CallState, result: ToolResultPart | null): boolean {
  if (now === 'failed' || now === 'unknown') return true;
  return result?.content.some((part) => part.type === 'diff') ?? false;
}

export interface CallFacts {
  added: number;
  removed: number;
  exit: number | null;
  /** `86 lines`: how much was read. */
  size: string | null;
}

/** What a result comes to, for its heading. */
export function factsOf(result: ToolResultPart, effects: ToolResource['effects'] | ''): CallFacts {
  const hunks = result.content.flatMap((part) => (part.type === 'diff' ? part.hunks : []));
  const terminal = result.content.find((part) => part.type === 'terminal');
  const exit = terminal?.type === 'terminal' ? terminal.exit_code : null;
  const isRead = effects === 'read' && result.outcome === 'succeeded' && hunks.length === 0 && exit === null;
  const text = isRead ? result.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n') : '';
  const lines = text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
  return { ...changedLines(hunks), exit, size: lines > 0 ? plural(lines, 'line') : null };
}

/** The command a call runs, as one would type it. */
export function commandOf(args: unknown): string {
  if (typeof args !== 'object' || args === null) return '';
  const { command, code } = args as Record<string, unknown>;
  const found = typeof command === 'string' ? command : typeof code === 'string' ? code : '';
  return found.length > 2000 ? `${found.slice(0, 2000)}…` : found;
}
