import { text } from '../protocol/messages.js';
import type { QueuedMessage, Session } from '../protocol/resources.js';
import type { Step, TurnConfig } from '../store/step.js';
import { addsMessage, takesQueued } from './new-message.js';
import { previewOf } from './preview.js';

/** What a person sends. */
export interface Submitted {
  id: string;
  client_key: string;
  text: string;
  mode: 'queue' | 'steer';
}

/** W1: the message and the turn it starts. Refused where a turn is live or the key was used. */
export function startsTurn(session: Session, sent: Submitted, turnId: string): Step {
  const { id, client_key } = sent;
  const added = addsMessage({ id, role: 'user', turn_id: turnId, client_key, parts: [text(sent.text)] });
  const begun = begins(session, { id, text: sent.text }, turnId);
  return { writes: [added.write, ...begun.writes], events: [added.event, ...begun.events] };
}

/** W1 while a turn is live: the message waits. */
export function waits({ id, client_key, text, mode }: Submitted): Step {
  return {
    writes: [{ write: 'queue.add', queued: { id, client_key, mode, text } }],
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

/** A person has an ended turn run again, with what the session is set to now. */
export function restarts(session: Session, turn: { id: string; message_id: string }): Step {
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
        config: configOf(session),
      },
      { write: 'session.set', session_id, set: { status: 'queued' } },
    ],
    events: [
      { type: 'turn.queued', data: { turn_id: turn.id, message_id: turn.message_id } },
      { type: 'session.updated', data: { session_id } },
    ],
  };
}

function begins(session: Session, message: { id: string; text: string }, turnId: string): Step {
  const { session_id } = session;
  const set = { status: 'queued', preview: previewOf(message.text) };
  return {
    writes: [
      { write: 'turn.add', turn: { id: turnId, message_id: message.id, config: configOf(session) } },
      { write: 'session.set', session_id, set },
    ],
    events: [
      { type: 'turn.queued', data: { turn_id: turnId, message_id: message.id } },
      { type: 'session.updated', data: { session_id } },
    ],
  };
}

function configOf(session: Session): TurnConfig {
  const { provider, model, credential_id, system_prompt, working_directory, tools } = session;
  return { provider, model, credential_id, system_prompt, working_directory, tools };
}
