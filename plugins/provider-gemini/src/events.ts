import { type ModelEvent, type StopReason, serverSentEvents, WIRE_LIMITS } from '@maestro/core';
import { errorOfEvent, failure } from './errors.js';
import { brief, listIn, objectIn, textIn } from './status.js';
import { parseGeminiUsage } from './usage.js';

export interface EventLimits {
  stallMs: number;
  eventBytes: number;
}

export interface ReadOptions {
  limits?: EventLimits;
  /** A number no other reply has: calls without an id get one of it. */
  stamp: number;
}

/**
 * Their stream as ours, plain or in the envelopes of Code Assist. Ends with the event that says why it ends, without
 * waiting for the end of the body; a body that ends before it was cut, whatever it said until then.
 *
 * @throws ProviderError `interrupted`, `malformed`, `timeout` for a stall, or what an error inside it says
 */
export async function* modelEvents(
  body: AsyncIterable<Buffer>,
  { limits = WIRE_LIMITS, stamp }: ReadOptions,
): AsyncGenerator<ModelEvent, void, undefined> {
  const reading = new Reading(stamp);
  const watched = watch(body, reading, limits.stallMs);
  for await (const { data } of serverSentEvents(watched, { maxEventBytes: limits.eventBytes })) {
    yield* reading.take(parse(data));
    if (reading.isDone) return;
  }
  throw failure('interrupted', 'ended its answer before it was complete');
}

/** Bytes that bring no content (comments) keep a connection alive, but not a reply. */
async function* watch(body: AsyncIterable<Buffer>, reading: Reading, stallMs: number): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    if (performance.now() - reading.contentAt > stallMs)
      throw failure('timeout', `sent no content for ${Math.round(stallMs / 1000)} s`);
    yield chunk;
  }
}

function parse(data: string): object {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw failure('malformed', 'sent an event that is not JSON', { cause });
  }
  throw failure('malformed', 'sent an event that is no object');
}

/** Why a reply ended where it is no reply to go on with. Others, and those to come, count as the end of the words. */
const REASONS: Readonly<Record<string, StopReason>> = {
  MAX_TOKENS: 'length',
  SAFETY: 'refused',
  RECITATION: 'refused',
  LANGUAGE: 'refused',
  BLOCKLIST: 'refused',
  PROHIBITED_CONTENT: 'refused',
  SPII: 'refused',
  IMAGE_SAFETY: 'refused',
  IMAGE_PROHIBITED_CONTENT: 'refused',
  IMAGE_RECITATION: 'refused',
};

/** What the model wrote could not be read as a call. */
const BROKEN = /^(MALFORMED_|UNEXPECTED_TOOL_CALL$|TOO_MANY_TOOL_CALLS$|MISSING_THOUGHT_SIGNATURE$)/;

/** A value may be nested deeper than it can be written again. */
function argumentsOf({ args = {} }: Record<string, unknown>): string {
  try {
    return JSON.stringify(args);
  } catch (cause) {
    throw failure('malformed', 'called a tool with arguments that are nested too deeply', { cause });
  }
}

/** The state of one stream. Text comes in pieces, calls come whole. */
class Reading {
  contentAt = performance.now();
  isDone = false;
  #open: 'text' | 'thinking' | undefined;
  /** A signature of text that may have gone on: it belongs to nothing that follows. */
  #isSignedText = false;
  #calls = 0;
  #hasText = false;

  constructor(private readonly stamp: number) {}

  *take(event: object): Generator<ModelEvent> {
    const error = errorOfEvent(event);
    if (error) throw error;
    const answer = objectIn(event, 'response') ?? event;
    const candidate = listIn(answer, 'candidates').find(({ index }) => index === undefined || index === 0);
    const parts = listIn(objectIn(candidate, 'content'), 'parts');
    if (parts.length > 0) this.contentAt = performance.now();
    for (const part of parts) yield* this.#part(part);
    for (const chunk of listIn(objectIn(candidate, 'groundingMetadata'), 'groundingChunks')) {
      const web = objectIn(chunk, 'web');
      const url = textIn(web, 'uri');
      if (url) yield { type: 'source', url, title: textIn(web, 'title') ?? '' };
    }
    const usage = parseGeminiUsage(answer);
    if (usage) yield { type: 'usage', usage };
    const blocked = textIn(objectIn(answer, 'promptFeedback'), 'blockReason');
    if (blocked && !candidate) yield* this.#finish('refused');
    const reason = textIn(candidate, 'finishReason');
    if (reason && reason !== 'FINISH_REASON_UNSPECIFIED') yield* this.#end(reason, textIn(candidate, 'finishMessage'));
  }

  *#part(part: Record<string, unknown>): Generator<ModelEvent> {
    const signature = textIn(part, 'thoughtSignature');
    const call = objectIn(part, 'functionCall');
    if (call) return yield* this.#call(call, signature);
    if (typeof part.text !== 'string') return;
    if (part.thought === true) return yield* this.#thought(part.text, signature);
    yield* this.#text(part.text, signature);
  }

  *#thought(text: string, signature: string | undefined): Generator<ModelEvent> {
    if (text === '' && signature === undefined) return;
    yield* this.#start('thinking');
    if (text) yield { type: 'delta', text };
    if (signature === undefined) return;
    yield { type: 'signature', signature };
    // More thinking is a part of its own: it would not be what was signed.
    this.#open = undefined;
  }

  /** What is signed follows its signature; words that began before it go on, and the signature comes after them. */
  *#text(text: string, signature: string | undefined): Generator<ModelEvent> {
    this.#hasText ||= text !== '';
    const isGoingOn = this.#open === 'text';
    if (signature !== undefined && !isGoingOn) yield* this.#sign(signature);
    if (text) {
      yield* this.#start('text');
      yield { type: 'delta', text };
    }
    if (signature === undefined) return;
    if (isGoingOn) yield* this.#sign(signature);
    this.#isSignedText = isGoingOn || text === '';
  }

  *#call(call: Record<string, unknown>, signature: string | undefined): Generator<ModelEvent> {
    const name = textIn(call, 'name');
    if (!name) throw failure('malformed', 'called a tool without a name');
    // Without a word of its own between them, the call would be taken for what the text's signature signs.
    if (this.#isSignedText && signature === undefined) yield { type: 'start', part: 'text' };
    if (signature !== undefined) yield* this.#sign(signature);
    this.#open = undefined;
    this.#isSignedText = false;
    const id = textIn(call, 'id') ?? `${name}_${this.stamp}_${this.#calls}`;
    this.#calls += 1;
    yield { type: 'start', part: 'tool_call', id, name };
    yield { type: 'delta', text: argumentsOf(call) };
  }

  /** A signature that is not of thinking is kept as thinking without a word, directly before the part it signs. */
  *#sign(signature: string): Generator<ModelEvent> {
    yield { type: 'start', part: 'thinking' };
    yield { type: 'signature', signature };
    this.#open = undefined;
  }

  *#start(part: 'text' | 'thinking'): Generator<ModelEvent> {
    if (this.#open !== part) yield { type: 'start', part };
    this.#open = part;
    this.#isSignedText = false;
  }

  *#end(reason: string, why: string | undefined): Generator<ModelEvent> {
    if (BROKEN.test(reason)) throw failure('malformed', `ended with ${brief(reason)}${why ? `: ${brief(why)}` : ''}`);
    const known = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
    if (known) return yield* this.#finish(known);
    // A call is run after a plain end alone.
    if (this.#calls > 0 && reason !== 'STOP') throw failure('interrupted', `ended with ${brief(reason)} after a call`);
    if (this.#calls === 0 && !this.#hasText) throw failure('interrupted', 'ended without a word');
    yield* this.#finish(this.#calls > 0 ? 'tools' : 'stop');
  }

  *#finish(reason: StopReason): Generator<ModelEvent> {
    this.isDone = true;
    yield { type: 'done', reason };
  }
}
