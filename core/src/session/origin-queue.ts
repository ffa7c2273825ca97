/** Lets the next one in; called more than once it does nothing. */
export type Leave = () => void;

interface Waiter {
  session: string;
  /** 1 for the next to go. */
  place: number;
  onPlace(place: number): void;
  admit(): void;
}

interface Lane {
  open: number;
  /** Who waits, by session, in the order the sessions take turns; within one session, first come first served. */
  lines: Map<string, Waiter[]>;
}

/**
 * Holds the calls to one server below a number: a further one waits for its turn, and the sessions take turns, so
 * that one with many calls keeps nobody from having one. Servers know nothing of each other.
 */
export class OriginQueue {
  readonly #lanes = new Map<string, Lane>();

  /** @param limit calls to one origin at once */
  constructor(private readonly limit: number) {}

  /**
   * Resolves once a call may go out, with what must be called when it has ended.
   *
   * @param onPlace told the place when the waiting begins, and each time it changes
   * @throws the reason of `signal` once that aborts
   */
  async enter(
    origin: string,
    session: string,
    { signal, onPlace }: { signal: AbortSignal; onPlace(place: number): void },
  ): Promise<Leave> {
    signal.throwIfAborted();
    const lane = this.#lanes.get(origin) ?? { open: 0, lines: new Map() };
    this.#lanes.set(origin, lane);
    if (lane.open < this.limit) lane.open += 1;
    else await this.#wait(lane, session, { signal, onPlace });
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      lane.open -= 1;
      admitNext(lane);
      if (lane.open === 0 && this.#lanes.get(origin) === lane) this.#lanes.delete(origin);
    };
  }

  #wait(
    lane: Lane,
    session: string,
    { signal, onPlace }: { signal: AbortSignal; onPlace(place: number): void },
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const forget = () => signal.removeEventListener('abort', giveUp);
      const admit = () => {
        forget();
        resolve();
      };
      const waiter: Waiter = { session, place: 0, onPlace, admit };
      const giveUp = () => {
        forget();
        leaveLine(lane, waiter);
        reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      const line = lane.lines.get(session);
      if (line) line.push(waiter);
      else lane.lines.set(session, [waiter]);
      tellPlaces(lane);
    });
  }
}

/** The session that has its turn goes to the end of the round. */
function admitNext(lane: Lane): void {
  const [first] = lane.lines;
  if (!first) return;
  const [session, [next, ...rest]] = first;
  lane.lines.delete(session);
  if (rest.length > 0) lane.lines.set(session, rest);
  lane.open += 1;
  next?.admit();
  tellPlaces(lane);
}

function leaveLine(lane: Lane, waiter: Waiter): void {
  const rest = (lane.lines.get(waiter.session) ?? []).filter((one) => one !== waiter);
  if (rest.length > 0) lane.lines.set(waiter.session, rest);
  else lane.lines.delete(waiter.session);
  tellPlaces(lane);
}

function tellPlaces(lane: Lane): void {
  const lines = [...lane.lines.values()];
  const rounds = Math.max(0, ...lines.map((line) => line.length));
  const order = Array.from({ length: rounds }, (_, round) => lines.flatMap((line) => line[round] ?? [])).flat();
  for (const [index, waiter] of order.entries()) {
    if (waiter.place === index + 1) continue;
    waiter.place = index + 1;
    waiter.onPlace(waiter.place);
  }
}
