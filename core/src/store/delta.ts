import { promisify } from 'node:util';
import { constants, deflateRaw, deflateRawSync, inflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib';

/** How a body differs from its base: the same first and last bytes, and what stands between, deflated. */
export interface Delta {
  keepPrefix: number;
  keepSuffix: number;
  middle: Buffer;
}

export async function makeDelta(base: Buffer, body: Buffer): Promise<Delta> {
  const keepPrefix = commonPrefix(base, body);
  const keepSuffix = commonSuffix(base.subarray(keepPrefix), body.subarray(keepPrefix));
  const middle = await deflate(body.subarray(keepPrefix, body.length - keepSuffix));
  return { keepPrefix, keepSuffix, middle };
}

/** A body in pieces, so that a chain of deltas copies bytes once, at its end. */
export type Pieces = readonly Buffer[];

/** A keyframe is a delta against nothing: against no pieces. */
export async function applyDelta(base: Pieces, { keepPrefix, keepSuffix, middle }: Delta): Promise<Pieces> {
  const length = lengthOf(base);
  return [...slice(base, 0, keepPrefix), await inflate(middle), ...slice(base, length - keepSuffix, length)];
}

export function lengthOf(pieces: Pieces): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

function slice(pieces: Pieces, from: number, to: number): Buffer[] {
  let start = 0;
  return pieces.flatMap((piece) => {
    const [first, last] = [Math.max(from - start, 0), Math.min(to - start, piece.length)];
    start += piece.length;
    return first < last ? piece.subarray(first, last) : [];
  });
}

// Above these, work leaves the event loop; below, the hop to another thread costs more than it saves.
// What is inflated grows: JSON that repeats itself about tenfold.
const offLoopBytes = 1 << 20;
const offLoopDeflatedBytes = offLoopBytes / 8;
const deflateAway: (bytes: Buffer, options?: ZlibOptions) => Promise<Buffer> = promisify(deflateRaw);
const inflateAway = promisify(inflateRaw);

export async function deflate(bytes: Buffer): Promise<Buffer> {
  return bytes.length > offLoopBytes ? deflateAway(bytes) : deflateRawSync(bytes);
}

/** All but the last block of a body that is deflated piece by piece: followed by what `deflate` gives, they are one. */
export function deflateBlock(bytes: Buffer): Promise<Buffer> {
  // Ends on a whole byte and says that more follows. It refers to nothing before it.
  return deflateAway(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
}

export async function inflate(bytes: Buffer): Promise<Buffer> {
  return bytes.length > offLoopDeflatedBytes ? inflateAway(bytes) : inflateRawSync(bytes);
}

/** Length of the longest common beginning. */
export function commonPrefix(a: Buffer, b: Buffer): number {
  return longest(Math.min(a.length, b.length), (from, to) => a.compare(b, from, to, from, to) === 0);
}

/** Length of the longest common end. */
export function commonSuffix(a: Buffer, b: Buffer): number {
  const [endA, endB] = [a.length, b.length];
  return longest(
    Math.min(endA, endB),
    (from, to) => a.compare(b, endB - to, endB - from, endA - to, endA - from) === 0,
  );
}

/** The largest n up to `limit` with `same(0, n)`, halving what is left instead of going byte by byte. */
function longest(limit: number, same: (from: number, to: number) => boolean): number {
  let [known, unknown] = [0, limit];
  while (known < unknown) {
    const half = known + Math.ceil((unknown - known) / 2);
    if (same(known, half)) known = half;
    else unknown = half - 1;
  }
  return known;
}
