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
  template: string | null;
  /** Switches that differ from the global ones: name -> on. */
  tools: Record<string, boolean>;
  mcps: Record<string, boolean>;
  totals: { request_tokens: number; response_tokens: number; total_cost_usd: string | null };
  context: { used_tokens: number | null; window_tokens: number | null };
  /** First words of the newest message, for a card. */
  preview: string | null;
  last_activity_at: string;
  created_at: string;
  updated_at: string;
}

export interface QueuedMessage {
  id: string;
  client_key: string;
  ord: number;
  mode: 'queue' | 'steer';
  text: string;
  created_at: string;
}

export interface ProviderResource {
  id: string;
  label: string;
  /** Auth methods it accepts, best first; empty: needs none. */
  auth: { id: string; kind: 'api_key' | 'oauth'; label: string; env: string[] }[];
  /** Whether a saved or environment credential exists, or none is needed. */
  ready: boolean;
  plugin: string;
}

export interface ModelResource {
  id: string;
  label: string;
  context_tokens: number | null;
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
}

export interface PluginResource {
  name: string;
  version: string | null;
  state: 'active' | 'off' | 'failed';
  /** Why it is not active, and what to do. */
  reason: string | null;
  contributes: { providers: string[]; tools: string[]; auth: string[]; panels: string[] };
}

/** A saved key or sign-in; secrets are written, never read. */
export interface CredentialResource {
  id: string;
  provider: string;
  auth_type: 'api_key' | 'oauth';
  label: string;
  /** `env`: lives in this process's environment only and cannot be deleted here. */
  source: 'saved' | 'env';
  expires_at: string | null;
  state: 'ready' | 'corrupt' | 'needs_login';
  created_at: string | null;
}

export interface CallResource {
  id: string;
  conversation_id: string;
  turn_id: string;
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
  error: { code: string; message: string } | null;
  started_at: string;
  first_byte_at: string | null;
  ended_at: string | null;
}

export interface DirectoryListing {
  path: string;
  parent: string | null;
  home: string;
  entries: { name: string; path: string }[];
}

export interface List<T> {
  items: T[];
  next: string | null;
}

export interface ErrorBody {
  error: { code: string; message: string; correlation_id: string };
}
