import type { ApprovalResource } from './approvals.js';
import type { ActivityNote, ListedSession, SessionCard } from './cards.js';
import type { Delta, EventBody, SessionEvent } from './events.js';
import type { List } from './resources.js';

/** Frames a client sends on `/socket` or `/socket/tui`. */
export type ClientFrame =
  | { op: 'join'; topic: string; conversation_id?: string; after?: number }
  | { op: 'leave'; topic: string }
  | { op: 'send'; topic: string; client_key: string; text: string; mode?: 'queue' | 'steer' }
  | { op: 'stop'; topic: string }
  | { op: 'ping' };

/** Frames the server sends. `sessions` carries no seq: `joined`, then a snapshot, then changes. */
export type ServerFrame =
  | { op: 'joined'; topic: string; conversation_id?: string; seq?: number }
  | { op: 'events'; topic: string; conversation_id?: string; events: SessionEvent[] }
  | ({ op: 'delta'; topic: string } & Delta)
  | { op: 'snapshot'; topic: string; data: unknown }
  | { op: 'change'; topic: string; data: unknown }
  | { op: 'reset'; topic: string; conversation_id?: string; seq: number }
  | { op: 'ack'; client_key: string; message_id: string; queued: boolean }
  | { op: 'error'; topic?: string; client_key?: string; code: string; message: string }
  | { op: 'going_away' }
  | { op: 'pong' };

/** `data` of `snapshot` and `change` on the topic `sessions`. */
export interface SessionsSnapshot extends List<ListedSession> {
  /** The last notable things, newest first. */
  notes: readonly ActivityNote[];
}
export type SessionsChange =
  | Extract<EventBody, { type: `session.${string}` }>
  /** Told at most twice a second, of all whose card changed meanwhile. */
  | { type: 'cards.changed'; data: { cards: SessionCard[] } }
  | { type: 'activity.noted'; data: { note: ActivityNote } };

/** Lists that are told on the topic `settings` when they are another one now; what is in them is read anew. */
export type SettingsList =
  | 'tools'
  | 'providers'
  | 'credentials'
  | 'mcp_servers'
  | 'templates'
  | 'approval_rules'
  | 'budgets';
/** `data` of `change` on the topic `settings`. */
export interface SettingsChange {
  list: SettingsList;
}

/** `data` of `change` on the topic of a session: its text in the composer is another; who typed it tells by its own `by`. */
export interface ComposerChange {
  type: 'composer.changed';
  data: { by: string | null };
}

/** `data` of `snapshot` on the topic `approvals`: all that wait for a person. */
export type ApprovalsSnapshot = List<ApprovalResource>;
/** `data` of `change` there. With a session all that waits in it, and in those below it, is gone. */
export type ApprovalsChange =
  | Extract<EventBody, { data: { approval: ApprovalResource } }>
  | Extract<EventBody, { type: 'session.deleted' }>;

/** Close codes of ours. */
export const CLOSE = { revoked: 4001, slow: 4008, goingAway: 1001, noSuchChannel: 1008, internal: 1011 } as const;
