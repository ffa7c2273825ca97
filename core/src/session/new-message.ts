import type { Part } from '../protocol/messages.js';
import { type Attachment, text } from '../protocol/messages.js';
import type { QueuedMessage } from '../protocol/resources.js';
import type { NewMessage, StepEvent, Write } from '../store/step.js';

type Given = Pick<NewMessage, 'id' | 'role' | 'turn_id'> & { parts: readonly Part[] } & Partial<
    Omit<NewMessage, 'parts'>
  >;

/** The write that adds a message, and the event that tells of it. What is not given is unknown. */
export function addsMessage(given: Given): { write: Write; event: StepEvent } {
  const message: NewMessage = {
    status: 'complete',
    provider: null,
    model: null,
    call_id: null,
    latency_ms: null,
    request_tokens: null,
    response_tokens: null,
    cached_tokens: null,
    cache_write_tokens: null,
    reasoning_tokens: null,
    total_cost_usd: null,
    estimated: false,
    raw_request: null,
    raw_response: null,
    client_key: null,
    ...given,
    parts: [...given.parts],
  };
  return {
    write: { write: 'message.add', message },
    event: { type: 'message.added', data: { message_id: message.id } },
  };
}

/** What a person says: what it is about comes first, as providers advise. */
export function saidParts(said: { text: string; attachments: readonly Attachment[] }): Part[] {
  return [...said.attachments, text(said.text)];
}

/** A waiting message becomes one of the conversation and keeps its id. Refused when it was edited or taken meanwhile. */
export function takesQueued(queued: QueuedMessage, turnId: string): { writes: Write[]; event: StepEvent } {
  const { id, client_key } = queued;
  const added = addsMessage({ id, role: 'user', turn_id: turnId, client_key, parts: saidParts(queued) });
  return { writes: [{ write: 'queue.take', id, text: queued.text }, added.write], event: added.event };
}
