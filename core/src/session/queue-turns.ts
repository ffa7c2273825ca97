import type { Attachment } from '../protocol/messages.js';
import type { QueuedMessage, Session } from '../protocol/resources.js';
import type { Step, TurnConfig } from '../store/step.js';
import type { Turn } from '../store/turns.js';
import { addsMessage, saidParts, takesQueued } from './new-message.js';
import { previewOf } from './preview.js';

/** What a person sends. */
export interface Submitted {
  id: string;
  client_key: string;
  text: string;
  attachments: readonly Attachment[];
  /** What its turn may cost at most. */
  max_usd?: string | null;
  mode: 'queue' | 'steer';
}

/** What a turn takes over from its session. */
type Configured = Pick<Session, 'session_id' | Exclude<keyof TurnConfig, 'left' | 'compact' | 'max_usd'>>;

/** W1: the message and the turn it starts. Refused where a turn is live or the key was used. */
export function startsTurn(session: Configured, sent: Submitted, turnId: string): Step {
  const { id, client_key } = sent;
  const added = addsMessage({ id, role: 'user', turn_id: turnId, client_key, parts: saidParts(sent) });
  const begun = begins(session, sent, turnId);
  return { writes: [added.write, ...begun.writes], events: [added.event, ...begun.events] };
}

/** W1 while a turn is live: the message waits. */
export function waits({ id, client_key, text, attachments, max_usd = null, mode }: Submitted): Step {
  return {
    writes: [{ write: 'queue.add', queued: { id, client_key, mode, text, attachments, max_usd } }],
    events: [{ type: 'queue.changed', data: {} }],
  };
}

/** The turn before has ended: what waited becomes a message and a turn of its own, keeping its id. */
export function startsQueued(session: Session, queued: QueuedMessage, turnId: string): Step {
  const taken = takesQueued(queued, turnId);
  const begun = begins(session, queued, turnId);
  return {
    writes: [...taken.writes, ...begun.writes],
    events: [{ type: 'queue.changed', data: {} }, taken.event, ...begun.events],
  };
}

/**
 * A turn that answers nobody, but sums up what was said until then. Refused where a turn is live.
 *
 * @param after the newest message
 */
export function startsCompaction(
  session: Session,
  after: string,
  turn: { id: string; instructions: string | null },
): Step {
  const { session_id } = session;
  const config = { ...configOf(session), compact: { instructions: turn.instructions } };
  return {
    writes: [
      { write: 'turn.add', turn: { id: turn.id, message_id: after, config } },
      { write: 'session.set', session_id, set: { status: 'queued' } },
    ],
    events: [
      { type: 'turn.queued', data: { turn_id: turn.id, message_id: after } },
      { type: 'session.updated', data: { session_id } },
    ],
  };
}

/** A person has an ended turn run again, with what the session is set to now. */
export function restarts(session: Session, turn: Pick<Turn, 'id' | 'message_id' | 'config'>): Step {
  const { session_id } = session;
  return {
    writes: [
      {
        write: 'turn.set',
        turn_id: turn.id,
        from: ['failed', 'interrupted'],
        state: 'queued',
        resetAttempts: true,
        stop_reason: null,
        error: null,
        config: {
          ...configOf(session, turn.config.max_usd),
          ...(turn.config.compact && { compact: turn.config.compact }),
        },
      },
      { write: 'session.set', session_id, set: { status: 'queued' } },
    ],
    events: [
      { type: 'turn.queued', data: { turn_id: turn.id, message_id: turn.message_id } },
      { type: 'session.updated', data: { session_id } },
    ],
  };
}

function begins(session: Configured, message: Pick<Submitted, 'id' | 'text' | 'max_usd'>, turnId: string): Step {
  const { session_id } = session;
  const set = { status: 'queued', preview: previewOf(message.text) };
  return {
    writes: [
      { write: 'turn.add', turn: { id: turnId, message_id: message.id, config: configOf(session, message.max_usd) } },
      { write: 'session.set', session_id, set },
    ],
    events: [
      { type: 'turn.queued', data: { turn_id: turnId, message_id: message.id } },
      { type: 'session.updated', data: { session_id } },
    ],
  };
}

function configOf(session: Configured, max_usd: string | null = null): TurnConfig {
  const { provider, model, credential_id, system_prompt, working_directory, tools, mcps, effort, on_limit } = session;
  const base = { provider, model, credential_id, system_prompt, working_directory, tools, mcps, effort, on_limit };
  return max_usd === null ? base : { ...base, max_usd };
}
