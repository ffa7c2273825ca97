import { MaestroError } from '../../errors.js';
import { composerTopic } from '../../live/port.js';
import {
  ComposerBody,
  EventsQuery,
  ForkBody,
  MessagesQuery,
  NewMessageBody,
  QueuedPatchBody,
  SearchQuery,
} from '../../protocol/api.js';
import { forkSession, unknownMessage } from '../../session/fork.js';
import { type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';
import { isUuid } from './records.js';

/** Of the text of one message, in UTF-8. */
export const MESSAGE_LIMIT_BYTES = 10 * 1_048_576;
/** The text and what stands around it in JSON. */
const MESSAGE_BODY_BYTES = MESSAGE_LIMIT_BYTES + 65_536;

const EVENTS = 50;

export function messageRoutes(services: ServerServices): Route[] {
  const { sessions, messages, engine, queue, composer, events, live, search, catalogue } = services;
  const conversationOf = async (sessionId: string) => (await sessions.get(sessionId)).conversation_id;
  const positionOf = async (sessionId: string, conversationId: string, id: string) => {
    const pos = isUuid(id) ? await messages.posOf(conversationId, id) : undefined;
    if (pos === undefined) throw unknownMessage(sessionId, id);
    return pos;
  };
  return [
    route({
      method: 'POST',
      path: '/sessions/:id/messages',
      summary: 'Send a message; the same client_key again gives the same answer and sends nothing',
      body: NewMessageBody,
      limitBytes: MESSAGE_BODY_BYTES,
      status: 202,
      handle: async ({ params, body: { text, attachments = [], ...sent } }) => {
        checkLength(text);
        return engine.submit({ session_id: params.id!, text, attachments, ...sent });
      },
    }),
    route({
      method: 'GET',
      path: '/sessions/:id/messages',
      summary: 'Messages, oldest first: the newest, or those before, after or around a position',
      query: MessagesQuery,
      handle: async ({ params, query: { around, ...query } }) => {
        if ([query.before, query.after, around].filter((place) => place !== undefined).length > 1)
          throw new MaestroError('request.invalid', 'the query is not valid: of before, after and around it takes one');
        const conversationId = await conversationOf(params.id!);
        if (around === undefined) return messages.page(conversationId, query);
        const pos = /^\d+$/.test(around) ? Number(around) : await positionOf(params.id!, conversationId, around);
        return messages.page(conversationId, { ...query, around: pos });
      },
    }),
    route({
      method: 'GET',
      path: '/search',
      summary: 'Find words in sessions and in their current conversations, newest first',
      query: SearchQuery,
      handle: async ({ query }) => {
        if (query.session !== undefined) await sessions.get(query.session);
        return search.find(query);
      },
    }),
    route({
      method: 'POST',
      path: '/sessions/:id/fork',
      summary: 'Begin a session with the history of this one up to a message, and say something in it',
      body: ForkBody,
      limitBytes: MESSAGE_BODY_BYTES,
      status: 201,
      handle: async ({ params, body }) => {
        checkLength(body.text ?? '');
        return catalogue.fill(await forkSession({ sessions, messages, engine }, params.id!, body));
      },
    }),
    route({
      method: 'GET',
      path: '/sessions/:id/events',
      summary: 'What happened in the current conversation after `after`, oldest first, as the socket tells it',
      query: EventsQuery,
      handle: async ({ params, query: { after = 0, limit = EVENTS } }) => {
        const items = await events.read(await conversationOf(params.id!), after, limit);
        return { items, next: items.length === limit ? String(items.at(-1)?.seq) : null };
      },
    }),
    route({
      method: 'GET',
      path: '/sessions/:id/queue',
      summary: 'Messages that wait for the running turn',
      handle: async ({ params }) => ({ items: await queue.list(await conversationOf(params.id!)), next: null }),
    }),
    route({
      method: 'PATCH',
      path: '/sessions/:id/queue/:message_id',
      summary: 'Edit, move or re-mode a waiting message',
      body: QueuedPatchBody,
      limitBytes: MESSAGE_BODY_BYTES,
      handle: async ({ params, body }) => {
        checkLength(body.text ?? '');
        return { items: await engine.editQueued(params.id!, queuedId(params.message_id!), body), next: null };
      },
    }),
    route({
      method: 'DELETE',
      path: '/sessions/:id/queue/:message_id',
      summary: 'Remove a waiting message',
      handle: async ({ params }) => void (await engine.removeQueued(params.id!, queuedId(params.message_id!))),
    }),
    route({
      method: 'GET',
      path: '/sessions/:id/composer',
      summary: 'What is being typed in a session',
      handle: ({ params }) => composer.get(params.id!),
    }),
    route({
      method: 'PUT',
      path: '/sessions/:id/composer',
      summary: 'Keep what is being typed',
      body: ComposerBody,
      limitBytes: MESSAGE_BODY_BYTES,
      handle: async ({ params, body: { by = null, ...draft } }) => {
        const kept = await composer.put(params.id!, draft);
        live.publish(composerTopic(params.id!), { by });
        return kept;
      },
    }),
  ];
}

function queuedId(id: string): string {
  if (isUuid(id)) return id;
  throw new MaestroError('queue.unknown', `there is no waiting message "${id}"`);
}

export function checkLength(text: string): void {
  // A character is at most three bytes a UTF-16 unit: short texts need no counting.
  if (text.length * 3 <= MESSAGE_LIMIT_BYTES || Buffer.byteLength(text) <= MESSAGE_LIMIT_BYTES) return;
  throw new MaestroError('gate.too_large', 'the text is longer than 10 MiB; shorten it, or put it into a file');
}
