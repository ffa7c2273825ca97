import type { NewSessionBody, SessionPatchBody } from '../protocol/api.js';
import type { Message } from '../protocol/messages.js';
import type {
  CallResource,
  CredentialResource,
  DirectoryListing,
  List,
  ModelResource,
  PluginResource,
  ProviderResource,
  QueuedMessage,
  Session,
  SessionStatus,
  ToolResource,
} from '../protocol/resources.js';
import { RestClient } from './rest-client.js';

/** What the server checks is what a client may send: the types come from the schemas and bring nothing else along. */
export type NewSession = NewSessionBody;
export type SessionPatch = SessionPatchBody;

export interface NewMessage {
  /** Chosen by the client; the same key again gives the same message and no second turn. */
  client_key: string;
  text: string;
  mode?: 'queue' | 'steer';
}

export interface Accepted {
  message_id: string;
  turn_id: string | null;
  /** It waits for the running turn; `message_id` is kept when its time comes. */
  queued: boolean;
}

export interface NewCredential {
  provider: string;
  /** Id of the auth method, as `GET /providers` names it. */
  method: string;
  label?: string;
  /** What the method asks for, such as `{ api_key: "..." }`. Written, never read back. */
  fields: Record<string, string>;
}

export interface ComposerDraft {
  text: string;
  attachments: unknown[];
}

export interface Health {
  version: string;
  database: 'ok' | 'down';
  redis: 'ok' | 'down' | 'none';
  jobs: string;
  plugins: PluginResource[];
}

export interface TokenResource {
  id: string;
  name: string;
  kind: 'machine' | 'browser' | 'api';
  created_at: string;
  last_used_at: string | null;
}

/**
 * Every route of the REST contract, typed. Failures are `RestError`; a signal that was aborted
 * rejects with its own reason.
 */
export class MaestroRest extends RestClient {
  sessions(query: { limit?: number; cursor?: string; q?: string; status?: SessionStatus } = {}) {
    return this.json<List<Session>>('GET', '/sessions', { query });
  }
  createSession(body: NewSession) {
    return this.json<Session>('POST', '/sessions', { body });
  }
  session(id: string) {
    return this.json<Session>('GET', at('/sessions', id));
  }
  patchSession(id: string, body: SessionPatch) {
    return this.json<Session>('PATCH', at('/sessions', id), { body });
  }
  deleteSession(id: string) {
    return this.json<void>('DELETE', at('/sessions', id));
  }

  /** Newest page first, oldest first inside; `before` is the `pos` to go back from. */
  messages(id: string, query: { limit?: number; before?: number } = {}) {
    return this.json<List<Message>>('GET', at('/sessions', id, 'messages'), { query });
  }
  send(id: string, body: NewMessage) {
    return this.json<Accepted>('POST', at('/sessions', id, 'messages'), { body });
  }
  stop(id: string) {
    return this.json<void>('POST', at('/sessions', id, 'stop'), { body: {} });
  }
  retry(id: string) {
    return this.json<void>('POST', at('/sessions', id, 'retry'), { body: {} });
  }
  /** Starts a new conversation; the old one stays in the database. */
  newConversation(id: string) {
    return this.json<Session>('POST', at('/sessions', id, 'conversations'), { body: {} });
  }

  queue(id: string) {
    return this.json<List<QueuedMessage>>('GET', at('/sessions', id, 'queue'));
  }
  patchQueued(id: string, messageId: string, body: { text?: string; ord?: number; mode?: 'queue' | 'steer' }) {
    return this.json<unknown>('PATCH', at('/sessions', id, 'queue', messageId), { body });
  }
  removeQueued(id: string, messageId: string) {
    return this.json<void>('DELETE', at('/sessions', id, 'queue', messageId));
  }
  composer(id: string) {
    return this.json<ComposerDraft>('GET', at('/sessions', id, 'composer'));
  }
  putComposer(id: string, body: ComposerDraft) {
    return this.json<unknown>('PUT', at('/sessions', id, 'composer'), { body });
  }

  calls(id: string) {
    return this.json<List<CallResource>>('GET', at('/sessions', id, 'calls'));
  }
  call(id: string) {
    return this.json<CallResource>('GET', at('/calls', id));
  }
  callRequest(id: string) {
    return this.bytes(at('/calls', id, 'request'));
  }
  callResponse(id: string) {
    return this.bytes(at('/calls', id, 'response'));
  }

  tools() {
    return this.json<List<ToolResource>>('GET', '/tools');
  }
  setTool(name: string, is_enabled: boolean) {
    return this.json<ToolResource>('PATCH', at('/tools', name), { body: { is_enabled } });
  }
  providers() {
    return this.json<List<ProviderResource>>('GET', '/providers');
  }
  models(provider: string, query: { refresh?: boolean } = {}) {
    return this.json<List<ModelResource>>('GET', at('/providers', provider, 'models'), { query });
  }
  plugins() {
    return this.json<List<PluginResource>>('GET', '/plugins');
  }
  credentials() {
    return this.json<List<CredentialResource>>('GET', '/credentials');
  }
  createCredential(body: NewCredential) {
    return this.json<CredentialResource>('POST', '/credentials', { body });
  }
  deleteCredential(id: string) {
    return this.json<void>('DELETE', at('/credentials', id));
  }
  directories(path?: string, hidden = false) {
    return this.json<DirectoryListing>('GET', '/directories', { query: { path, hidden } });
  }
  health() {
    return this.json<Health>('GET', '/health');
  }

  tokens() {
    return this.json<List<TokenResource>>('GET', '/tokens');
  }
  /** The token itself is given this once. */
  createToken(name: string) {
    return this.json<{ id: string; name: string; kind: 'api'; token: string }>('POST', '/tokens', { body: { name } });
  }
  revokeToken(id: string) {
    return this.json<void>('DELETE', at('/tokens', id));
  }
  /** A one-time sign-in code for a browser; it lives for 60 s. */
  createCode() {
    return this.json<{ code: string }>('POST', '/auth/codes', { body: {} });
  }
  /** In a browser: turns the code into this browser's token. */
  exchangeCode(code: string) {
    return this.json<{ token: string }>('POST', '/auth/exchange', { body: { code } });
  }
  socketTicket() {
    return this.json<{ ticket: string }>('POST', '/socket-tickets', { body: {} });
  }
}

/** A path of encoded segments. */
function at(...segments: string[]): string {
  return segments.map((segment, index) => (index === 0 ? segment : `/${encodeURIComponent(segment)}`)).join('');
}
