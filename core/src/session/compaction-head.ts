import { type Message, type Part, textOf } from '../protocol/messages.js';
import { headMessage } from './compacted-history.js';
import { cutMiddle } from './output.js';
import type { RequestSize } from './request-size.js';

export interface HeadParts {
  /** All complete messages that it stands for, oldest first. */
  messages: readonly Message[];
  /** Null: there is none. */
  summary: string | null;
  /** What tools want the model to keep in mind. */
  reminders: readonly string[];
  /** Whether it stands for the request that is being worked on as well. */
  holdsRequest: boolean;
}

const goalBytes = 4_096;
const requestBytes = 16_384;
const reminderBytes = 8_192;
const mostFiles = 30;

/** What a model reads in place of older messages, within a number of tokens. */
export function headOf(parts: HeadParts, size: RequestSize, maxTokens: number): string {
  // Three bytes are a token or less, in nearly all texts; what is not so is made to fit.
  for (let bytes = 3 * maxTokens; ; bytes = Math.floor(bytes * 0.75)) {
    const head = written(parts, bytes);
    if (bytes < leastBytes || size.ofOne(headMessage(head)) <= maxTokens) return head;
  }
}

const leastBytes = 64;

/** What is quoted has a share each, and the summary what is left, at least a third. */
function written({ messages, summary, reminders, holdsRequest }: HeadParts, maxBytes: number): string {
  const said = messages.filter(({ role }) => role === 'user').map(({ parts }) => textOf(parts));
  const share = (most: number, part: number) => Math.min(most, Math.floor(maxBytes * part));
  const quoted = [
    section('What the user asked first', cutMiddle(said[0] ?? '', share(goalBytes, 1 / 8))),
    holdsRequest &&
      said.length > 1 &&
      section('What the user asked last', cutMiddle(said.at(-1)!, share(requestBytes, 1 / 4))),
    reminders.length > 0 && section('To keep in mind', cutMiddle(reminders.join('\n\n'), share(reminderBytes, 1 / 8))),
    section('Files read or changed last', cutMiddle(filesOf(messages).join('\n'), share(goalBytes, 1 / 12))),
  ].filter((each): each is string => typeof each === 'string' && each !== '');
  const left = maxBytes - quoted.reduce((sum, each) => sum + Buffer.byteLength(each), 0) - Buffer.byteLength(opening);
  const summed =
    summary ??
    'Nobody could sum up the older messages; they are left out. Ask, or look again, where you miss something.';
  const first = section('Summary', cutMiddle(summed, Math.max(left, Math.floor(maxBytes / 3))));
  return [opening, first, ...quoted].join('\n\n');
}

const opening =
  'The conversation so far is longer than you can read. This stands in place of its older part; what follows is as it was.';

const section = (title: string, body: string) => (body === '' ? '' : `## ${title}\n\n${body}`);

/** Newest first, each once. */
function filesOf(messages: readonly Message[]): string[] {
  const files = new Map<string, string>();
  for (const { parts } of [...messages].reverse()) {
    for (const part of [...parts].reverse()) {
      for (const path of pathsIn(part)) if (files.size < mostFiles && !files.has(path)) files.set(path, `- ${path}`);
    }
    if (files.size >= mostFiles) break;
  }
  return [...files.values()];
}

/** Tools name what they touch in arguments of such names; what was changed stands in their results. */
const pathName = /(^|_)(path|file|filename|paths|files)$/i;
const longestPath = 500;

function pathsIn(part: Part): string[] {
  if (part.type === 'tool_result') return part.content.flatMap((each) => (each.type === 'diff' ? [each.path] : []));
  if (part.type !== 'tool_call' || typeof part.args !== 'object' || part.args === null) return [];
  return Object.entries(part.args)
    .filter(([name]) => pathName.test(name))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter((value): value is string => typeof value === 'string' && value !== '' && value.length <= longestPath);
}
