import type { ModelMessage } from '../extension/provider.js';
import type { Message } from '../protocol/messages.js';
import { compacted, type Telling } from './compacted-history.js';
import type { Budget } from './compaction-budget.js';
import type { RequestSize } from './request-size.js';

/** What a plan is made of. */
export interface Planned {
  /** Complete messages of the conversation, oldest first. */
  messages: readonly Message[];
  /** How it was told so far. */
  telling: Telling;
  size: RequestSize;
  budget: Budget;
  /** The most that the newest messages may come to. */
  keep: number;
}

/** Of an old result, its head and tail say what it was; the model can always ask anew. */
const shortBytes = 2_048;
/** What is left of the newest results where they fill the window by themselves. */
const cuts = [65_536, 16_384, 4_096, 1_024, 256] as const;
/** A compaction that gains less is not worth it: the next step would ask for another. */
const worthIt = 0.75;

/** Whether telling it like this makes enough room for some time. */
export function isRoomy({ budget, size }: Planned, messages: readonly ModelMessage[]): boolean {
  return size.of(messages) <= budget.trigger * worthIt;
}

/** The cheap step: long results of tools are shortened, but for the newest. Null where it does not make enough room. */
export function planCut(planned: Planned): Telling | null {
  const { messages, telling } = planned;
  const before = messages[newestFrom(planned) - 1];
  if (!before || before.pos <= Math.max(telling.upto_pos, telling.cut_pos)) return null;
  const { upto_pos, head } = telling;
  const shorter = { upto_pos, head, cut_pos: before.pos, cut_bytes: shortBytes };
  return isRoomy(planned, compacted(messages, shorter)) ? shorter : null;
}

/** A way to tell the conversation that lacks its head. */
export type Headless = Omit<Telling, 'head'>;

/**
 * Where the head ends and what is kept after it: the newest messages, whole where they fit, with shortened results
 * where they do not, none where even that is too much. Calls stay with their results, and what a person said last
 * stays as it is.
 *
 * @param headTokens what the head may come to
 * @returns null where nothing is old enough to be left out, or nothing makes enough room
 */
export function planHead(planned: Planned, headTokens: number): Headless | null {
  const { messages, size, budget } = planned;
  let fits: Headless | null = null;
  for (const each of headless(planned)) {
    const tokens = size.of(compacted(messages, { ...each, head: null })) + headTokens;
    if (tokens <= budget.trigger * worthIt) return each;
    if (tokens <= budget.limit) fits ??= each;
  }
  return fits;
}

/** From the one that keeps most to the one that keeps least. */
function* headless(planned: Planned): Generator<Headless> {
  const { messages, telling } = planned;
  const last = messages.at(-1);
  for (const start of new Set([newestFrom(planned), latestStart(messages)])) {
    const upto_pos = messages[start - 1]?.pos ?? 0;
    if (upto_pos <= telling.upto_pos || !last) continue;
    yield { upto_pos, cut_pos: 0, cut_bytes: 0 };
    for (const cut_bytes of cuts) yield { upto_pos, cut_pos: last.pos, cut_bytes };
  }
}

/** Where the newest messages begin that come to `keep` at most; the last of them are kept whatever they come to. */
function newestFrom({ messages, size, keep }: Planned): number {
  let from = messages.length;
  let tokens = 0;
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index]!;
    tokens += size.ofOne(message);
    if (tokens > keep && from < messages.length) break;
    // Results never stand without the calls before them.
    if (message.role !== 'tool') from = index;
  }
  return from;
}

/** Where nothing is kept but what a person said last, if nobody has acted on it yet. */
function latestStart(messages: readonly Message[]): number {
  return messages.at(-1)?.role === 'user' ? messages.length - 1 : messages.length;
}
