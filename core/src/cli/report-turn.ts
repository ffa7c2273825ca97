import type { CallRetrying, SessionEvent, SessionView } from '../protocol/index.js';
import type { Call } from './command.js';
import type { Reporter } from './converse.js';
import { plain } from './output.js';

type Streams = Pick<Call, 'stdout' | 'stderr'>;

/** One event a line, as the log has it. */
export class JsonReporter implements Reporter {
  constructor(private readonly streams: Streams) {}

  view(): void {
    // Events tell all of it.
  }

  event({ seq, type, at, ...rest }: SessionEvent): void {
    this.streams.stdout.write(`${JSON.stringify({ seq, type, at, ...rest })}\n`);
  }

  end(): void {
    // Every line is whole already.
  }
}

/**
 * The text of the answer as it grows on standard output; tools, retries and failures on standard error.
 * What is on a terminal cannot be taken back: a reply that is tried again begins on a new line.
 */
export class TextReporter implements Reporter {
  /** The message that is being written, and how much of each of its parts is. */
  #message_id = '';
  #written: number[] = [];
  readonly #done = new Set<string>();
  #isLineOpen = false;

  constructor(private readonly streams: Streams) {}

  view(view: SessionView, turn_id: string): void {
    for (const message of view.messages) {
      if (message.turn_id !== turn_id || message.role !== 'assistant' || this.#done.has(message.id)) continue;
      this.#write(
        message.id,
        message.parts.map((part) => (part.type === 'text' ? part.text : '')),
      );
      this.#done.add(message.id);
    }
    if (view.draft?.turn_id !== turn_id) return;
    this.#write(
      view.draft.message_id,
      view.draft.parts.map((part) => (part.kind === 'text' ? part.text : '')),
    );
  }

  event({ type, data, at }: SessionEvent): void {
    if (type === 'tool.started') this.#note(`uses ${data.name}`);
    else if (type === 'tool.finished' && data.result.is_error) this.#note(`${data.result.name} ${data.result.outcome}`);
    else if (type === 'tool.outcome_unknown') this.#note(`whether ${data.name} took effect is not known`);
    else if (type === 'call.queued') this.#note(`waiting in line as number ${data.place} for ${hostOf(data.origin)}`);
    else if (type === 'call.retrying') this.#note(`${data.error.message}; ${nextOf(data, at)}`);
    else if (type === 'budget.warning')
      this.#note(`${data.spent_usd} of ${data.limit_usd} USD are spent for this ${data.scope}`);
    // What follows a switch is told by its retry.
    else if (type === 'notice' && data.code !== 'turn.switched') this.#note(data.text);
    else if (type === 'turn.failed') this.#note(`the turn failed: ${data.error.message} (${data.error.code})`);
    else if (type === 'turn.interrupted') this.#note(`the turn was interrupted: ${data.error.message}`);
    else if (type === 'turn.cancelled') this.#note('stopped');
  }

  end(): void {
    this.#closeLine();
  }

  #write(message_id: string, parts: readonly string[]): void {
    if (message_id !== this.#message_id) {
      this.#closeLine();
      this.#message_id = message_id;
      this.#written = [];
    }
    for (const [index, text] of parts.entries()) {
      const fresh = text.slice(this.#written[index] ?? 0);
      if (fresh === '') continue;
      // Two pieces of text with something in between are two paragraphs.
      if (!this.#written[index] && this.#isLineOpen) this.streams.stdout.write('\n');
      this.#written[index] = text.length;
      this.streams.stdout.write(this.streams.stdout.isTTY ? plain(fresh) : fresh);
      this.#isLineOpen = !text.endsWith('\n');
    }
  }

  #note(line: string): void {
    if (this.streams.stdout.isTTY) this.#closeLine();
    this.streams.stderr.write(`maestro: ${plain(line)}\n`);
  }

  #closeLine(): void {
    if (this.#isLineOpen) this.streams.stdout.write('\n');
    this.#isLineOpen = false;
  }
}

/** A wait that is longer than this is told by the clock. */
const LONG_MS = 60_000;

/** What follows a failed attempt, in words. */
function nextOf({ decision, delay_ms, to }: CallRetrying, at: string): string {
  if (decision === 'switch') return to ? `now ${to.provider}/${to.model} takes over` : 'another model takes over';
  if (decision === 'compact') return 'compacting the conversation and trying again';
  if (decision === 'refresh') return 'refreshing the sign-in and trying again';
  if (decision === 'wait' && delay_ms >= LONG_MS) return `waiting until ${clock(new Date(Date.parse(at) + delay_ms))}`;
  const how = decision === 'fallback' ? 'trying another way' : 'trying again';
  return delay_ms > 0 ? `${how} in ${Math.ceil(delay_ms / 1_000)} s` : `${how} now`;
}

/** `14:05` here; with the day where that is another one. */
function clock(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const hour = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === new Date().toDateString()) return hour;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${hour}`;
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : origin;
}
