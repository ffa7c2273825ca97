/**
 * A message and its parts, as they are stored, sent over the wire and drawn.
 * Rows are wire objects: what REST and the socket give is what the tables hold.
 */

/** Version of the part and event shapes; a reader refuses what it does not know. */
export const SHAPE_VERSION = 1;

export type Role = 'system' | 'user' | 'assistant' | 'tool';
export type MessageStatus = 'complete' | 'interrupted' | 'error';

export interface TextPart {
  v: 1;
  type: 'text';
  text: string;
}
export interface ThinkingPart {
  v: 1;
  type: 'thinking';
  text: string;
  /** Opaque proof of the provider that produced it; sent back to that provider and model only. */
  signature?: string;
  /** The provider hid the text and gave this opaque block instead. */
  redacted?: string;
}
export interface ToolCallPart {
  v: 1;
  type: 'tool_call';
  /** The provider's id of the call: pairs it with its result. */
  id: string;
  name: string;
  /** Parsed JSON; `{ "$invalid": "<raw text>" }` when the model's text was no JSON object. */
  args: unknown;
}
/** How a tool ended. `unknown`: the server stopped while it ran. `skipped`: never started. */
export type ToolOutcome = 'succeeded' | 'failed' | 'cancelled' | 'unknown' | 'skipped';
export interface ToolResultPart {
  v: 1;
  type: 'tool_result';
  /** Id of the tool_call part it answers. */
  call_id: string;
  name: string;
  is_error: boolean;
  outcome: ToolOutcome;
  content: ContentPart[];
  duration_ms: number | null;
}
export interface ImagePart {
  v: 1;
  type: 'image';
  name?: string;
  media_type: string;
  /** SHA-256 of the bytes in `blobs`, hex. */
  blob: string;
  /** How many there are. */
  bytes?: number;
}
export interface FilePart {
  v: 1;
  type: 'file';
  name: string;
  media_type: string;
  /** SHA-256 of the bytes in `blobs`, hex. */
  blob: string;
  bytes?: number;
}
/** What a person sends along with a message; the bytes are put into `blobs` first. */
export type Attachment = ImagePart | FilePart;

export interface DiffHunk {
  old_start: number;
  new_start: number;
  /** Each line begins with ' ', '+' or '-'. */
  lines: string[];
}
export interface DiffPart {
  v: 1;
  type: 'diff';
  /** As the model named it, relative to the working directory where possible. */
  path: string;
  hunks: DiffHunk[];
}
export interface TerminalPart {
  v: 1;
  type: 'terminal';
  /** `ansi`: the text with the colours it was written in, for people, where it had any. */
  chunks: { stream: 'stdout' | 'stderr'; text: string; ansi?: string }[];
  exit_code: number | null;
}
/** What a tool may give back. */
export type ContentPart = TextPart | ImagePart | FilePart | DiffPart | TerminalPart;
export type Part = TextPart | ThinkingPart | ToolCallPart | ToolResultPart | ImagePart | FilePart;

export interface Message {
  id: string;
  conversation_id: string;
  /** Place in the conversation, from 1, without gaps. */
  pos: number;
  role: Role;
  status: MessageStatus;
  parts: Part[];
  provider: string | null;
  model: string | null;
  turn_id: string | null;
  call_id: string | null;
  latency_ms: number | null;
  request_tokens: number | null;
  response_tokens: number | null;
  /** Parts of `request_tokens`. */
  cached_tokens: number | null;
  cache_write_tokens: number | null;
  /** A part of `response_tokens`. */
  reasoning_tokens: number | null;
  /** Decimal string in USD; null where the price is not known. */
  total_cost_usd: string | null;
  estimated: boolean;
  /** Reference to the exact request (RequestReference) or null. */
  raw_request: unknown;
  raw_response: unknown;
  client_key: string | null;
  created_at: string;
}

export function text(value: string): TextPart {
  return { v: SHAPE_VERSION, type: 'text', text: value };
}

/** All text parts of a message, joined as a reader sees them. */
export function textOf(parts: readonly (Part | ContentPart)[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
