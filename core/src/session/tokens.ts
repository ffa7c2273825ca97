import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

interface Tokenizer {
  countTokens(text: string, options: { disallowedSpecial: Set<string> }): number;
}

/** Two megabytes of vocabulary: read by the first estimate, and not by every start. */
let loaded: Tokenizer | undefined;
const tokenizer = (): Tokenizer => {
  loaded ??= require('gpt-tokenizer/encoding/o200k_base') as Tokenizer;
  return loaded;
};

/** A word without end costs the tokenizer the square of its length: what is longer than this is counted in pieces. */
const LONG = /\S{256}|\s{256}/g;

function count(text: string): number {
  const ends = [...text.matchAll(LONG)].map(({ index }) => index + 256);
  const pieces = [0, ...ends].map((from, piece) => text.slice(from, ends[piece]));
  // A text may spell out the vocabulary's own marks; here they are letters like any other.
  return pieces.reduce((sum, piece) => sum + tokenizer().countTokens(piece, { disallowedSpecial: new Set() }), 0);
}

/** Characters that are tokenized at most; of a longer text samples stand for the rest, spread over all of it. */
const WHOLE = 48_000;
const SAMPLES = 16;
const SAMPLE = WHOLE / SAMPLES;

/**
 * Tokens of a text by a real tokenizer, for a provider that does not say. Vocabularies differ by a tenth or so, which
 * is why such a count is always marked as an estimate. Takes a bounded time, however long the text is.
 */
export function estimateTokens(text: string): number {
  if (text.length <= WHOLE) return count(text);
  const step = (text.length - SAMPLE) / (SAMPLES - 1);
  const samples = Array.from({ length: SAMPLES }, (_, index) => {
    const from = Math.floor(index * step);
    return text.slice(from, from + SAMPLE);
  });
  const counted = samples.reduce((sum, sample) => sum + count(sample), 0);
  return Math.round((counted / (SAMPLE * samples.length)) * text.length);
}
