import type { TSchema } from 'typebox';
import type { Part, Role } from '../protocol/messages.js';
import type { Secret } from '../secret.js';
import type { PreparedRequest, ProviderResponse } from '../wire/exchange.js';

export type { PreparedRequest, ProviderResponse } from '../wire/exchange.js';

/** A source of model replies. Registered with `ctx.providers.add`, looked up late by id. */
export interface Provider {
  readonly id: string;
  readonly label: string;
  /** Ids of the auth methods it accepts, best first. Empty: it needs none. */
  readonly auth: readonly string[];
  /**
   * Models it offers now. Must not throw for want of a network or a credential: give the built-in list instead.
   * `refresh` asks the server anew; `credential` is the one to ask with, where the caller has one.
   */
  models(options: { signal: AbortSignal; refresh: boolean; credential?: Credential | undefined }): Promise<Model[]>;
  /**
   * One reply. Ends with a `done` event or throws ProviderError; nothing else escapes.
   * It reaches its server through `request.send` alone, at most once a call of `stream`.
   * Complete only on the provider's own terminal event: an end of the body without it
   * throws `ProviderError('interrupted')`.
   */
  stream(request: ModelRequest): AsyncIterable<ModelEvent>;
}

export interface Model {
  id: string;
  label: string;
  /** Window size in tokens; null where it is not known. */
  contextTokens: number | null;
}

/** A message as a provider sees it: complete and well formed, calls paired with results. */
export interface ModelMessage {
  role: Exclude<Role, 'system'>;
  parts: readonly Part[];
  /** Who produced it; thinking goes back to the same provider and model only. */
  provider: string | null;
  model: string | null;
}

export interface ToolDescription {
  name: string;
  description: string;
  parameters: TSchema;
}

export interface ModelRequest {
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolDescription[];
  /** Undefined for a provider that needs none. */
  readonly credential: Credential | undefined;
  readonly sessionId: string;
  readonly workingDirectory: string;
  readonly signal: AbortSignal;
  /**
   * Commits the call with its exact bytes, then writes the socket and keeps the raw answer.
   * One call per attempt. Network failures are thrown as ProviderError('network').
   */
  send(prepared: PreparedRequest): Promise<ProviderResponse>;
  /** Tells the person something about this turn, once per `code`: a fallback taken, content dropped. */
  notice(code: string, text: string): void;
}

export interface Credential {
  /** Row id, or `env` for one from the environment. */
  id: string;
  provider: string;
  method: string;
  kind: 'api_key' | 'oauth';
  /** The secret fields by name, such as `api_key`. */
  secrets: Readonly<Record<string, Secret>>;
}

/**
 * What a reply consists of. `start` opens a part, `delta` appends to the part opened last
 * (for a tool call: JSON text of the arguments), `done` ends the reply.
 */
export type ModelEvent =
  | { type: 'start'; part: 'text' }
  | { type: 'start'; part: 'thinking'; redacted?: string }
  | { type: 'start'; part: 'tool_call'; id: string; name: string }
  | { type: 'delta'; text: string }
  /** Signs the thinking part opened last. */
  | { type: 'signature'; signature: string }
  /** May come more than once; the last one counts. */
  | { type: 'usage'; usage: TokenUsage }
  | { type: 'done'; reason: StopReason };

export type StopReason = 'stop' | 'tools' | 'length' | 'refused';

export interface TokenUsage {
  /** All tokens read, cached ones included. */
  requestTokens: number;
  responseTokens: number;
  cachedTokens?: number;
}
