import { defineEntity, p } from '@mikro-orm/core';
import type { EventType } from '../../protocol/events.js';
import { now } from './columns.js';
import { ConversationRow } from './session.js';

const EventSchema = defineEntity({
  name: 'EventRow',
  tableName: 'events',
  properties: {
    conversation_id: () =>
      p
        .manyToOne(ConversationRow)
        .primary()
        .mapToPk()
        .fieldName('conversation_id')
        .foreignKeyName('events_conversation_id_fkey')
        .deleteRule('cascade'),
    seq: p.bigint('number').primary(),
    type: p.text().$type<EventType>(),
    payload: p.json<unknown>(),
    at: now(),
  },
});
/** A fact; the payload holds ids only, reading completes it from the tables. */
export class EventRow extends EventSchema.class {}
EventSchema.setClass(EventRow);
