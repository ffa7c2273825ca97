import type { ApprovalResource } from './approvals.js';
import type { Failure } from './events.js';
import type { Session } from './resources.js';

/** What a card shows of a session beside its row: lives in the server's memory and is told as it changes. */
export interface SessionCard {
  session_id: string;
  /** Null: the session's own `preview` says it. */
  preview: CardPreview | null;
  /** When the running turn began; null while none runs. */
  since: string | null;
  activity: CardActivity;
  /** What waits for a person, the oldest first, here or in an agent below. */
  approval: ApprovalResource | null;
  /** Set while the turn waits for its next attempt. */
  retry: CardRetry | null;
}

export interface CardPreview {
  /** `text` and `thought`: the last complete sentences; `command`: what runs; `tool`: its name; `error`: why it failed. */
  kind: 'text' | 'thought' | 'command' | 'tool' | 'error';
  text: string;
  /** Of a command its newest line of output, of a tool what it is about. */
  detail: string | null;
}

export interface CardRetry {
  at: string;
  /** The one that failed. */
  attempt: number;
  error: Failure;
}

export const ACTIVITY_STEP_MS = 5_000;
export const ACTIVITY_STEPS = 48;

/** Tokens written in each 5 s of the last 4 minutes, by an estimate of ours. */
export interface CardActivity {
  /** Start of the newest step, in ms since 1970. */
  at: number;
  /** Oldest first; steps before the first are empty. */
  tokens: number[];
}

/** A session as lists give it. */
export type ListedSession = Session & { card: SessionCard };

/** Something worth a line in the news of the dashboard. */
export interface ActivityNote {
  /** Grows by one from note to note. */
  id: number;
  at: string;
  session_id: string;
  agent_name: string;
  kind:
    | 'asked'
    | 'answered'
    | 'done'
    | 'failed'
    | 'retried'
    | 'stopped'
    | 'delegated'
    | 'returned'
    | 'ran'
    /** A budget will soon be used up. */
    | 'budget'
    | 'compacted';
  /** Follows the name of the agent: `asks to write invoice.ex`. */
  text: string;
}

export function emptyCard(session_id: string): SessionCard {
  return { session_id, preview: null, since: null, activity: { at: 0, tokens: [] }, approval: null, retry: null };
}

/** The steps of the last 4 minutes, the newest last. */
export function activitySteps({ at, tokens }: CardActivity, now: number): number[] {
  const newest = Math.max(at, Math.floor(now / ACTIVITY_STEP_MS) * ACTIVITY_STEP_MS);
  const late = (newest - at) / ACTIVITY_STEP_MS;
  return Array.from({ length: ACTIVITY_STEPS }, (_, index) => {
    const behind = ACTIVITY_STEPS - 1 - index - late;
    return behind < 0 ? 0 : (tokens[tokens.length - 1 - behind] ?? 0);
  });
}
