import { type ModelEvent, type StopReason, serverSentEvents, WIRE_LIMITS } from '@maestro/core';
import { errorOfEvent, failure } from './errors.js';
import { tokenUsage, type AnthropicUsage as Usage } from './usage.js';

export interface EventLimits {
  stallMs: number;
  eventBytes: number;
}

const bare = (name: string) => name;

/**
 * Their stream as ours. Ends after `message_stop` without waiting for the end of the body; a body that ends before
 * it was cut, whatever it said until then.
 *
 * @throws ProviderError `interrupted`, `malformed`, `timeout` for a stall, or what an `error` event says
 */
export async function* modelEvents(
  body: AsyncIterable<Buffer>,
  limits: EventLimits = WIRE_LIMITS,
  /** A tool's own name for the one it was listed under. */
  toolName: (listed: string) => string = bare,
): AsyncGenerator<ModelEvent, void, undefined> {
  const reading = new Reading(toolName);
  const watched = watch(body, reading, limits.stallMs);
  for await (const { data } of serverSentEvents(watched, { maxEventBytes: limits.eventBytes })) {
    yield* reading.take(parse(data));
    if (reading.isDone) return;
  }
  throw failure('interrupted', 'ended its answer before it was complete', {});
}

/** Bytes that bring no content (pings, comments) keep a connection alive, but not a reply. */
async function* watch(body: AsyncIterable<Buffer>, reading: Reading, stallMs: number): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    if (performance.now() - reading.contentAt > stallMs)
      throw failure('timeout', `sent no content for ${Math.round(stallMs / 1000)} s`, {});
    yield chunk;
  }
}

/** An event of theirs; fields we do not use are not looked at. */
interface Theirs {
  type?: string;
  index?: number;
  message?: { usage?: Usage };
  content_block?: {
    type?: string;
    id?: string;
    name?: string;
    text?: string;
    thinking?: string;
    data?: string;
    input?: unknown;
    /** What a search found; an object where it failed, which the model then tells. */
    content?: unknown;
  };
  delta?: {
    type?: string;
    text?: string;
    thinking?: string;
    signature?: string;
    partial_json?: string;
    citation?: Page;
    stop_reason?: string;
  };
  usage?: Usage;
}

interface Page {
  url?: string;
  title?: string | null;
}

function parse(data: string): Theirs {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw failure('malformed', 'sent an event that is not JSON', { cause });
  }
  throw failure('malformed', 'sent an event that is no object', {});
}

const REASONS: Readonly<Record<string, StopReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  tool_use: 'tools',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'refused',
};

interface OpenBlock {
  index: number | undefined;
  /** Undefined for a kind we do not know: its deltas pass by. */
  kind: 'text' | 'thinking' | 'tool_use' | undefined;
  /** What a tool call got before any delta, should none come. */
  input: unknown;
  hasDelta: boolean;
}

/** The state of one stream. Blocks come one after another, never interleaved. */
class Reading {
  contentAt = performance.now();
  isDone = false;
  constructor(private readonly toolName: (listed: string) => string) {}
  #block: OpenBlock | undefined;
  #usage: Usage = {};
  #reason: StopReason | undefined;
  #hasCalls = false;
  /** Pages that the last search found; they are the sources of a reply that names none. */
  #found: readonly unknown[] = [];
  #hasCited = false;

  *take(event: Theirs): Generator<ModelEvent> {
    const act = entry(this.#acts, event.type);
    // A ping, or an event that came with a later version of the API.
    if (!act) return;
    this.contentAt = performance.now();
    yield* act(event);
  }

  readonly #acts: Readonly<Record<string, (event: Theirs) => Iterable<ModelEvent>>> = {
    message_start: ({ message }) => this.#count(message?.usage),
    content_block_start: (event) => this.#open(event),
    content_block_delta: (event) => this.#append(event),
    content_block_stop: (event) => this.#close(event),
    message_delta: ({ delta, usage }) => {
      if (delta?.stop_reason) this.#reason = entry(REASONS, delta.stop_reason) ?? 'stop';
      return this.#count(usage);
    },
    message_stop: () => this.#finish(),
    error: (event) => {
      throw errorOfEvent(event);
    },
  };

  *#open({ index, content_block: block }: Theirs): Generator<ModelEvent> {
    if (this.#block) throw failure('malformed', 'began a block inside another', {});
    this.#block = { index, kind: undefined, input: block?.input, hasDelta: false };
    if (block?.type === 'redacted_thinking') yield { type: 'start', part: 'thinking', redacted: block.data ?? '' };
    if (block?.type === 'text' || block?.type === 'thinking') {
      this.#block.kind = block.type;
      yield { type: 'start', part: block.type };
      yield* piece(block.text ?? block.thinking);
    }
    if (block?.type === 'web_search_tool_result' && Array.isArray(block.content)) this.#found = block.content;
    if (block?.type !== 'tool_use') return;
    if (!block.id || !block.name) throw failure('malformed', 'called a tool without id or name', {});
    this.#block.kind = 'tool_use';
    this.#hasCalls = true;
    yield { type: 'start', part: 'tool_call', id: block.id, name: this.toolName(block.name) };
  }

  *#append({ index, delta }: Theirs): Generator<ModelEvent> {
    const block = this.#block;
    if (!block || block.index !== index) throw failure('malformed', 'sent a piece of a block that is not open', {});
    const { kind } = block;
    if (kind === 'text') yield* piece(delta?.text);
    if (delta?.citation?.url) {
      this.#hasCited = true;
      yield* source(delta.citation);
    }
    if (kind === 'tool_use') yield* piece(delta?.partial_json);
    if (kind === 'thinking') yield* piece(delta?.thinking);
    if (kind === 'thinking' && delta?.signature) yield { type: 'signature', signature: delta.signature };
    block.hasDelta ||= Boolean(delta?.partial_json);
  }

  /** A call without a delta has its arguments in the start event, mostly none. */
  *#close({ index }: Theirs): Generator<ModelEvent> {
    const block = this.#block;
    if (!block || block.index !== index) throw failure('malformed', 'ended a block that is not open', {});
    this.#block = undefined;
    if (block.kind === 'tool_use' && !block.hasDelta) yield* piece(JSON.stringify(block.input ?? {}));
  }

  /** Usage comes at the start and, complete, near the end; the later number counts, and one not repeated stays. */
  *#count(usage: Usage | undefined): Generator<ModelEvent> {
    if (!usage) return;
    const given = Object.entries(usage).filter(([, value]) => value !== null && value !== undefined);
    this.#usage = { ...this.#usage, ...Object.fromEntries(given) };
    yield { type: 'usage', usage: tokenUsage(this.#usage) };
  }

  *#finish(): Generator<ModelEvent> {
    if (this.#block) throw failure('malformed', 'ended in the middle of a block', {});
    if (!this.#hasCited) for (const page of this.#found) yield* source(page);
    this.isDone = true;
    yield { type: 'done', reason: this.#reason ?? (this.#hasCalls ? 'tools' : 'stop') };
  }
}

/** What a server names may be a name that every object has, such as `constructor`. */
function entry<T>(table: Readonly<Record<string, T>>, name: string | undefined): T | undefined {
  return name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}

function* source(page: unknown): Generator<ModelEvent> {
  const { url, title } = (page ?? {}) as Page;
  if (typeof url === 'string') yield { type: 'source', url, title: typeof title === 'string' ? title : '' };
}

function* piece(text: string | undefined): Generator<ModelEvent> {
  if (text) yield { type: 'delta', text };
}
