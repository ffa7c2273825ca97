/** Gives an item to the reader of the generator; resolves once the reader acted on it and asks for more. */
export type Emit<T> = (item: T) => Promise<void>;

interface Waiting<T> {
  item: T;
  taken: PromiseWithResolvers<void>;
}

/**
 * Turns code that reports while it works, also from several branches at once, into a generator.
 * An error the reader throws in (`generator.throw`) rejects the `emit` of that item and nothing else, so the code
 * decides what it means. When the reader leaves, every further `emit` rejects, and leaving waits for the code to end.
 */
export async function* emitting<T, R>(work: (emit: Emit<T>) => Promise<R>): AsyncGenerator<T, R, void> {
  const waiting: Waiting<T>[] = [];
  const state: { end?: { value: R } | { error: unknown } } = {};
  let wake = Promise.withResolvers<void>();
  let left: Error | undefined;

  const emit: Emit<T> = (item) => {
    if (left) return Promise.reject(left);
    const taken = Promise.withResolvers<void>();
    waiting.push({ item, taken });
    wake.resolve();
    return taken.promise;
  };
  const finished = (end: { value: R } | { error: unknown }) => {
    state.end = end;
    wake.resolve();
  };
  const ended = work(emit).then(
    (value) => finished({ value }),
    (error: unknown) => finished({ error }),
  );

  let current: Waiting<T> | undefined;
  try {
    while (waiting.length > 0 || !state.end) {
      current = waiting.shift();
      if (current) {
        const fault = yield* offered(current.item);
        if (fault) current.taken.reject(fault.error);
        else current.taken.resolve();
      } else {
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
    }
  } finally {
    left = new Error('nobody reads what happens here any more');
    current?.taken.reject(left);
    for (const { taken } of waiting) taken.reject(left);
    await ended;
  }
  const { end } = state;
  if ('error' in end) throw end.error;
  return end.value;
}

/** Yields one item and gives what the reader threw at it. */
async function* offered<T>(item: T): AsyncGenerator<T, { error: unknown } | undefined, void> {
  try {
    yield item;
    return undefined;
  } catch (error) {
    return { error };
  }
}
