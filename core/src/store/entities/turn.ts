import { defineEntity, p } from '@mikro-orm/core';
import type { Failure } from '../../protocol/events.js';
import type { CallTiming } from '../../protocol/resources.js';
import type { CallState, ToolState, TurnConfig, TurnState } from '../step.js';
import { dollars, id, now, time } from './columns.js';
import { MessageRow } from './message.js';
import { ConversationRow } from './session.js';

const TurnSchema = defineEntity({
  name: 'TurnRow',
  tableName: 'turns',
  indexes: [
    { name: 'turns_conversation', properties: ['conversation_id'] },
    {
      name: 'turns_one_live',
      expression: `create unique index "turns_one_live" on "turns" ("conversation_id") where "state" in ('queued', 'calling', 'tools')`,
    },
  ],
  properties: {
    id: id(),
    conversation_id: () =>
      p
        .manyToOne(ConversationRow)
        .mapToPk()
        .fieldName('conversation_id')
        .foreignKeyName('turns_conversation_id_fkey')
        .deleteRule('cascade'),
    message_id: p.uuid(),
    state: p.text().$type<TurnState>(),
    attempts: p.integer().default(0),
    stop_reason: p.text().nullable(),
    error: p.json<Failure>().nullable(),
    config: p.json<TurnConfig>(),
    created_at: now(),
    ended_at: time().nullable(),
  },
});
/** From one message of a person to the agent's final answer. */
export class TurnRow extends TurnSchema.class {}
TurnSchema.setClass(TurnRow);

const ProviderCallSchema = defineEntity({
  name: 'ProviderCallRow',
  tableName: 'provider_calls',
  indexes: [
    {
      name: 'provider_calls_failed',
      expression: `create index "provider_calls_failed" on "provider_calls" ("started_at") where "state" = 'failed'`,
    },
  ],
  uniques: [{ name: 'provider_calls_conversation_id_ord_key', properties: ['conversation_id', 'ord'] }],
  properties: {
    id: id(),
    conversation_id: () =>
      p
        .manyToOne(ConversationRow)
        .mapToPk()
        .fieldName('conversation_id')
        .foreignKeyName('provider_calls_conversation_id_fkey')
        .deleteRule('cascade'),
    turn_id: () =>
      p
        .manyToOne(TurnRow)
        .mapToPk()
        .fieldName('turn_id')
        .foreignKeyName('provider_calls_turn_id_fkey')
        .deleteRule('cascade'),
    ord: p.integer(),
    attempt: p.integer(),
    state: p.text().$type<CallState>(),
    provider: p.text(),
    model: p.text(),
    method: p.text(),
    url: p.text(),
    base_id: p.uuid().nullable(),
    keep_prefix: p.integer(),
    keep_suffix: p.integer(),
    body: p.blob(),
    req_sha256: p.text(),
    req_bytes: p.integer(),
    req_headers: p.json<[name: string, value: string][]>(),
    resp: p.blob().nullable(),
    resp_bytes: p.integer().nullable(),
    resp_headers: p.json<[name: string, value: string][]>().nullable(),
    status: p.integer().nullable(),
    provider_request_id: p.text().nullable(),
    error: p.json<Failure>().nullable(),
    credential_id: p.text().nullable(),
    activity: p.text().default('conversation'),
    request_tokens: p.integer().nullable(),
    response_tokens: p.integer().nullable(),
    cached_tokens: p.integer().nullable(),
    cache_write_tokens: p.integer().nullable(),
    reasoning_tokens: p.integer().nullable(),
    total_cost_usd: dollars(),
    estimated: p.boolean().default(false),
    price_source: p.text().nullable(),
    started_at: now(),
    first_byte_at: time().nullable(),
    ended_at: time().nullable(),
    profile: p.text().nullable(),
    timing: p.json<CallTiming>().nullable(),
  },
});
/** One HTTP exchange with a provider; the body is a delta against `base_id`. */
export class ProviderCallRow extends ProviderCallSchema.class {}
ProviderCallSchema.setClass(ProviderCallRow);

const ToolCallSchema = defineEntity({
  name: 'ToolCallRow',
  tableName: 'tool_calls',
  indexes: [
    { name: 'tool_calls_conversation', properties: ['conversation_id'] },
    { name: 'tool_calls_started', properties: ['started_at'] },
  ],
  uniques: [{ name: 'tool_calls_message_id_ord_key', properties: ['message_id', 'ord'] }],
  properties: {
    id: id(),
    conversation_id: () =>
      p
        .manyToOne(ConversationRow)
        .mapToPk()
        .fieldName('conversation_id')
        .foreignKeyName('tool_calls_conversation_id_fkey')
        .deleteRule('cascade'),
    message_id: () =>
      p
        .manyToOne(MessageRow)
        .mapToPk()
        .fieldName('message_id')
        .foreignKeyName('tool_calls_message_id_fkey')
        .deleteRule('cascade'),
    turn_id: () =>
      p
        .manyToOne(TurnRow)
        .mapToPk()
        .fieldName('turn_id')
        .foreignKeyName('tool_calls_turn_id_fkey')
        .deleteRule('cascade'),
    ord: p.integer(),
    provider_tool_id: p.text(),
    name: p.text(),
    args: p.blob(),
    retry: p.text().$type<'safe' | 'never'>(),
    state: p.text().$type<ToolState>(),
    epoch: p.integer().nullable(),
    attempts: p.integer().default(0),
    result: p.json<unknown>().nullable(),
    is_error: p.boolean().nullable(),
    pid: p.integer().nullable(),
    pid_start: p.text().nullable(),
    boot_id: p.text().nullable(),
    child_conversation_id: p.uuid().nullable(),
    started_at: time().nullable(),
    ended_at: time().nullable(),
  },
});
/** Something the model asked for: how far it got is what decides about it after a crash. */
export class ToolCallRow extends ToolCallSchema.class {}
ToolCallSchema.setClass(ToolCallRow);
