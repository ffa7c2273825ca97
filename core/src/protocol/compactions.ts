/**
 * How the older part of a conversation is told to a model from some moment on. The messages themselves stay as they
 * are: what was taken out of the model's sight is in nobody else's way.
 */
export interface CompactionResource {
  id: string;
  turn_id: string;
  /** The window was nearly full, a provider refused a request as too long, or a person asked for it. */
  cause: 'window' | 'too_long' | 'manual';
  /**
   * `cut`: only long outputs of tools were shortened. `summary`: a model summed the older messages up. `drop`: nobody
   * could sum them up, so they are left out, but for what is quoted.
   */
  method: 'cut' | 'summary' | 'drop';
  /** The last message that `head` stands for; 0: none. */
  upto_pos: number;
  /** What the model reads in place of the messages up to `upto_pos`. */
  head: string | null;
  /** Results of tools in messages up to this one are told with `cut_bytes` each at most; 0: none. */
  cut_pos: number;
  cut_bytes: number;
  /** Who summed up. */
  provider: string | null;
  model: string | null;
  /** What a person wanted to see in the summary. */
  instructions: string | null;
  messages_before: number;
  messages_after: number;
  /** Estimates of the whole request. */
  tokens_before: number;
  tokens_after: number;
  created_at: string;
  reverted_at: string | null;
}

/** The part of a compaction that an event tells. */
export type CompactionTold = Pick<
  CompactionResource,
  'turn_id' | 'cause' | 'method' | 'upto_pos' | 'messages_before' | 'messages_after' | 'tokens_before' | 'tokens_after'
> & { compaction_id: string };
