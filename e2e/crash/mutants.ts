/** A deliberate fault in one place of the built server. */
export interface Mutant {
  /** What it does wrong, in words. */
  fault: string;
  /** End of the path of the built file. */
  file: string;
  /** Stands there exactly once, or the mutant refuses to run. */
  find: string;
  replace: string;
}

/** The four of the reliability design, and one for what waits for a person: a harness that misses one sees nothing. */
export const mutants: Readonly<Record<string, Mutant>> = {
  'rerun-started': {
    fault: 'recovery runs every started tool again',
    file: 'session/recovery.js',
    find: `return tool.retry === 'safe' && tool.attempts < limits.toolAttempts ? 'again' : 'unknown';`,
    replace: `return 'again';`,
  },
  'ack-first': {
    fault: 'a message is acknowledged before it is committed',
    file: 'session/engine.js',
    find: `if (!(await this.#accepted(conversationId, step, tries)))\n                continue;`,
    replace: `setTimeout(() => this.#accepted(conversationId, step, tries).then(() => this.#worker.look(conversationId, queued ? { goesOn: true } : { fresh: turnId }), () => undefined), 400);
            return { message_id: sent.id, turn_id: queued ? null : turnId, queued };`,
  },
  'ignore-started': {
    fault: 'recovery takes started tools for ended',
    file: 'session/recovery.js',
    find: `if (tool.state !== 'started')\n        return 'ended';`,
    replace: `if (tool.state !== 'proposed')\n        return 'ended';`,
  },
  'draft-complete': {
    fault: 'a torn draft is stored as complete',
    file: 'session/recovery.js',
    find: `return 'interrupted';`,
    replace: `return 'complete';`,
  },
  'cancel-asked': {
    fault: 'recovery cancels what waits for a person',
    file: 'session/recovery.js',
    find: `return { step: { writes: [...writes, ...again], events }, goesOn: true };`,
    replace: `const left = cancels(wreck.waiting);
    return { step: { writes: [...writes, ...again, ...left.writes], events: [...events, ...left.events] }, goesOn: true };`,
  },
};
