import { setImmediate as nextTurn } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { ProviderError } from '../errors.js';
import { WIRE_LIMITS } from './limits.js';

export interface ServerSentEvent {
  /** As the `event:` line names it; undefined without one. */
  event: string | undefined;
  data: string;
}

/**
 * Bytes that are parsed at once; then everybody else has a turn. A chunk may hold thousands of events, which would keep
 * all others waiting, and outlive a collection before they are read.
 */
const SLICE = 8 * 1024;

/**
 * Events of a `text/event-stream` body, in order, whatever the chunking. An event counts once its empty line came;
 * one that the end of the body cuts is dropped, so that the reader must look for its own last event.
 *
 * @throws ProviderError `malformed` for a line or event larger than `maxEventBytes`
 */
export async function* serverSentEvents(
  body: AsyncIterable<Uint8Array>,
  options: { maxEventBytes?: number } = {},
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const maxBufferSize = options.maxEventBytes ?? WIRE_LIMITS.eventBytes;
  let ready: ServerSentEvent[] = [];
  let isTooLarge = false;
  const parser = createParser({
    maxBufferSize,
    onEvent: ({ event, data }) => ready.push({ event, data }),
    onError: ({ type }) => {
      isTooLarge ||= type === 'max-buffer-size-exceeded';
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    for (let from = 0; from < chunk.length; from += SLICE) {
      if (from > 0) await nextTurn();
      parser.feed(decoder.decode(chunk.subarray(from, from + SLICE), { stream: true }));
      const events = ready;
      ready = [];
      // Each by itself: `yield*` would wrap them in promises of its own, for every event of a flood.
      for (const event of events) yield event;
      if (isTooLarge)
        throw new ProviderError('malformed', `an event of the answer is larger than ${maxBufferSize} bytes`);
    }
  }
}
