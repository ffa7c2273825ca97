import { randomBytes, randomUUID } from 'node:crypto';
import type { Delegation } from '../extension/tool.js';
import type { Session } from '../protocol/resources.js';
import type { NewSession } from '../store/new-session.js';
import type { StepEvent, Write } from '../store/step.js';
import { startsTurn } from './queue-turns.js';
import type { CallInTurn } from './tool-services.js';

interface Given {
  place: CallInTurn;
  work: Delegation;
  /** The session that asks. */
  parent: Session;
  /** Whom the agent asks, and what it may use. */
  session: Pick<NewSession, 'provider' | 'model' | 'credential_id' | 'effort' | 'tools' | 'mcps'>;
}

/** W5 for an agent: its session, its conversation, its first message and its turn, with the event that tells of them. */
export function beginsChild({ place, work, parent, session: given }: Given) {
  const ids = { session_id: randomBytes(8).toString('hex'), conversation_id: randomUUID(), turn_id: randomUUID() };
  const { tools = {}, mcps = {}, credential_id = null, effort = null, ...asked } = given;
  const session = {
    ...asked,
    ...{ tools, mcps, credential_id, effort },
    agent_name: work.agentName,
    role: work.role ?? null,
    template: work.template,
    system_prompt: work.systemPrompt,
    auth_type: credential_id !== null && credential_id === parent.credential_id ? parent.auth_type : null,
    working_directory: place.call.workingDirectory,
    parent_session_id: parent.session_id,
    parent_call_id: place.toolCallId,
    depth: parent.depth + 1,
    on_limit: parent.on_limit,
    approval: parent.approval,
  };
  const sent = {
    id: randomUUID(),
    client_key: place.toolCallId,
    text: work.prompt,
    attachments: [],
    mode: 'queue',
  } as const;
  const started = startsTurn({ ...session, session_id: ids.session_id }, sent, ids.turn_id);
  const created = { type: 'session.created', data: { session_id: ids.session_id } } as const;
  const step = { writes: started.writes, events: [created, ...started.events] };
  const { session_id, conversation_id } = ids;
  const write: Write = {
    write: 'child.begin',
    tool_call_id: place.toolCallId,
    ...{ session_id, conversation_id, session, step },
  };
  const told = { turn_id: place.turn.input.turnId, call_id: place.call.id, session_id, agent_name: work.agentName };
  const event: StepEvent = { type: 'subagent.started', data: told };
  return { child: ids, writes: [write], events: [event] };
}
