import type { Session } from '@maestro/core/protocol';
import { type Group, groupOf } from './status.js';

const ORDER: readonly Group[] = ['needs', 'running', 'idle'];

interface Standing {
  group: Group;
  /** Last activity when it came into its group: later activity does not move it. */
  since: string;
}

/**
 * Who needs a person first, then who works, then who rests; inside a group the newest first. A card moves only when
 * its group changes, so twenty busy agents do not shuffle under the pointer.
 */
export class CardOrder {
  #standings = new Map<string, Standing>();

  arrange(sessions: readonly Session[]): Session[] {
    const next = new Map<string, Standing>();
    for (const session of sessions) {
      const group = groupOf(session.status);
      const before = this.#standings.get(session.session_id);
      const standing = before?.group === group ? before : { group, since: session.last_activity_at };
      next.set(session.session_id, standing);
    }
    this.#standings = next;
    const standing = ({ session_id }: Session) => next.get(session_id) as Standing;
    return [...sessions].sort((a, b) => compare(standing(a), standing(b)));
  }
}

function compare(a: Standing, b: Standing): number {
  return ORDER.indexOf(a.group) - ORDER.indexOf(b.group) || b.since.localeCompare(a.since);
}
