import { createParser } from 'eventsource-parser';
import { ProviderError } from '../errors.js';
import { WIRE_LIMITS } from './limits.js';

export interface ServerSentEvent {
  /** As the `event:` line names it; undefined without one. */
  event: string | undefined;
  data: string;
}

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
    parser.feed(decoder.decode(chunk, { stream: true }));
    const events = ready;
    ready = [];
    yield* events;
    if (isTooLarge)
      throw new ProviderError('malformed', `an event of the answer is larger than ${maxBufferSize} bytes`);
  }
}
