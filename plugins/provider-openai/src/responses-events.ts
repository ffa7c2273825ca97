import type { ModelEvent, StopReason } from '@maestro/core';
import { entry } from './entry.js';
import { errorOfEvent, failure } from './errors.js';
import { Parts } from './parts.js';
import { signatureOf } from './reasoning.js';
import type { Reading } from './stream.js';
import { parseOpenAiUsage } from './usage.js';

/** An event of theirs; fields we do not use are not looked at. */
interface Theirs {
  type?: string;
  output_index?: number;
  summary_index?: number;
  delta?: string;
  arguments?: string;
  item?: Item;
  response?: { incomplete_details?: { reason?: string } | null };
}

interface Item {
  type?: string;
  id?: string;
  call_id?: string;
  name?: string;
  arguments?: string;
  encrypted_content?: string | null;
  summary?: { text?: string }[];
  content?: { type?: string; text?: string; refusal?: string; annotations?: Annotation[] }[];
}

/** What a piece of text rests on. */
interface Annotation {
  type?: string;
  url?: string;
  title?: string;
}

const INCOMPLETE: Readonly<Record<string, StopReason>> = { max_output_tokens: 'length', content_filter: 'refused' };

type Kind = 'text' | 'thinking' | 'tool_call';

/** A stream of the Responses API. It is complete at `response.completed` or `response.incomplete`. */
export class ResponsesReading implements Reading {
  contentAt = performance.now();
  isDone = false;
  readonly #parts = new Parts();
  /** Items that began, by their place; whether anything came for them. */
  readonly #begun = new Map<string, { kind: Kind; hasText: boolean }>();
  #hasCalls = false;
  #isRefused = false;

  *take(event: Record<string, unknown>): Generator<ModelEvent> {
    const act = entry(this.#acts, event.type);
    // A sign of life, a tool of the server's own, or an event that came with a later version of the API.
    if (!act) return;
    this.contentAt = performance.now();
    yield* act(event as Theirs);
  }

  /** Some servers send it after their last event; it ends nothing. */
  finish(): Iterable<ModelEvent> {
    return [];
  }

  readonly #acts: Readonly<Record<string, (event: Theirs) => Iterable<ModelEvent>>> = {
    'response.output_item.added': (event) => (event.item?.type === 'function_call' ? this.#call(event) : []),
    'response.output_text.delta': (event) => this.#words(event, 'text', event.delta),
    'response.refusal.delta': (event) => {
      this.#isRefused = true;
      return this.#words(event, 'text', event.delta);
    },
    'response.reasoning_text.delta': (event) => this.#words(event, 'thinking', event.delta),
    'response.reasoning_summary_part.added': (event) =>
      this.#words(event, 'thinking', event.summary_index ? '\n\n' : ''),
    'response.reasoning_summary_text.delta': (event) => this.#words(event, 'thinking', event.delta),
    'response.function_call_arguments.delta': (event) => this.#words(event, 'tool_call', event.delta),
    'response.function_call_arguments.done': (event) => this.#rest(event, 'tool_call', event.arguments),
    'response.output_item.done': (event) => this.#close(event),
    'response.completed': (event) => this.#finish(event, undefined),
    'response.done': (event) => this.#finish(event, undefined),
    'response.incomplete': (event) => this.#finish(event, event.response?.incomplete_details?.reason ?? ''),
    'response.failed': (event) => fail(event),
    error: (event) => fail(event),
  };

  *#call(event: Theirs): Generator<ModelEvent> {
    const { call_id: id, name } = event.item ?? {};
    if (!id || !name) throw failure('malformed', 'called a tool without id or name');
    this.#hasCalls = true;
    yield* this.#open(event, 'tool_call', { type: 'start', part: 'tool_call', id, name });
  }

  /** Text and thinking begin with their first letter, so that an item without any leaves nothing behind. */
  *#words(event: Theirs, kind: Kind, text: string | undefined): Generator<ModelEvent> {
    if (typeof text !== 'string' || text === '') return;
    const key = keyOf(event);
    if (!this.#parts.has(key)) {
      if (kind === 'tool_call') throw failure('malformed', 'sent arguments of a call that is not open');
      yield* this.#open(event, kind, { type: 'start', part: kind });
    }
    const item = this.#begun.get(key)!;
    if (item.kind !== kind) throw failure('malformed', `sent ${kind} for an item that is ${item.kind}`);
    item.hasText = true;
    yield* this.#parts.append(key, { type: 'delta', text });
  }

  *#open(event: Theirs, kind: Kind, start: ModelEvent): Generator<ModelEvent> {
    const key = keyOf(event);
    if (this.#begun.has(key)) throw failure('malformed', 'began or went on with an item that was begun before');
    this.#begun.set(key, { kind, hasText: false });
    yield* this.#parts.open(key, start);
  }

  /** What an item says at its end counts where nothing of it came before. */
  *#rest(event: Theirs, kind: Kind, text: string | undefined): Generator<ModelEvent> {
    if (!this.#begun.get(keyOf(event))?.hasText) yield* this.#words(event, kind, text);
  }

  *#close(event: Theirs): Generator<ModelEvent> {
    const { item = {} } = event;
    const key = keyOf(event);
    if (this.#begun.has(key) && !this.#parts.has(key)) throw failure('malformed', 'ended an item twice');
    if (item.type === 'message') yield* this.#rest(event, 'text', textOf(item));
    yield* sourcesOf(item);
    if (item.content?.some(({ type }) => type === 'refusal')) this.#isRefused = true;
    if (item.type === 'function_call') {
      if (!this.#begun.has(key)) yield* this.#call(event);
      yield* this.#rest(event, 'tool_call', item.arguments || '{}');
    }
    if (item.type === 'reasoning') yield* this.#sign(event, item);
    yield* this.#parts.close(key);
  }

  *#sign(event: Theirs, item: Item): Generator<ModelEvent> {
    yield* this.#rest(event, 'thinking', item.summary?.map(({ text }) => text ?? '').join('\n\n'));
    const signature = signatureOf(item);
    if (!signature) return;
    const key = keyOf(event);
    if (!this.#parts.has(key)) yield* this.#open(event, 'thinking', { type: 'start', part: 'thinking' });
    yield* this.#parts.append(key, { type: 'signature', signature });
  }

  /** @param cut why the answer is incomplete; undefined for one that is complete */
  *#finish(event: Theirs, cut: string | undefined): Generator<ModelEvent> {
    for (const key of this.#parts.keys()) {
      const isCall = this.#begun.get(key)?.kind === 'tool_call';
      if (isCall && cut === undefined) throw failure('malformed', 'ended in the middle of a call');
      yield* this.#parts.close(key);
    }
    const usage = parseOpenAiUsage(event);
    if (usage) yield { type: 'usage', usage };
    this.isDone = true;
    yield { type: 'done', reason: this.#reason(cut) };
  }

  #reason(cut: string | undefined): StopReason {
    if (this.#isRefused) return 'refused';
    if (cut !== undefined) return entry(INCOMPLETE, cut) ?? 'length';
    return this.#hasCalls ? 'tools' : 'stop';
  }
}

const keyOf = ({ output_index }: Theirs): string => String(output_index);

const textOf = ({ content }: Item): string =>
  (content ?? []).map(({ text, refusal }) => text ?? refusal ?? '').join('');

function* sourcesOf({ content = [] }: Item): Generator<ModelEvent> {
  for (const each of content.flatMap(({ annotations }) => (Array.isArray(annotations) ? annotations : []))) {
    if (each?.type !== 'url_citation' || typeof each.url !== 'string') continue;
    yield { type: 'source', url: each.url, title: typeof each.title === 'string' ? each.title : '' };
  }
}

function fail(event: Theirs): never {
  throw errorOfEvent(event);
}
