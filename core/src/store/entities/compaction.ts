import { defineEntity, p } from '@mikro-orm/core';
import { id, now, time } from './columns.js';
import { ConversationRow } from './session.js';
import { TurnRow } from './turn.js';

const CompactionSchema = defineEntity({
  name: 'CompactionRow',
  tableName: 'compactions',
  uniques: [{ name: 'compactions_conversation_id_ord_key', properties: ['conversation_id', 'ord'] }],
  properties: {
    id: id(),
    conversation_id: () =>
      p
        .manyToOne(ConversationRow)
        .mapToPk()
        .fieldName('conversation_id')
        .foreignKeyName('compactions_conversation_id_fkey')
        .deleteRule('cascade'),
    turn_id: () =>
      p
        .manyToOne(TurnRow)
        .mapToPk()
        .fieldName('turn_id')
        .foreignKeyName('compactions_turn_id_fkey')
        .deleteRule('cascade'),
    ord: p.integer(),
    cause: p.text(),
    method: p.text(),
    upto_pos: p.integer(),
    head: p.text().nullable(),
    cut_pos: p.integer(),
    cut_bytes: p.integer(),
    provider: p.text().nullable(),
    model: p.text().nullable(),
    instructions: p.text().nullable(),
    messages_before: p.integer(),
    messages_after: p.integer(),
    tokens_before: p.integer(),
    tokens_after: p.integer(),
    created_at: now(),
    reverted_at: time().nullable(),
  },
});
/** What a model reads in place of the older part of a conversation, which stays as it is. */
export class CompactionRow extends CompactionSchema.class {}
CompactionSchema.setClass(CompactionRow);
