import type { ApprovalPolicy } from '../protocol/approvals.js';
import type { Effort, OnLimit } from '../protocol/resources.js';
import { maybeText, storableJson, storableText } from './safe-json.js';

export interface NewSession {
  agent_name: string;
  provider: string;
  model: string;
  working_directory: string;
  system_prompt: string;
  role?: string | null;
  title?: string | null;
  auth_type?: 'api_key' | 'oauth' | null;
  credential_id?: string | null;
  template?: string | null;
  parent_session_id?: string | null;
  tools?: Record<string, boolean>;
  mcps?: Record<string, boolean>;
  effort?: Effort | null;
  on_limit?: OnLimit | null;
  approval?: ApprovalPolicy | null;
  depth?: number;
  /** Row id of the call of the parent that this session answers. */
  parent_call_id?: string | null;
  /** The same key again gives the session that was made first. */
  client_key?: string | null;
}

/** The columns of a new session, and a parameter for each, in the order of `insertParams`. */
export const insertedColumns = `id, session_id, current_conversation_id, agent_name, role, title, provider, model, auth_type,
  credential_id, working_directory, system_prompt, template, parent_session_id, tools, mcps, client_key, effort, on_limit,
  approval, depth, parent_call_id`;
export const insertedValues = insertedColumns
  .split(',')
  .map((_, index) => (index === 2 ? '$3::uuid' : `$${index + 1}`))
  .join(', ');

export function insertParams(id: string, sessionId: string, conversationId: string, input: NewSession): unknown[] {
  return [
    id,
    sessionId,
    conversationId,
    storableText(input.agent_name),
    maybeText(input.role),
    maybeText(input.title),
    input.provider,
    input.model,
    input.auth_type ?? null,
    input.credential_id ?? null,
    storableText(input.working_directory),
    storableText(input.system_prompt),
    input.template ?? null,
    input.parent_session_id ?? null,
    storableJson(input.tools ?? {}),
    storableJson(input.mcps ?? {}),
    maybeText(input.client_key),
    input.effort ?? null,
    input.on_limit ?? null,
    input.approval ?? null,
    input.depth ?? 0,
    input.parent_call_id ?? null,
  ];
}
