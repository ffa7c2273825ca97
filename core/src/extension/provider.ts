import type { TSchema } from 'typebox';
import type { SendOnce } from '../oauth/oauth.js';
import type { MediaLimits } from '../protocol/media-limits.js';
import type { Part, Role } from '../protocol/messages.js';
import type { Effort, ModelCapabilities } from '../protocol/resources.js';
import type { Secret } from '../secret.js';
import type { PreparedRequest, ProviderResponse } from '../wire/exchange.js';
import type { WireOperation } from './wire-operation.js';

export type { PreparedRequest, ProviderResponse } from '../wire/exchange.js';

/** A source of model replies. Registered with `ctx.providers.add`, looked up late by id. */
export interface Provider {
  readonly id: string;
  readonly label: string;
  /** Ids of the auth methods it accepts, best first. Empty: it needs none. */
  readonly auth: readonly string[];
  /** What its requests take of images and files: they hold nothing else. Without it they hold whatever there is. */
  readonly media?: MediaLimits;
  /**
   * Models it offers now. Must not throw for want of a network or a credential: give the built-in list instead.
   * `refresh` asks the server anew with `credential`, where the caller has one, and throws where the server gives no
   * list: whoever asked keeps the one it had.
   */
  models(options: { signal: AbortSignal; refresh: boolean; credential?: Credential | undefined }): Promise<Model[]>;
  /**
   * One reply. Ends with a `done` event or throws ProviderError; nothing else escapes.
   * It reaches its server through `request.send` alone, at most once a call of `stream`.
   * Complete only on the provider's own terminal event: an end of the body without it
   * throws `ProviderError('interrupted')`.
   */
  stream(request: ModelRequest): AsyncIterable<ModelEvent>;
  /** Whether this model searches the web itself where `request.webSearch` says so, and tells its sources. */
  searchesWeb?(model: string, credential: Credential | undefined): boolean;
  /** Tokens that this request would read, as the provider counts them. One exchange, without generating anything. */
  countTokens?(request: CountRequest): Promise<number>;
  /**
   * Proves a credential with a call that costs nothing, and may say what it learnt, such as a quota.
   * @throws ProviderError as a call with it would
   */
  verify?(credential: Credential, options: { send: SendOnce; signal: AbortSignal }): Promise<{ note?: string }>;
  /** Requests made after reference applications, for `maestro fidelity`. */
  readonly wire?: readonly WireOperation[];
}

export type CountRequest = Omit<ModelRequest, 'send'> & { send: SendOnce };

export interface Model {
  id: string;
  label: string;
  /** Window size in tokens; null where it is not known. */
  contextTokens: number | null;
  /** The longest reply in tokens; null where it is not known. */
  outputTokens?: number | null;
  /** What it can do, as far as the provider says so. */
  capabilities?: Partial<ModelCapabilities>;
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
  /** UUIDs: what belongs together on the provider's side, such as a cache. */
  readonly conversationId: string;
  readonly turnId: string;
  /** Null: as the provider does it by itself. */
  readonly effort: Effort | null;
  /** The longest reply in tokens, where the provider's form of request can say it; null: as the provider does it by itself. */
  readonly maxTokens: number | null;
  /** The model may search the web on its provider's side. */
  readonly webSearch?: boolean;
  readonly workingDirectory: string;
  readonly signal: AbortSignal;
  /**
   * Commits the call with its exact bytes, then writes the socket and keeps the raw answer.
   * One call per attempt. Network failures are thrown as ProviderError('network').
   */
  send(prepared: PreparedRequest): Promise<ProviderResponse>;
  /** The bytes of an image or file part. @throws MaestroError `blob.unknown` */
  blob(sha256: string): Promise<Buffer>;
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
  /** A page that a web search rests on. */
  | { type: 'source'; url: string; title: string }
  /** May come more than once; the last one counts. */
  | { type: 'usage'; usage: TokenUsage }
  | { type: 'done'; reason: StopReason };

export type StopReason = 'stop' | 'tools' | 'length' | 'refused';

export interface TokenUsage {
  /** All tokens read, cached ones included. */
  requestTokens: number;
  /** All tokens written, those of thinking included. */
  responseTokens: number;
  /** Read from the provider's cache; a part of `requestTokens`. */
  cachedTokens?: number;
  /** Written to the provider's cache; a part of `requestTokens`. */
  cacheWriteTokens?: number;
  /** Of those, written to live for an hour, which some providers charge more for. */
  cacheWriteHourTokens?: number;
  /** A part of `responseTokens`. */
  reasoningTokens?: number;
}
