import type { CompactionResource } from './compactions.js';

/** What the next request of a session would hold, by cause. All counts of tokens are estimates of ours. */
export interface ContextReport {
  session_id: string;
  conversation_id: string;
  provider: string;
  model: string;
  /** Sum of `system`, `tools`, `history` and `attachments`. */
  total_tokens: number;
  /** Null where nobody knows it. */
  window_tokens: number | null;
  /** `total_tokens` by `window_tokens`; null where the window is not known. */
  share: number | null;
  /** What the last call came to, its reply included, as the provider counted; null before the first. */
  reported_tokens: number | null;
  system: { tokens: number; layers: PromptLayer[]; left_out: LeftOut[] };
  tools: {
    /** Of those that are offered. */
    tokens: number;
    offered: ToolTokens[];
    /** Found by a search first; they cost nothing until then. */
    deferred: ToolTokens[];
    by_server: ServerTokens[];
  };
  history: {
    tokens: number;
    /** Messages that are told as they are. */
    by_role: { role: 'user' | 'assistant' | 'tool'; messages: number; tokens: number }[];
    /** The compaction that counts; null: the conversation is told in full. */
    summary: SummaryTokens | null;
  };
  attachments: { tokens: number; items: AttachmentTokens[] };
}

/** Where a piece of the prompt comes from. `user`: the person, for all sessions; `project`: the working directory. */
export type PromptCause = 'platform' | 'template' | 'session' | 'user' | 'memory' | 'project';

/** One piece of the prompt. All texts, with an empty line between them, are the prompt. */
export interface PromptLayer {
  cause: PromptCause;
  title: string;
  /** The file, or the name of the template; null for what the platform and the session say. */
  source: string | null;
  text: string;
  tokens: number;
}

/** A file that would belong to the prompt, and why it does not. */
export interface LeftOut {
  source: string;
  reason: string;
}

export interface ToolTokens {
  name: string;
  /** The MCP server it belongs to. */
  server: string | null;
  /** What its name, description and schema cost in each request. */
  tokens: number;
}

export interface ServerTokens {
  server: string;
  offered: number;
  /** Of its tools that are offered. */
  tokens: number;
  deferred: number;
  /** What the deferred ones would cost. */
  deferred_tokens: number;
}

export interface SummaryTokens extends Pick<CompactionResource, 'method' | 'upto_pos'> {
  compaction_id: string;
  /** Of what stands for the messages up to `upto_pos`. */
  tokens: number;
}

export interface AttachmentTokens {
  role: 'user' | 'assistant' | 'tool';
  type: 'image' | 'file';
  name: string | null;
  media_type: string;
  blob: string;
  tokens: number;
}
