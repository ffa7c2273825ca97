import { TurnStopped } from './turn.js';

/** What this process does for one conversation, turn after turn. */
export class Work {
  /** Proof of ownership while the work lasts; undefined until it is claimed, or once the tables must be read anew. */
  epoch: number | undefined;
  /** A turn that this process has just made: nothing of it can need recovery. */
  fresh: string | undefined;
  /** A person wants to go on although the last turn waits for a decision. */
  goesOn = false;
  /** Something happened meanwhile: look once more before leaving. */
  again = false;
  done: Promise<void> = Promise.resolve();
  round = new Round();

  /** Ends a round and begins the next, whose turn no earlier stop may hit. */
  turnOver(): void {
    const { round } = this;
    this.round = new Round();
    round.ended.resolve();
  }
}

/** One look at a conversation, with at most one turn. */
class Round {
  readonly ended = Promise.withResolvers<void>();
  /** False once another process turned out to own the conversation. */
  isOurs = true;
  readonly #abort = new AbortController();

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  stop(how: TurnStopped['how']): void {
    this.#abort.abort(new TurnStopped(how));
  }
}
