import { randomUUID } from 'node:crypto';
import type { ModelEvent, StopReason } from '@maestro/core';
import { entry } from './entry.js';
import { errorOfEvent, failure } from './errors.js';
import { Parts } from './parts.js';
import type { Reading } from './stream.js';
import { parseOpenAiUsage } from './usage.js';

/** A chunk of theirs; fields we do not use are not looked at. */
interface Chunk {
  error?: unknown;
  usage?: unknown;
  choices?: { delta?: Piece | null; message?: Piece | null; finish_reason?: string | null }[];
}

interface Piece {
  content?: string | null;
  refusal?: string | null;
  /** Two names that servers of open models use. */
  reasoning_content?: string | null;
  reasoning?: string | null;
  tool_calls?: Call[] | null;
}

interface Call {
  index?: number;
  id?: string | null;
  function?: { name?: string | null; arguments?: unknown };
}

const REASONS: Readonly<Record<string, StopReason>> = {
  stop: 'stop',
  tool_calls: 'tools',
  function_call: 'tools',
  length: 'length',
  content_filter: 'refused',
};

/** A stream of Chat Completions. It is complete at `[DONE]`, once a choice has said why it ended. */
export class ChatReading implements Reading {
  contentAt = performance.now();
  isDone = false;
  readonly #parts = new Parts();
  /** Arguments so far of each call, by its place. */
  readonly #calls = new Map<string, string>();
  #reason: string | undefined;
  #isRefused = false;

  *take(event: Record<string, unknown>): Generator<ModelEvent> {
    const { error, choices } = event as Chunk;
    if (error) throw errorOfEvent(event);
    const usage = parseOpenAiUsage(event);
    if (usage) yield { type: 'usage', usage };
    const choice = Array.isArray(choices) ? choices[0] : undefined;
    if (!choice) return;
    this.contentAt = performance.now();
    yield* this.#piece(choice.delta ?? choice.message ?? {});
    if (typeof choice.finish_reason === 'string') this.#reason = choice.finish_reason;
  }

  *finish(): Generator<ModelEvent> {
    if (this.#reason === undefined) throw failure('interrupted', 'ended its answer without saying why');
    for (const key of this.#parts.keys()) yield* this.#close(key);
    this.isDone = true;
    yield { type: 'done', reason: this.#stopReason(this.#reason) };
  }

  *#piece({ content, refusal, reasoning_content, reasoning, tool_calls }: Piece): Generator<ModelEvent> {
    yield* this.#words('thinking', reasoning_content ?? reasoning);
    yield* this.#words('text', content);
    if (refusal) this.#isRefused = true;
    yield* this.#words('text', refusal);
    for (const call of Array.isArray(tool_calls) ? tool_calls : []) yield* this.#call(call);
  }

  *#words(part: 'text' | 'thinking', text: string | null | undefined): Generator<ModelEvent> {
    if (typeof text !== 'string' || text === '') return;
    if (!this.#parts.has(part)) {
      for (const key of this.#parts.keys()) if (key === 'text' || key === 'thinking') yield* this.#close(key);
      yield* this.#parts.open(part, { type: 'start', part });
    }
    yield* this.#parts.append(part, { type: 'delta', text });
  }

  *#call({ index, id, function: called }: Call): Generator<ModelEvent> {
    const key = this.#keyOf(index ?? id, called?.name);
    if (!this.#calls.has(key)) {
      yield* this.#closeOthers();
      const name = called?.name;
      if (!name) throw failure('malformed', 'called a tool without a name');
      this.#calls.set(key, '');
      yield* this.#parts.open(key, { type: 'start', part: 'tool_call', id: id || `call_${randomUUID()}`, name });
    }
    const given = called?.arguments;
    const text = typeof given === 'object' && given !== null ? JSON.stringify(given) : given;
    if (typeof text !== 'string' || text === '') return;
    if (!this.#parts.has(key)) throw failure('malformed', 'sent more arguments for a call that was complete');
    this.#calls.set(key, this.#calls.get(key) + text);
    yield* this.#parts.append(key, { type: 'delta', text });
  }

  /** Servers that send whole calls leave the index out: then the id tells them apart, or that one is named. */
  #keyOf(place: number | string | null | undefined, name: string | null | undefined): string {
    if (place !== undefined && place !== null && place !== '') return `call ${place}`;
    return name ? `call no. ${this.#calls.size}` : ([...this.#calls.keys()].at(-1) ?? 'call');
  }

  /** Nothing ends a call but the next one; one whose arguments are whole JSON by then is over. */
  *#closeOthers(): Generator<ModelEvent> {
    for (const key of this.#parts.keys()) {
      const text = this.#calls.get(key);
      if (text === undefined || isWhole(text)) yield* this.#close(key);
    }
  }

  *#close(key: string): Generator<ModelEvent> {
    if (this.#calls.get(key) === '') yield* this.#parts.append(key, { type: 'delta', text: '{}' });
    yield* this.#parts.close(key);
  }

  /** Some servers say `stop` although they call. */
  #stopReason(said: string): StopReason {
    if (this.#isRefused) return 'refused';
    const reason = entry(REASONS, said) ?? 'stop';
    return reason === 'stop' && this.#calls.size > 0 ? 'tools' : reason;
  }
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
