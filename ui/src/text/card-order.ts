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

  arrange<S extends Session>(sessions: readonly S[]): S[] {
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
  if (a.group !== b.group) return ORDER.indexOf(a.group) - ORDER.indexOf(b.group);
  if (a.since === b.since) return 0;
  return a.since < b.since ? 1 : -1;
}

/**
 * The order with what is under the pointer or has the focus where it was before: nothing moves away from under a hand.
 *
 * @param before ids as they stand on the screen
 */
export function held<S extends Session>(
  sessions: readonly S[],
  before: readonly string[],
  hold: ReadonlySet<string>,
): S[] {
  const kept = sessions.filter(({ session_id }) => hold.has(session_id) && before.includes(session_id));
  if (kept.length === 0) return [...sessions];
  const order = sessions.filter((session) => !kept.includes(session));
  kept.sort((a, b) => before.indexOf(a.session_id) - before.indexOf(b.session_id));
  for (const session of kept) order.splice(before.indexOf(session.session_id), 0, session);
  return order;
}
