import { defineEntity, p } from '@mikro-orm/core';
import { id, now, time } from './columns.js';
import { ConversationRow, SessionRow } from './session.js';
import { ToolCallRow, TurnRow } from './turn.js';

const TemplateSchema = defineEntity({
  name: 'AgentTemplateRow',
  tableName: 'agent_templates',
  properties: {
    id: id(),
    name: p.text().unique('agent_templates_name_key'),
    role: p.text().nullable(),
    description: p.text().default(''),
    system_prompt: p.text(),
    preferred_provider: p.text().nullable(),
    preferred_model: p.text().nullable(),
    tools: p.json<string[]>().defaultRaw(`'[]'`),
    mcps: p.json<string[]>().defaultRaw(`'[]'`),
    source: p.text(),
    path: p.text().nullable(),
    created_at: now(),
    updated_at: now(),
  },
});
/** A reusable agent; each is a tool as well. */
export class AgentTemplateRow extends TemplateSchema.class {}
TemplateSchema.setClass(AgentTemplateRow);

const McpServerSchema = defineEntity({
  name: 'McpServerRow',
  tableName: 'mcp_servers',
  properties: {
    id: id(),
    name: p.text().unique('mcp_servers_name_key'),
    description: p.text().default(''),
    transport: p.text(),
    url: p.text().nullable(),
    command: p.text().nullable(),
    args: p.json<string[]>().defaultRaw(`'[]'`),
    working_directory: p.text().nullable(),
    env: p.json<unknown>().nullable(),
    headers: p.json<unknown>().nullable(),
    oauth: p.json<unknown>().nullable(),
    is_enabled: p.boolean().default(true),
    settings: p.json<unknown>().defaultRaw(`'{}'`),
    created_at: now(),
    updated_at: now(),
  },
});
/** How to reach an MCP server; what is secret in it is sealed. */
export class McpServerRow extends McpServerSchema.class {}
McpServerSchema.setClass(McpServerRow);

const ApprovalSchema = defineEntity({
  name: 'ApprovalRow',
  tableName: 'approvals',
  indexes: [
    {
      name: 'approvals_open',
      expression: `create index "approvals_open" on "approvals" ("created_at") where "state" = 'open'`,
    },
    { name: 'approvals_conversation', properties: ['conversation_id'] },
    {
      name: 'approvals_limits',
      expression: `create index "approvals_limits" on "approvals" (("args" ->> 'key')) where "kind" = 'limit'`,
    },
  ],
  uniques: [{ name: 'approvals_tool_call_id_ord_key', properties: ['tool_call_id', 'ord'] }],
  properties: {
    id: id(),
    conversation_id: () =>
      p
        .manyToOne(ConversationRow)
        .mapToPk()
        .fieldName('conversation_id')
        .foreignKeyName('approvals_conversation_id_fkey')
        .deleteRule('cascade'),
    turn_id: () =>
      p
        .manyToOne(TurnRow)
        .mapToPk()
        .fieldName('turn_id')
        .foreignKeyName('approvals_turn_id_fkey')
        .deleteRule('cascade'),
    tool_call_id: () =>
      p
        .manyToOne(ToolCallRow)
        .mapToPk()
        .fieldName('tool_call_id')
        .foreignKeyName('approvals_tool_call_id_fkey')
        .deleteRule('cascade')
        .nullable(),
    ord: p.integer(),
    kind: p.text(),
    tool: p.text().nullable(),
    effects: p.text().nullable(),
    title: p.text(),
    args: p.json<unknown>().nullable(),
    always: p.json<unknown>().nullable(),
    form: p.json<unknown>().nullable(),
    state: p.text().default('open'),
    answer: p.json<unknown>().nullable(),
    created_at: now(),
    resolved_at: time().nullable(),
    resolved_by: p.text().nullable(),
  },
});
/** What waits, or waited, for a person. */
export class ApprovalRow extends ApprovalSchema.class {}
ApprovalSchema.setClass(ApprovalRow);

const ApprovalRuleSchema = defineEntity({
  name: 'ApprovalRuleRow',
  tableName: 'approval_rules',
  properties: {
    id: id(),
    session_id: p.text().nullable(),
    tool: p.text(),
    pattern: p.text().nullable(),
    decision: p.text(),
    source: p.text(),
    created_at: now(),
  },
});
/** What a person decided for good. */
export class ApprovalRuleRow extends ApprovalRuleSchema.class {}
ApprovalRuleSchema.setClass(ApprovalRuleRow);

const SessionStateSchema = defineEntity({
  name: 'SessionStateRow',
  tableName: 'session_state',
  properties: {
    session_id: () =>
      p
        .manyToOne(SessionRow)
        .primary()
        .mapToPk()
        .fieldName('session_id')
        .foreignKeyName('session_state_session_id_fkey')
        .deleteRule('cascade'),
    key: p.text().primary(),
    value: p.json<unknown>(),
    updated_at: now(),
  },
});
/** What tools remember of a session. */
export class SessionStateRow extends SessionStateSchema.class {}
SessionStateSchema.setClass(SessionStateRow);
