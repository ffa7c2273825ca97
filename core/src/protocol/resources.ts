import type { ApprovalPolicy } from './approvals.js';
import type { MediaLimits } from './media-limits.js';
import type { Attachment, Message, Role } from './messages.js';

/** What REST gives, besides messages: names and shapes fixed by the outside contract. */

export type SessionStatus =
  | 'idle'
  | 'thinking'
  | 'streaming'
  | 'tool'
  | 'approval'
  | 'queued'
  | 'error'
  | 'interrupted';

/** How hard a model is to think, where it can be told. */
export type Effort = 'low' | 'medium' | 'high';

/** What a session does when its provider is at a limit: wait, or go on with the next of the configured chain. */
export type OnLimit = 'wait' | 'switch';

/** Tokens of one call, one message or a sum. Null: the provider said nothing and nothing could be estimated. */
export interface Usage {
  /** All tokens read, those of the cache included. */
  request_tokens: number | null;
  /** All tokens written, those of thinking included. */
  response_tokens: number | null;
  /** Read from the provider's cache; a part of `request_tokens`. */
  cached_tokens: number | null;
  /** Written to the provider's cache; a part of `request_tokens`. */
  cache_write_tokens: number | null;
  /** Spent on thinking; a part of `response_tokens`. */
  reasoning_tokens: number | null;
  /** Decimal string in USD; null where the price is not known. */
  total_cost_usd: string | null;
  /** Whether a count is ours and not the provider's. */
  estimated: boolean;
}

export interface Totals {
  request_tokens: number;
  response_tokens: number;
  cached_tokens: number;
  reasoning_tokens: number;
  /** Of the calls whose price is known; null while there is none. */
  total_cost_usd: string | null;
  /** Calls that used tokens of an unknown price; they are missing in the cost. */
  unpriced_calls: number;
  estimated: boolean;
}

export interface Session {
  session_id: string;
  /** The conversation that is current now; a new one sends `reset` to those who follow. */
  conversation_id: string;
  agent_name: string;
  role: string | null;
  title: string | null;
  provider: string;
  model: string;
  auth_type: 'api_key' | 'oauth' | null;
  credential_id: string | null;
  working_directory: string;
  system_prompt: string;
  status: SessionStatus;
  parent_session_id: string | null;
  /** The call of the parent that this session answers, as the parent's messages name it. */
  parent_call_id: string | null;
  /** The session whose history this one began with. */
  forked_from: string | null;
  /** 0 for a session of a person; one more than its parent's for a sub-agent's. */
  depth: number;
  template: string | null;
  /** Switches that differ from the global ones: name -> on. */
  tools: Record<string, boolean>;
  mcps: Record<string, boolean>;
  /** Null: as the provider does it by itself. */
  effort: Effort | null;
  /** Null: as the configuration says. */
  on_limit: OnLimit | null;
  /** Null: as the configuration says. */
  approval: ApprovalPolicy | null;
  totals: Totals;
  context: { used_tokens: number | null; window_tokens: number | null };
  /** First words of the newest message, for a card. */
  preview: string | null;
  last_activity_at: string;
  created_at: string;
  updated_at: string;
}

/** `last_pos`: where the newest message of the conversation stands, 0 where there is none. */
export interface MessagePage extends List<Message> {
  last_pos: number;
}

/** Where words were found: in what names a session, or in a message of its current conversation. */
export interface SearchHit {
  session_id: string;
  agent_name: string;
  title: string | null;
  message_id: string | null;
  pos: number | null;
  role: Role | null;
  /** The words with some of what stands around them, on one line. */
  excerpt: string;
  at: string;
}

/** Sums over calls: of a session and its agents as a whole, by what they were made for, by who answered. */
export interface SessionUsage {
  totals: CallSums;
  /** By what the calls were made for, most tokens first; `sub_agent` is all that its agents used. */
  by_activity: (CallSums & { activity: string })[];
  /** By who answered, most tokens first. */
  by_model: (CallSums & { provider: string; model: string })[];
}

export interface CallSums extends Totals {
  /** Calls that used tokens. */
  calls: number;
  cache_write_tokens: number;
}

export interface QueuedMessage {
  id: string;
  client_key: string;
  ord: number;
  mode: 'queue' | 'steer';
  text: string;
  attachments: Attachment[];
  /** What its turn may cost at most, as a decimal string in USD. */
  max_usd?: string | null;
  created_at: string;
}

export interface ProviderResource {
  id: string;
  label: string;
  /** Auth methods it accepts, best first; empty: needs none. */
  auth: AuthMethodResource[];
  /** Whether a saved or environment credential exists, or none is needed. */
  ready: boolean;
  plugin: string;
  /** What it takes of images and files; null where it does not say. */
  media: MediaLimits | null;
}

/** A way to sign in, and what it asks for. */
export interface AuthMethodResource {
  id: string;
  kind: 'api_key' | 'oauth';
  label: string;
  env: string[];
  fields: { name: string; label: string; hint: string | null; secret: boolean }[];
  /** Ways an OAuth method can go, best first; empty for a key. */
  ways: SignInWay[];
  /** The setting that is missing before this method works; null: none. */
  missing: string | null;
  /** What a person should know before using it; null: nothing. */
  warning: string | null;
}

/** `browser`: a listener of ours takes the answer; `code`: the person pastes it; `device`: the person types ours there. */
export type SignInWay = 'browser' | 'code' | 'device';

/** A sign-in on its way. */
export interface SignInFlow {
  flow_id: string;
  provider: string;
  method: string;
  way: SignInWay;
  state: 'pending' | 'done' | 'failed' | 'cancelled' | 'expired';
  /** To open in a browser; null for a key. */
  authorize_url: string | null;
  /** To type at `authorize_url`; with the way `device` alone. */
  user_code: string | null;
  expires_at: string;
  /** Why it failed. */
  error: { code: string; message: string } | null;
  /** What came of it. */
  credential: CredentialResource | null;
  /** What the provider told about the account. */
  note?: string;
}

export interface ModelResource {
  id: string;
  label: string;
  context_tokens: number | null;
  output_tokens: number | null;
  capabilities: ModelCapabilities;
  /** USD for a million tokens, as decimal strings; null where unknown. */
  price: ModelPrice | null;
}

/** Null: not known. */
export interface ModelCapabilities {
  images: boolean | null;
  files: boolean | null;
  thinking: boolean | null;
  tools: boolean | null;
}

export interface ModelPrice {
  input: string;
  output: string;
  cached_input: string | null;
  cache_write: string | null;
  /** Where it comes from. */
  source: string;
}

export interface ToolResource {
  name: string;
  title: string;
  description: string;
  parameters: unknown;
  effects: 'read' | 'write' | 'exec' | 'net';
  is_enabled: boolean;
  /** Whether a loaded plugin provides it now. */
  available: boolean;
  /** Who provides it now; null while nobody does. */
  plugin: string | null;
  /** Name of the MCP server it comes from; null: it comes from none. */
  server: string | null;
}

/** How often a tool was called, and how that went. */
export interface ToolUseResource {
  name: string;
  calls: number;
  failed: number;
  /** Of those that ended; null where none did. */
  median_ms: number | null;
}

export interface PluginResource {
  name: string;
  version: string | null;
  state: 'active' | 'off' | 'failed';
  /** Why it is not active, and what to do. */
  reason: string | null;
  contributes: { providers: string[]; tools: string[]; auth: string[]; panels: string[] };
}

/** A reusable agent: whoever saved it, its file or this package. */
export interface TemplateResource {
  id: string;
  name: string;
  role: string | null;
  /** When to call it: what a model reads of it. */
  description: string;
  system_prompt: string;
  preferred_provider: string | null;
  preferred_model: string | null;
  /** Empty: all that are switched on. */
  tools: string[];
  mcps: string[];
  source: 'shipped' | 'user' | 'file' | 'imported';
  /** Where it is a file; what is edited there counts. */
  path: string | null;
  /** Sessions that were made from it. */
  runs: number;
  created_at: string;
  updated_at: string;
}

/** How to reach an MCP server; secrets are written, never read. */
export interface McpServerResource {
  id: string;
  name: string;
  description: string;
  transport: 'stdio' | 'http' | 'sse';
  url: string | null;
  command: string | null;
  args: string[];
  working_directory: string | null;
  /** Names only. */
  env: string[];
  headers: string[];
  is_enabled: boolean;
  settings: McpServerSettings;
  /** How its connection is now; null while nothing provides connections. */
  status: McpServerStatus | null;
  created_at: string;
  updated_at: string;
}

/** One tool as a server offers it. */
export interface McpServerTool {
  /** As the server calls it. */
  name: string;
  /** As models call it; null where it is hidden from them. */
  tool: string | null;
  title: string;
  description: string;
  parameters: unknown;
  effects: 'read' | 'exec';
  /** What was changed before it was offered, and why; null: nothing. */
  notice: string | null;
}

export interface McpServerSettings {
  /** Its word that a tool only reads is taken: such tools run beside others and again after a crash. */
  trust_read_only?: boolean;
  /** What is done when it wants a model's answer. */
  sampling?: 'ask' | 'allow' | 'deny';
  /** Tools of it that are not registered. */
  hidden_tools?: string[];
  /** Milliseconds one call may take. */
  timeout_ms?: number;
}

export interface McpServerStatus {
  state: 'connected' | 'connecting' | 'waiting' | 'failed' | 'needs_login' | 'off';
  /** Why it is not connected. */
  reason: string | null;
  /** When the next attempt is made. */
  next_attempt_at: string | null;
  server: { name: string; version: string; protocol: string } | null;
  /** When it came to be as it is now. */
  since: string;
  /** How long connecting took; null while it is not connected. */
  connect_ms: number | null;
  /** Those that are registered. */
  tools: number;
  /** Those that it has, also what is hidden from models. */
  offered_tools: number;
  resources: number;
  prompts: number;
  /** Tokens that the schemas of its tools cost in each request, by our estimate. */
  schema_tokens: number | null;
}

/** How an attempt to connect went, with nothing saved. */
export interface McpTrial {
  status: McpServerStatus;
  tools: McpServerTool[];
}

/** What a configuration file of another program holds, and what became of it. */
export interface McpImport {
  items: {
    name: string;
    transport: McpServerResource['transport'];
    where: string;
    state: 'new' | 'exists' | 'added';
  }[];
}

/** A saved key or sign-in; secrets are written, never read. */
export interface CredentialResource {
  id: string;
  provider: string;
  auth_type: 'api_key' | 'oauth';
  label: string;
  /** `env`: lives in this process's environment only and cannot be deleted here. */
  source: 'saved' | 'env';
  /** Id of the auth method it was made with. */
  method: string;
  /** Whom it belongs to, as the provider names them. */
  account: string | null;
  expires_at: string | null;
  /** When a sign-in is refreshed by itself. */
  next_refresh_at: string | null;
  /** When a real call with it went well. */
  last_success_at: string | null;
  /** Why the last one did not, until one does. */
  failure: CredentialFailure | null;
  state: 'ready' | 'corrupt' | 'needs_login';
  created_at: string | null;
}

/** The master keys, never their values. */
export interface KeyStatusResource {
  /** Id of the one that seals. */
  current: string;
  source: 'file' | 'environment';
  keys: { kid: string; created_at: string | null; credentials: number }[];
  /** Credentials that open with none of them. */
  unreadable: string[];
}

export interface CredentialFailure {
  code: string;
  message: string;
  at: string;
  /** When the provider lets one try again, where it said so. */
  retry_at?: string;
}

export interface CallResource extends Usage {
  id: string;
  conversation_id: string;
  turn_id: string;
  /** Counts the calls of its conversation from 1. */
  ord: number;
  attempt: number;
  state: 'sent' | 'done' | 'interrupted' | 'failed';
  provider: string;
  model: string;
  method: string;
  url: string;
  /** In the order sent; secrets as `<redacted:kind:1a2b>`. */
  request_headers: [name: string, value: string][];
  request_bytes: number;
  request_sha256: string;
  response_status: number | null;
  response_headers: [name: string, value: string][] | null;
  response_bytes: number | null;
  provider_request_id: string | null;
  credential_id: string | null;
  /** What it was made for, as in `conversation`. */
  activity: string;
  price_source: string | null;
  /** Id of the wire profile it was shaped after; null in records of older versions. */
  profile: string | null;
  error: { code: string; message: string } | null;
  started_at: string;
  first_byte_at: string | null;
  ended_at: string | null;
  /** Null while it runs, where the process ended in the middle, and in records of older versions. */
  timing: CallTiming | null;
  /** How the names of its headers and their order compare with its reference; null where it has none. */
  reference?: HeaderReference | null;
}

/** When the steps of a call happened, in milliseconds after the request was handed to the wire; null: they did not. */
export interface CallTiming {
  /** How long it waited for its turn before that. */
  queued: number;
  /** It had a connection, new or used before, and the request went out. */
  connected: number | null;
  /** The head of the answer was complete. */
  head: number | null;
  first_byte: number | null;
  last_byte: number | null;
  /** So many bytes of the answer's body were there at that time. Of a long answer not every piece; lists leave it out. */
  arrivals?: [bytes: number, ms: number][];
}

export interface HeaderReference {
  app: string;
  version: string;
  profile: string;
  /** Headers sent at the place and in the casing of the reference. */
  matching: number;
  /** Names the reference has that had no value here. */
  left_out: string[];
  /** Names sent that the reference has not, or has at another place. */
  unexpected: string[];
}

/** A copy of a call for a shell. It holds no secret: each stands as a variable that is to be set before. */
export interface CallCommand {
  command: string;
  variables: string[];
  /** Where the body is too long or too strange to be pasted: the file that the command reads it from. */
  body_file: string | null;
}

/** How often a session called a tool. */
export interface ToolUses {
  name: string;
  calls: number;
  failed: number;
  last_at: string;
}

export interface DirectoryListing {
  path: string;
  parent: string | null;
  home: string;
  entries: { name: string; path: string }[];
}

/** A path below the working directory of a session. */
export interface FoundFile {
  path: string;
  kind: 'file' | 'directory';
}

/** Best first. */
export interface FoundFiles extends List<FoundFile> {
  /** False: the directory holds more than was looked through by now; ask again. */
  is_complete: boolean;
}

export interface List<T> {
  items: T[];
  next: string | null;
}

export interface ErrorBody {
  error: { code: string; message: string; correlation_id: string };
}
