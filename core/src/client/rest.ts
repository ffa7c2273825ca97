/** One method for each route, in the order of the contract: it stays whole so that both can be read side by side. */
import type {
  ApprovalAnswerBody,
  ApprovalRulePatchBody,
  BudgetPatchBody,
  ForkBody,
  ImportTemplateBody,
  McpLoginAnswerBody,
  McpLoginBody,
  McpServerPatchBody,
  NewApprovalRuleBody,
  NewMcpServerBody,
  NewMessageBody,
  NewSessionBody,
  NewTemplateBody,
  PanelActionBody,
  PluginPatchBody,
  SessionPatchBody,
  TemplatePatchBody,
} from '../protocol/api.js';
import type { ApprovalResource, ApprovalRuleResource } from '../protocol/approvals.js';
import type { BudgetResource, BudgetScope } from '../protocol/budgets.js';
import type { ListedSession } from '../protocol/cards.js';
import type { CompactionResource } from '../protocol/compactions.js';
import type { ContextReport } from '../protocol/context.js';
import type { ContentPart } from '../protocol/messages.js';
import type { PanelResource, PanelShown } from '../protocol/panels.js';
import type { PluginDetail, PluginLogLine, PluginSummary } from '../protocol/plugins.js';
import type {
  CallCommand,
  CallResource,
  CredentialResource,
  DirectoryListing,
  FoundFiles,
  KeyStatusResource,
  List,
  McpImport,
  McpServerResource,
  McpServerTool,
  McpTrial,
  MessagePage,
  ModelResource,
  PluginResource,
  ProviderResource,
  QueuedMessage,
  SearchHit,
  Session,
  SessionStatus,
  SessionUsage,
  SignInFlow,
  SignInWay,
  TemplateResource,
  ToolResource,
  ToolUseResource,
  ToolUses,
} from '../protocol/resources.js';
import type { SystemStats } from '../protocol/system.js';
import type { UsageCall, UsageReport } from '../protocol/usage.js';
import type { UsageCallsQuery, UsageQuery } from '../protocol/usage-api.js';
import { RestClient } from './rest-client.js';

/** What the server checks is what a client may send: the types come from the schemas and bring nothing else along. */
export type NewMcpServer = NewMcpServerBody;
export type NewTemplate = NewTemplateBody;
export type McpServerPatch = McpServerPatchBody;
export type NewSession = NewSessionBody;
export type SessionPatch = SessionPatchBody;
/** What was typed into the form of a panel, by field. */
export type PanelInput = NonNullable<PanelActionBody['input']>;
export type { UsageCallsQuery, UsageQuery };

/** `client_key` is chosen by the client; the same key again gives the same message and no second turn. */
export type NewMessage = Omit<NewMessageBody, 'attachments'> & { attachments?: readonly NewAttachment[] };
/** Names bytes that were stored with `putBlob`; what they are is seen by the server. */
export type NewAttachment = NonNullable<NewMessageBody['attachments']>[number];

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
  /** Whether it is proved with a real call first; default true. */
  verify?: boolean;
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
  /** @param query `parent`: those that answer calls of this session, or `all`; else only those of people */
  sessions(query: { limit?: number; cursor?: string; q?: string; status?: SessionStatus; parent?: string } = {}) {
    return this.json<List<ListedSession>>('GET', '/sessions', { query });
  }
  createSession(body: NewSession) {
    return this.json<Session>('POST', '/sessions', { body });
  }
  session(id: string) {
    return this.json<Session>('GET', at('/sessions', id));
  }
  /** Those that answer calls of this one. */
  children(id: string) {
    return this.json<List<Session>>('GET', at('/sessions', id, 'children'));
  }
  /** What it and its agents used. */
  usage(id: string) {
    return this.json<SessionUsage>('GET', at('/sessions', id, 'usage'));
  }
  /** What its next request would hold. */
  context(id: string) {
    return this.json<ContextReport>('GET', at('/sessions', id, 'context'));
  }
  patchSession(id: string, body: SessionPatch) {
    return this.json<Session>('PATCH', at('/sessions', id), { body });
  }
  deleteSession(id: string) {
    return this.json<void>('DELETE', at('/sessions', id));
  }

  /** Oldest first: the newest, or those before, after or around a `pos`; `around` takes the id of a message too. */
  messages(id: string, query: { limit?: number; before?: number; after?: number; around?: number | string } = {}) {
    return this.json<MessagePage>('GET', at('/sessions', id, 'messages'), { query });
  }
  /** Words in sessions and messages, newest first; with `session` only in its conversation. */
  search(query: { q: string; session?: string; limit?: number; cursor?: string }, signal?: AbortSignal) {
    return this.json<List<SearchHit>>('GET', '/search', { query, ...(signal && { signal }) });
  }
  /** A session with the history of this one up to a message; `text` is said in it at once. */
  fork(id: string, body: ForkBody = {}) {
    return this.json<Session>('POST', at('/sessions', id, 'fork'), { body });
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
  /** Begins a turn that sums the conversation up. */
  compact(id: string, instructions: string | null = null) {
    return this.json<{ turn_id: string }>('POST', at('/sessions', id, 'compact'), { body: { instructions } });
  }
  compactions(id: string) {
    return this.json<List<CompactionResource>>('GET', at('/sessions', id, 'compactions'));
  }
  /** Undoes a compaction and all after it. */
  revertCompaction(id: string, compactionId: string) {
    return this.json<void>('POST', at('/sessions', id, 'compactions', compactionId, 'revert'), { body: {} });
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
  putComposer(id: string, body: ComposerDraft & { by?: string }) {
    return this.json<unknown>('PUT', at('/sessions', id, 'composer'), { body });
  }

  /** Files and directories below its working directory, best first. */
  workingFiles(id: string, query: { q?: string; limit?: number } = {}, signal?: AbortSignal) {
    return this.json<FoundFiles>('GET', at('/sessions', id, 'files'), { query, ...(signal && { signal }) });
  }
  /** It and its current conversation, as a file to keep. */
  async exportSession(id: string, format: 'json' | 'markdown') {
    const response = await this.request('GET', at('/sessions', id, 'export'), { query: { format } });
    return { name: fileNameOf(response), bytes: new Uint8Array(await response.arrayBuffer()) };
  }

  /** The newest `limit` before the number `before`, oldest first inside; without a limit all of them. */
  calls(id: string, query: { limit?: number; before?: number } = {}) {
    return this.json<List<CallResource>>('GET', at('/sessions', id, 'calls'), { query });
  }
  call(id: string) {
    return this.json<CallResource>('GET', at('/calls', id));
  }
  callRequest(id: string, signal?: AbortSignal) {
    return this.bytes(at('/calls', id, 'request'), signal);
  }
  callResponse(id: string, signal?: AbortSignal) {
    return this.bytes(at('/calls', id, 'response'), signal);
  }
  /** The request as a command for a shell. */
  callCommand(id: string) {
    return this.json<CallCommand>('GET', at('/calls', id, 'curl'));
  }
  /** How often the session called which tools. */
  toolUses(id: string) {
    return this.json<List<ToolUses>>('GET', at('/sessions', id, 'tools'));
  }

  /** @param sha256 of the bytes, in hex */
  putBlob(sha256: string, bytes: Uint8Array<ArrayBuffer>) {
    return this.json<{ sha256: string; bytes: number; media_type: string }>('PUT', at('/blobs', sha256), { bytes });
  }
  blob(sha256: string, signal?: AbortSignal) {
    return this.bytes(at('/blobs', sha256), signal);
  }

  /** What all sessions used and cost. */
  usageReport(query: UsageQuery = {}, signal?: AbortSignal) {
    return this.json<UsageReport>('GET', '/usage', { query, ...(signal && { signal }) });
  }
  /** The calls that cost most. */
  usageCalls(query: UsageCallsQuery = {}, signal?: AbortSignal) {
    return this.json<List<UsageCall>>('GET', '/usage/calls', { query, ...(signal && { signal }) });
  }

  budgets() {
    return this.json<List<BudgetResource>>('GET', '/budgets');
  }
  createBudget(body: { scope: BudgetScope; session_id?: string | null } & BudgetPatchBody) {
    return this.json<BudgetResource>('POST', '/budgets', { body });
  }
  patchBudget(id: string, body: BudgetPatchBody) {
    return this.json<BudgetResource>('PATCH', at('/budgets', id), { body });
  }
  removeBudget(id: string) {
    return this.json<void>('DELETE', at('/budgets', id));
  }

  approvals(query: { state?: ApprovalResource['state']; session_id?: string; limit?: number } = {}) {
    return this.json<List<ApprovalResource>>('GET', '/approvals', { query });
  }
  /** What the call would change now; empty where its tool cannot tell. */
  approvalPreview(id: string) {
    return this.json<{ content: ContentPart[] }>('GET', at('/approvals', id, 'preview'));
  }
  answerApproval(id: string, body: ApprovalAnswerBody) {
    return this.json<ApprovalResource>('POST', at('/approvals', id), { body });
  }
  approvalRules(query: { session_id?: string } = {}) {
    return this.json<List<ApprovalRuleResource>>('GET', '/approval-rules', { query });
  }
  createApprovalRule(body: NewApprovalRuleBody) {
    return this.json<ApprovalRuleResource>('POST', '/approval-rules', { body });
  }
  patchApprovalRule(id: string, body: ApprovalRulePatchBody) {
    return this.json<ApprovalRuleResource>('PATCH', at('/approval-rules', id), { body });
  }
  removeApprovalRule(id: string) {
    return this.json<void>('DELETE', at('/approval-rules', id));
  }

  tools() {
    return this.json<List<ToolResource>>('GET', '/tools');
  }
  setTool(name: string, is_enabled: boolean) {
    return this.json<ToolResource>('PATCH', at('/tools', name), { body: { is_enabled } });
  }
  /** How often each was called in the last seven days. */
  toolUse() {
    return this.json<List<ToolUseResource>>('GET', '/tools/usage');
  }
  templates() {
    return this.json<List<TemplateResource>>('GET', '/templates');
  }
  /** @param id or its name */
  template(id: string) {
    return this.json<TemplateResource>('GET', at('/templates', id));
  }
  /** As an agent file. */
  templateFile(id: string) {
    return this.bytes(at('/templates', id, 'file'));
  }
  createTemplate(body: NewTemplateBody) {
    return this.json<TemplateResource>('POST', '/templates', { body });
  }
  patchTemplate(id: string, body: TemplatePatchBody) {
    return this.json<TemplateResource>('PATCH', at('/templates', id), { body });
  }
  deleteTemplate(id: string) {
    return this.json<void>('DELETE', at('/templates', id));
  }
  /** An agent file, also of another program; `notes` say what of it means nothing here. */
  importTemplate(body: ImportTemplateBody) {
    return this.json<{ template: TemplateResource; notes: string[] }>('POST', '/templates/import', { body });
  }

  /** Wherever an MCP server is named, its id or its name will do. */
  mcpServers() {
    return this.json<List<McpServerResource>>('GET', '/mcp-servers');
  }
  createMcpServer(body: NewMcpServer) {
    return this.json<McpServerResource>('POST', '/mcp-servers', { body });
  }
  patchMcpServer(id: string, body: McpServerPatch) {
    return this.json<McpServerResource>('PATCH', at('/mcp-servers', id), { body });
  }
  deleteMcpServer(id: string) {
    return this.json<void>('DELETE', at('/mcp-servers', id));
  }
  /** Connects, and tells how that went. */
  testMcpServer(id: string) {
    return this.json<McpServerResource>('POST', at('/mcp-servers', id, 'test'), { body: {} });
  }
  /** Connects to one that is not saved. @param like a saved one it is a change of: its secrets count where none is given */
  tryMcpServer(server: NewMcpServer, like?: string) {
    const body = { server, ...(like !== undefined && { like }) };
    return this.json<McpTrial>('POST', '/mcp-servers/test', { body });
  }
  /** Of a configuration file of another program. @param add whether what is new is saved */
  importMcpServers(file: string, text: string, add = false) {
    return this.json<McpImport>('POST', '/mcp-servers/import', { body: { file, text, add } });
  }
  /** The last lines it wrote to its error output. */
  mcpServerLog(id: string) {
    return this.json<List<string>>('GET', at('/mcp-servers', id, 'log'));
  }
  mcpServerTools(id: string) {
    return this.json<List<McpServerTool>>('GET', at('/mcp-servers', id, 'tools'));
  }
  loginMcpServer(id: string, body: McpLoginBody = {}) {
    return this.json<{ authorize_url: string }>('POST', at('/mcp-servers', id, 'login'), { body });
  }
  answerMcpLogin(id: string, body: McpLoginAnswerBody) {
    return this.json<McpServerResource>('POST', at('/mcp-servers', id, 'login', 'answer'), { body });
  }
  providers() {
    return this.json<List<ProviderResource>>('GET', '/providers');
  }
  models(provider: string, query: { refresh?: boolean } = {}) {
    return this.json<List<ModelResource>>('GET', at('/providers', provider, 'models'), { query });
  }
  plugins() {
    return this.json<List<PluginSummary>>('GET', '/plugins');
  }
  plugin(name: string) {
    return this.json<PluginDetail>('GET', at('/plugins', name));
  }
  /** At once, and for later starts; what is not given stays, a setting that is null goes back to its default. */
  patchPlugin(name: string, body: PluginPatchBody) {
    return this.json<PluginDetail>('PATCH', at('/plugins', name), { body });
  }
  pluginLog(name: string) {
    return this.json<List<PluginLogLine>>('GET', at('/plugins', name, 'log'));
  }

  panels() {
    return this.json<List<PanelResource>>('GET', '/panels');
  }
  /** @param session_id for panels that stand beside a session */
  panel(id: string, session_id?: string) {
    return this.json<PanelShown>('GET', at('/panels', id), { query: { session_id } });
  }
  restartPanel(id: string, session_id?: string) {
    return this.json<void>('POST', at('/panels', id, 'restart'), { body: {}, query: { session_id } });
  }
  actOnPanel(id: string, action: string, input: PanelInput = {}, session_id?: string) {
    return this.json<void>('POST', at('/panels', id, 'actions', action), { body: { input }, query: { session_id } });
  }
  credentials() {
    return this.json<List<CredentialResource>>('GET', '/credentials');
  }
  createCredential(body: NewCredential) {
    return this.json<CredentialResource & { note?: string }>('POST', '/credentials', { body });
  }
  deleteCredential(id: string) {
    return this.json<void>('DELETE', at('/credentials', id));
  }
  renameCredential(id: string, label: string) {
    return this.json<CredentialResource>('PATCH', at('/credentials', id), { body: { label } });
  }
  /** Proves it with a real call that costs nothing; what came of it stands in the answer. */
  verifyCredential(id: string, provider?: string) {
    const body = provider === undefined ? {} : { provider };
    return this.json<CredentialResource & { note?: string }>('POST', at('/credentials', id, 'verify'), { body });
  }
  refreshCredential(id: string) {
    return this.json<CredentialResource>('POST', at('/credentials', id, 'refresh'), { body: {} });
  }
  /** @param method id of the auth method, as `GET /providers` names it */
  beginSignIn(provider: string, method: string, body: { way?: SignInWay; label?: string } = {}) {
    const name = method.slice(method.indexOf('/') + 1);
    return this.json<SignInFlow>('POST', at('/auth', provider, name, 'begin'), { body });
  }
  signInFlow(id: string) {
    return this.json<SignInFlow>('GET', at('/auth/flows', id));
  }
  /** @param code what the provider's page showed, or the whole address it led to */
  completeSignIn(id: string, code: string) {
    return this.json<SignInFlow>('POST', at('/auth/flows', id, 'complete'), { body: { code } });
  }
  cancelSignIn(id: string) {
    return this.json<void>('DELETE', at('/auth/flows', id));
  }
  keys() {
    return this.json<KeyStatusResource>('GET', '/keys');
  }
  /** @param body `drop_old` forgets the keys that seal nothing any more; else everything is sealed with a new one */
  rotateKeys(body: { full?: boolean; drop_old?: boolean } = {}) {
    return this.json<KeyStatusResource>('POST', '/keys/rotate', { body });
  }
  directories(path?: string, hidden = false) {
    return this.json<DirectoryListing>('GET', '/directories', { query: { path, hidden } });
  }
  systemStats() {
    return this.json<SystemStats>('GET', '/system/stats');
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

/** As the server calls what it gives. */
function fileNameOf(response: Response): string {
  const named = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  return named === undefined ? 'file' : decodeURIComponent(named);
}

/** A path of encoded segments. */
function at(...segments: string[]): string {
  return segments.map((segment, index) => (index === 0 ? segment : `/${encodeURIComponent(segment)}`)).join('');
}
