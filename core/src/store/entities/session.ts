import { defineEntity, p } from '@mikro-orm/core';
import type { ApprovalPolicy } from '../../protocol/approvals.js';
import type { Effort, OnLimit, SessionStatus } from '../../protocol/resources.js';
import { dollars, id, now } from './columns.js';

const SessionSchema = defineEntity({
  name: 'SessionRow',
  tableName: 'sessions',
  indexes: [
    { name: 'sessions_template', properties: ['template'] },
    {
      name: 'sessions_activity',
      columns: [
        { name: 'last_activity_at', sort: 'desc' },
        { name: 'id', sort: 'desc' },
      ],
    },
    {
      name: 'sessions_parent',
      expression: `create index "sessions_parent" on "sessions" ("parent_session_id") where "parent_session_id" is not null`,
    },
  ],
  properties: {
    id: id(),
    session_id: p.text().unique('sessions_session_id_key'),
    agent_name: p.text(),
    role: p.text().nullable(),
    title: p.text().nullable(),
    provider: p.text(),
    model: p.text(),
    auth_type: p.text().$type<'api_key' | 'oauth'>().nullable(),
    credential_id: p.text().nullable(),
    effort: p.text().$type<Effort>().nullable(),
    on_limit: p.text().$type<OnLimit>().nullable(),
    approval: p.text().$type<ApprovalPolicy>().nullable(),
    depth: p.integer().default(0),
    parent_call_id: p.uuid().nullable(),
    working_directory: p.text(),
    system_prompt: p.text(),
    status: p.text().$type<SessionStatus>().default('idle'),
    parent_session_id: p.text().nullable(),
    forked_from: p.text().nullable(),
    template: p.text().nullable(),
    tools: p.json<Record<string, boolean>>().defaultRaw(`'{}'`),
    mcps: p.json<Record<string, boolean>>().defaultRaw(`'{}'`),
    request_tokens: p.bigint('number').defaultRaw('0'),
    response_tokens: p.bigint('number').defaultRaw('0'),
    cached_tokens: p.bigint('number').defaultRaw('0'),
    reasoning_tokens: p.bigint('number').defaultRaw('0'),
    unpriced_calls: p.integer().default(0),
    estimated: p.boolean().default(false),
    total_cost_usd: dollars(),
    context_used: p.integer().nullable(),
    preview: p.text().nullable(),
    current_conversation_id: p.uuid(),
    client_key: p.text().nullable().unique('sessions_client_key_key'),
    last_activity_at: now(),
    created_at: now(),
    updated_at: now(),
  },
});
/** A configured agent; its history is in the conversation that is current. */
export class SessionRow extends SessionSchema.class {}
SessionSchema.setClass(SessionRow);

const ConversationSchema = defineEntity({
  name: 'ConversationRow',
  tableName: 'conversations',
  indexes: [{ name: 'conversations_session', properties: ['session_id'] }],
  properties: {
    id: id(),
    session_id: () =>
      p
        .manyToOne(SessionRow)
        .mapToPk()
        .fieldName('session_id')
        .foreignKeyName('conversations_session_id_fkey')
        .deleteRule('cascade')
        .deferMode('deferred'),
    last_seq: p.bigint('number').defaultRaw('0'),
    epoch: p.integer().default(0),
    owner: p.uuid().nullable(),
    live_starts: p.integer().default(0),
    parent_tool_call_id: p.uuid().nullable(),
    created_at: now(),
  },
});
/** An ordered history; its row lock gives out `seq` and its `epoch` fences writers. */
export class ConversationRow extends ConversationSchema.class {}
ConversationSchema.setClass(ConversationRow);

const ComposerDraftSchema = defineEntity({
  name: 'ComposerDraftRow',
  tableName: 'composer_drafts',
  properties: {
    session_id: () =>
      p
        .oneToOne(SessionRow)
        .primary()
        .mapToPk()
        .fieldName('session_id')
        .unique(false)
        .foreignKeyName('composer_drafts_session_id_fkey')
        .updateRule('no action')
        .deleteRule('cascade'),
    text: p.text(),
    attachments: p.json<unknown[]>().defaultRaw(`'[]'`),
    updated_at: now(),
  },
});
/** What a person is typing, so that it is there on the next device. */
export class ComposerDraftRow extends ComposerDraftSchema.class {}
ComposerDraftSchema.setClass(ComposerDraftRow);
