import { type ProcessEntry, type ProcessRef, processOf } from './process-table.js';

/** The processes of one tree, as far as they have been seen. */
export class TreeMembers {
  readonly #root: ProcessRef;
  readonly #marker: string;
  #seen = new Map<number, string>();

  constructor(root: ProcessRef, marker: string) {
    this.#root = root;
    this.#marker = marker;
    this.#seen.set(root.pid, root.start);
  }

  /**
   * Those in a table that belong to the tree: by the marker they inherited, by being in the session of a root that
   * runs, or because a member started them. Members that cleared their environment and were seen once stay members.
   */
  in(table: readonly ProcessEntry[]): ProcessEntry[] {
    const found = new Map(table.filter((entry) => this.#isMember(entry)).map((entry) => [entry.pid, entry] as const));
    const children = Map.groupBy(table, ({ parent }) => parent);
    const queue = [...found.keys()];
    for (const pid of queue) {
      for (const child of children.get(pid) ?? []) {
        if (found.has(child.pid)) continue;
        found.set(child.pid, child);
        queue.push(child.pid);
      }
    }
    found.delete(process.pid);
    this.#seen = new Map([...found.values()].map(({ pid, start }) => [pid, start]));
    return [...found.values()];
  }

  #isMember({ pid, start, session, marker }: ProcessEntry): boolean {
    if (marker === this.#marker || this.#seen.get(pid) === start) return true;
    // The number of a root that ended may be another's by now.
    return session === this.#root.pid && processOf(this.#root.pid)?.start === this.#root.start;
  }
}
