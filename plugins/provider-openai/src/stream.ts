import { type ModelEvent, serverSentEvents, WIRE_LIMITS } from '@maestro/core';
import { failure } from './errors.js';

export interface EventLimits {
  stallMs: number;
  eventBytes: number;
}

/** The state of one stream, in one of the two grammars. */
export interface Reading {
  /** When something came that is more than a sign of life. */
  readonly contentAt: number;
  readonly isDone: boolean;
  take(event: Record<string, unknown>): Iterable<ModelEvent>;
  /** The line `[DONE]`. */
  finish(): Iterable<ModelEvent>;
}

/**
 * Their stream as ours. Ends after the reading's last event without waiting for the end of the body; a body that ends
 * before it was cut, whatever it said until then.
 *
 * @throws ProviderError `interrupted`, `malformed`, `timeout` for a stall, or what an error inside the stream says
 */
export async function* readStream(
  body: AsyncIterable<Buffer>,
  reading: Reading,
  limits: EventLimits = WIRE_LIMITS,
): AsyncGenerator<ModelEvent, void, undefined> {
  const watched = watch(body, reading, limits.stallMs);
  for await (const { data } of serverSentEvents(watched, { maxEventBytes: limits.eventBytes })) {
    yield* data.trim() === '[DONE]' ? reading.finish() : reading.take(parse(data));
    if (reading.isDone) return;
  }
  throw failure('interrupted', 'ended its answer before it was complete');
}

/** Bytes that bring no content (signs of life, comments) keep a connection alive, but not a reply. */
async function* watch(body: AsyncIterable<Buffer>, reading: Reading, stallMs: number): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    if (performance.now() - reading.contentAt > stallMs)
      throw failure('timeout', `sent no content for ${Math.round(stallMs / 1000)} s`);
    yield chunk;
  }
}

function parse(data: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw failure('malformed', 'sent an event that is not JSON', { cause });
  }
  throw failure('malformed', 'sent an event that is no object');
}
