import type { ModelChoice } from '../store/step.js';

/** When and how conversations are compacted, as the configuration says. */
export interface CompactionSettings {
  /** Whether it is done without being asked for. */
  auto: boolean;
  /** The share of the window, from 0 to 1, that a request may fill before the conversation is compacted. */
  at: number;
  /** The share of the window that the newest messages may fill after it. */
  keep: number;
  /** Who sums up; null: whoever answers the session. */
  model: ModelChoice | null;
  /** Tokens of a window that nobody knows. */
  unknownWindow: number;
  /** Tokens kept free for the reply where nobody knows how long it may be. */
  replyTokens: number;
}

export const COMPACTION: Readonly<CompactionSettings> = {
  auto: true,
  at: 0.8,
  keep: 0.3,
  model: null,
  unknownWindow: 128_000,
  replyTokens: 8_192,
};

/** What is known of a model's sizes in tokens; null where nobody knows. */
export interface ModelSizes {
  contextTokens: number | null;
  outputTokens: number | null;
}

/** How many tokens a request may have. */
export interface Budget {
  window: number;
  /** False where the window is an assumption. */
  isKnown: boolean;
  /** What is more leaves no room for the reply. */
  limit: number;
  /** What is more is compacted. */
  trigger: number;
  /** What the newest messages may come to after a compaction. */
  keep: number;
  /** What a summary may come to, and what stands around it. */
  summary: number;
}

/** Half of the window is never kept free for a reply: a model that may write that much seldom does. */
const mostReserved = 0.5;
const leastSummary = 256;
const mostSummary = 8_192;

export function budgetOf({ contextTokens, outputTokens }: ModelSizes, settings: CompactionSettings): Budget {
  const window = contextTokens ?? settings.unknownWindow;
  const reserved = Math.min(outputTokens ?? settings.replyTokens, window * mostReserved);
  const limit = Math.floor(window - reserved);
  const trigger = Math.floor(Math.min(limit, settings.at * window));
  return { window, isKnown: contextTokens !== null, limit, ...sharesOf(trigger, settings) };
}

/** A budget in which a request that was refused would be far too much. */
export function tighter(budget: Budget, refused: number, settings: CompactionSettings): Budget {
  const share = budget.isKnown ? 0.8 : 0.5;
  const trigger = Math.min(budget.trigger, Math.floor(share * refused));
  return { ...budget, limit: trigger, ...sharesOf(trigger, settings) };
}

function sharesOf(trigger: number, { keep }: CompactionSettings): Pick<Budget, 'trigger' | 'keep' | 'summary'> {
  const summary = Math.floor(Math.min(mostSummary, Math.max(leastSummary, trigger / 12)));
  return { trigger, keep: keep * trigger, summary };
}
