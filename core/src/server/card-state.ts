import type { CardPreview, CardRetry, SessionCard } from '../protocol/cards.js';
import type { Delta, SessionEvent } from '../protocol/events.js';
import type { Message } from '../protocol/messages.js';
import { lastSentences } from '../session/preview.js';
import { ActivityCount } from './card-activity.js';

/** Enough for the last sentences of a text and the last line of output. */
const TAIL = 2_000;
const ABOUT = 200;

interface Call {
  name: string;
  about: string;
}

/** What a card shows of one conversation, made of what happens in it. */
export class CardState {
  readonly activity = new ActivityCount();
  #since: string | null = null;
  #said: CardPreview | null = null;
  #failed: CardPreview | null = null;
  #retry: CardRetry | null = null;
  #writing = { key: '', kind: 'text' as 'text' | 'thought', text: '' };
  /** Of the newest message of the agent, by id. */
  #calls = new Map<string, Call>();
  /** Calls that run, in the order they began, with the end of their output. */
  readonly #running = new Map<string, { call: Call; output: string }>();

  /** @param isCommand whether a tool runs commands, whose words say more than its name */
  constructor(private readonly isCommand: (tool: string) => boolean) {}

  /** From the database, for what happened before this process listened. */
  seed(turn: { isLive: boolean; since: string; error: string | null }): void {
    if (turn.isLive) this.#since = turn.since;
    else if (turn.error !== null) this.#failed = { kind: 'error', text: turn.error, detail: null };
  }

  get isLive(): boolean {
    return this.#since !== null;
  }

  card(session_id: string): Omit<SessionCard, 'approval'> {
    const preview = this.#tool() ?? this.#failed ?? this.#said;
    return { session_id, preview, since: this.#since, activity: this.activity.read(), retry: this.#retry };
  }

  /** Gives whether the card changed. */
  happened(event: SessionEvent): boolean {
    switch (event.type) {
      case 'turn.started':
        this.#since ??= event.at;
        this.#failed = null;
        this.#retry = null;
        return true;
      case 'turn.completed':
      case 'turn.cancelled':
        this.#end();
        return true;
      case 'turn.failed':
      case 'turn.interrupted':
        this.#end();
        this.#failed = { kind: 'error', text: event.data.error.message, detail: null };
        return true;
      case 'call.started':
        this.#retry = null;
        return true;
      case 'call.retrying':
        this.#retry = { ...retryOf(event.at, event.data.delay_ms), ...attemptOf(event.data) };
        return true;
      case 'message.added':
        return this.#added(event.data.message);
      case 'tool.started': {
        const call = this.#calls.get(event.data.call_id) ?? { name: event.data.name, about: '' };
        this.#running.set(event.data.call_id, { call, output: '' });
        return true;
      }
      case 'tool.finished':
        return this.#running.delete(event.data.result.call_id);
      default:
        return false;
    }
  }

  streamed({ kind, message_id, part, text, call_id }: Delta, now: number): void {
    if (kind === 'tool_output') {
      const running = this.#running.get(call_id ?? '');
      if (running) running.output = (running.output + text).slice(-TAIL);
      return;
    }
    this.activity.add(text.length, now);
    if (kind === 'tool_args') return;
    const key = `${message_id}/${part}`;
    const known = this.#writing.key === key ? this.#writing.text : '';
    this.#writing = { key, kind: kind === 'text' ? 'text' : 'thought', text: (known + text).slice(-TAIL) };
    this.#say(this.#writing.kind, this.#writing.text);
  }

  #say(kind: 'text' | 'thought', text: string): void {
    const words = lastSentences(text);
    if (words !== '') this.#said = { kind, text: words, detail: null };
  }

  #added({ role, parts }: Message): boolean {
    if (role !== 'assistant') return false;
    this.#calls = new Map(
      parts.flatMap((part) =>
        part.type === 'tool_call' ? [[part.id, { name: part.name, about: aboutOf(part.args) }]] : [],
      ),
    );
    const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).at(-1);
    // Complete as it is: what has no stop at its end gets a line of its own.
    if (text !== undefined) this.#say('text', `${text}\n`);
    return true;
  }

  #tool(): CardPreview | null {
    const running = [...this.#running.values()].at(-1);
    if (!running) return null;
    const { call, output } = running;
    const line =
      output
        .trimEnd()
        .split(/\r\n|[\r\n]/)
        .at(-1) ?? '';
    if (call.about !== '' && this.isCommand(call.name)) {
      return { kind: 'command', text: call.about, detail: line === '' ? call.name : line.slice(-ABOUT) };
    }
    return { kind: 'tool', text: call.name, detail: call.about };
  }

  #end(): void {
    this.#since = null;
    this.#retry = null;
    this.#running.clear();
  }
}

function retryOf(at: string, delayMs: number): { at: string } {
  return { at: new Date(new Date(at).getTime() + delayMs).toISOString() };
}

function attemptOf({ attempt, error }: Pick<CardRetry, 'attempt' | 'error'>): Omit<CardRetry, 'at'> {
  return { attempt, error };
}

/** What a call is about, in one line: its first argument that is text. */
export function aboutOf(args: unknown): string {
  if (typeof args !== 'object' || args === null) return '';
  const texts = Object.entries(args).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const telling = texts.find(([name]) => /path|file|dir|command|query|pattern|url/i.test(name)) ?? texts[0];
  return (telling?.[1].trim().split('\n', 1)[0] ?? '').slice(0, ABOUT);
}
