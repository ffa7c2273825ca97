import type { CallTiming } from '@maestro/core/protocol';

/** One event of a streamed answer, by its place in the bytes. */
export interface StreamEvent {
  from: number;
  to: number;
  /** When its last byte was there, in milliseconds after the request went out; null where nobody noted it. */
  at: number | null;
}

export interface ReadEvent {
  name: string;
  /** The text it brings, as it is written; else the beginning of its data. */
  text: string;
}

type Arrivals = NonNullable<CallTiming['arrivals']>;

const NEWLINE = 10;
const RETURN = 13;
const LONGEST = 300;

/** Whether an answer of this type is a row of events, and how they are told apart. */
export function streamKind(contentType: string | undefined): 'sse' | 'lines' | null {
  if (contentType === undefined) return null;
  if (/^text\/event-stream\b/i.test(contentType)) return 'sse';
  return /^application\/(?:x-ndjson|jsonl|x-jsonlines)\b/i.test(contentType) ? 'lines' : null;
}

export function streamEvents(bytes: Uint8Array, kind: 'sse' | 'lines', arrivals: Arrivals = []): StreamEvent[] {
  const events: StreamEvent[] = [];
  let mark = 0;
  const add = (from: number, to: number) => {
    while (mark < arrivals.length && arrivals[mark]![0] < to) mark += 1;
    events.push({ from, to, at: arrivals[mark]?.[1] ?? null });
  };
  let from = 0;
  /** Where the current line begins. */
  let line = 0;
  let isEmpty = true;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] !== NEWLINE) continue;
    const length = at - line - (bytes[at - 1] === RETURN && at > line ? 1 : 0);
    line = at + 1;
    if (kind === 'lines' ? length > 0 : length === 0 && !isEmpty) {
      add(from, line);
      isEmpty = true;
    } else if (length > 0) isEmpty = false;
    if (isEmpty) from = line;
  }
  // The answer was cut in the middle of an event.
  if (from < bytes.length && (kind === 'lines' || !isEmpty || line < bytes.length)) add(from, bytes.length);
  return events;
}

const BRINGS = /"(?:text|delta|partial_json|thinking|arguments|content)"\s*:\s*("(?:[^"\\]|\\.)*")/;
const TYPE = /"type"\s*:\s*"([^"\\]{1,64})"/;

export function readEvent(bytes: Uint8Array, { from, to }: StreamEvent, kind: 'sse' | 'lines'): ReadEvent {
  const whole = new TextDecoder().decode(bytes.subarray(from, Math.min(to, from + 65_536)));
  const lines = whole.split(/\r?\n/);
  const field = (name: string) =>
    lines.flatMap((line) => (line.startsWith(`${name}:`) ? [line.slice(name.length + 1).replace(/^ /, '')] : []));
  const data = kind === 'lines' ? whole.trim() : field('data').join('\n');
  const named = kind === 'sse' ? field('event')[0] : undefined;
  const comment = kind === 'sse' && data === '' && whole.startsWith(':');
  const name = named ?? (comment ? 'comment' : (TYPE.exec(data)?.[1] ?? 'data'));
  const text = BRINGS.exec(data)?.[1] ?? (comment ? whole.slice(1).trim() : data);
  return { name, text: text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text };
}
