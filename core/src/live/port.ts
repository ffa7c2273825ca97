import type { Dispose } from '../extension/registry.js';

/**
 * Hints between the processes that serve the same sessions: "something happened in this conversation", deltas,
 * who is there. Never content that must not be lost: losing every message makes the platform slower, never wrong.
 */
export interface Live {
  /** Tells every subscriber of `topic`, in this process and the others. Never throws and never waits. */
  publish(topic: string, message: unknown): void;
  /** Hears what others and this process publish; `fn` must not throw (what it throws is logged). */
  subscribe(topic: string, fn: (message: unknown) => void): Dispose;
  /** Says that `member` is at `topic`, until the returned undo or the end of this process. */
  enter(topic: string, member: string): Dispose;
  /** Who is at `topic` now, as far as this process can know; sorted. */
  present(topic: string): Promise<string[]>;
  /** Whether messages reach the other processes at this moment; `none` where there are no others. */
  health(): 'ok' | 'down' | 'none';
  close(): Promise<void>;
}

/** Where it is told that somebody typed in a session: `{ by }`, a hint to read the text anew. */
export function composerTopic(sessionId: string): string {
  return `composer:${sessionId}`;
}

/** Where the running text of one conversation is told: each message is a `Delta` of the protocol. */
export function deltaTopic(conversationId: string): string {
  return `session:${conversationId}`;
}
