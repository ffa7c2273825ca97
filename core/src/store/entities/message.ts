import { defineEntity, p } from '@mikro-orm/core';
import type { Attachment, Part, Role } from '../../protocol/messages.js';
import { dollars, id, now } from './columns.js';
import { ConversationRow } from './session.js';

const MessageSchema = defineEntity({
  name: 'MessageRow',
  tableName: 'messages',
  indexes: [
    {
      name: 'messages_blobs',
      expression: `create index "messages_blobs" on "messages" using gin (jsonb_path_query_array("parts", '$.**.blob')) where jsonb_path_exists("parts", '$.**.blob')`,
    },
    {
      name: 'messages_words',
      expression: 'create index "messages_words" on "messages" using gin (message_words("parts"))',
    },
  ],
  uniques: [
    { name: 'messages_conversation_id_pos_key', properties: ['conversation_id', 'pos'] },
    { name: 'messages_conversation_id_client_key_key', properties: ['conversation_id', 'client_key'] },
  ],
  properties: {
    id: id(),
    conversation_id: () =>
      p
        .manyToOne(ConversationRow)
        .mapToPk()
        .fieldName('conversation_id')
        .foreignKeyName('messages_conversation_id_fkey')
        .deleteRule('cascade'),
    pos: p.integer(),
    role: p.text().$type<Role>(),
    status: p.text().$type<'complete' | 'interrupted' | 'error'>(),
    parts: p.json<Part[]>(),
    provider: p.text().nullable(),
    model: p.text().nullable(),
    client_key: p.text().nullable(),
    turn_id: p.uuid().nullable(),
    call_id: p.uuid().nullable(),
    raw_request: p.json<unknown>().nullable(),
    raw_response: p.json<unknown>().nullable(),
    latency_ms: p.integer().nullable(),
    request_tokens: p.integer().nullable(),
    response_tokens: p.integer().nullable(),
    cached_tokens: p.integer().nullable(),
    cache_write_tokens: p.integer().nullable(),
    reasoning_tokens: p.integer().nullable(),
    total_cost_usd: dollars(),
    estimated: p.boolean().default(false),
    created_at: now(),
  },
});
/** One entry of a conversation; `pos` counts without gaps. */
export class MessageRow extends MessageSchema.class {}
MessageSchema.setClass(MessageRow);

const DraftSchema = defineEntity({
  name: 'DraftRow',
  tableName: 'drafts',
  indexes: [{ name: 'drafts_conversation', properties: ['conversation_id'] }],
  properties: {
    message_id: id(),
    conversation_id: p.uuid(),
    turn_id: p.uuid(),
    parts: p.json<Part[]>(),
    updated_at: now(),
  },
});
/** A reply as far as it has streamed. The table is unlogged: it survives our crash, not PostgreSQL's. */
export class DraftRow extends DraftSchema.class {}
DraftSchema.setClass(DraftRow);

const QueuedMessageSchema = defineEntity({
  name: 'QueuedMessageRow',
  tableName: 'queued_messages',
  uniques: [{ name: 'queued_messages_conversation_id_client_key_key', properties: ['conversation_id', 'client_key'] }],
  properties: {
    id: id(),
    conversation_id: () =>
      p
        .manyToOne(ConversationRow)
        .mapToPk()
        .fieldName('conversation_id')
        .foreignKeyName('queued_messages_conversation_id_fkey')
        .deleteRule('cascade'),
    client_key: p.text(),
    ord: p.integer(),
    mode: p.text().$type<'queue' | 'steer'>(),
    text: p.text(),
    attachments: p.json<Attachment[]>().defaultRaw(`'[]'`),
    max_usd: dollars(),
    created_at: now(),
  },
});
/** A message sent while a turn was live: no position and no turn yet. */
export class QueuedMessageRow extends QueuedMessageSchema.class {}
QueuedMessageSchema.setClass(QueuedMessageRow);
