import type { ModelCatalogue } from '../catalogue/model-catalogue.js';
import type { AuthMethods, Panels, Providers, Tools } from '../extension/registry.js';
import type { Jobs } from '../jobs/jobs.js';
import type { Live } from '../live/port.js';
import type { Logger } from '../log.js';
import type { PanelRuns } from '../panels/panel-runs.js';
import type { InstalledPlugins } from '../plugins/installed-plugins.js';
import type { SessionEngine } from '../session/engine.js';
import type { FreshCredentials } from '../signin/fresh-credentials.js';
import type { SignIns } from '../signin/sign-ins.js';
import type { VerifiedCredentials } from '../signin/verified-credentials.js';
import type { ApprovalRules } from '../store/approval-rules.js';
import type { Approvals } from '../store/approvals.js';
import type { Blobs } from '../store/blobs.js';
import type { Budgets } from '../store/budgets.js';
import type { Calls } from '../store/calls.js';
import type { Compactions } from '../store/compactions.js';
import type { Composer } from '../store/composer.js';
import type { Credentials } from '../store/credentials.js';
import type { EventLog } from '../store/event-log.js';
import type { KeyRotation } from '../store/key-rotation.js';
import type { Messages } from '../store/messages.js';
import type { Queue } from '../store/queue.js';
import type { Search } from '../store/search.js';
import type { Sessions } from '../store/sessions.js';
import type { Statistics } from '../store/statistics.js';
import type { Templates } from '../store/templates.js';
import type { Tokens } from '../store/tokens.js';
import type { ToolServers } from '../store/tool-servers.js';
import type { ToolUse } from '../store/tool-use.js';
import type { ToolSwitches } from '../store/tools.js';
import type { Turns } from '../store/turns.js';
import type { UsageSums } from '../store/usage.js';
import type { UsageReports } from '../store/usage-report.js';
import type { AgentImport } from '../templates/agent-import.js';
import type { Http } from '../wire/http.js';

/** What the server reads of the configuration. */
export interface ServerSettings {
  /** An address to listen on; `127.0.0.1` listens on `::1` too where the machine has it. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Further exact `Host` values, such as `maestro.example` or `maestro.example:8443`, behind a proxy with TLS. */
  allowedHosts?: readonly string[];
  /** Whether a proxy in front speaks TLS; without it only loopback addresses are served. */
  tls?: boolean;
  defaults: { provider: string; model: string; template?: string };
  version: string;
  /** Folder of the built pages; null serves none. */
  pages: string | null;
}

/** The classes the server stands on; a plain object, so that a test can build it from real parts. */
export interface ServerServices {
  log: Logger;
  live: Live;
  database: { ping(): Promise<void> };
  sessions: Pick<Sessions, 'create' | 'fork' | 'list' | 'get' | 'patch' | 'onChange'>;
  messages: Pick<Messages, 'page' | 'posOf'>;
  search: Pick<Search, 'find'>;
  calls: Pick<Calls, 'page' | 'get' | 'request' | 'response'>;
  compactions: Pick<Compactions, 'list'>;
  approvals: Pick<Approvals, 'list' | 'get'>;
  budgets: Pick<Budgets, 'list' | 'add' | 'change' | 'remove' | 'onChange'>;
  approvalRules: Pick<ApprovalRules, 'list' | 'add' | 'change' | 'remove' | 'onChange'>;
  queue: Pick<Queue, 'list'>;
  composer: Pick<Composer, 'get' | 'put'>;
  events: EventSource;
  engine: Engine;
  tokens: Pick<Tokens, 'create' | 'check' | 'keep' | 'revoke' | 'list' | 'onRevoked'>;
  credentials: Pick<Credentials, 'list' | 'remove' | 'rename' | 'onChange'>;
  fresh: Pick<FreshCredentials, 'renew' | 'onChange'>;
  verified: Pick<VerifiedCredentials, 'saveKey' | 'verify'>;
  signIns: Pick<SignIns, 'begin' | 'get' | 'complete' | 'cancel'>;
  templates: Pick<Templates, 'list' | 'find' | 'get' | 'create' | 'patch' | 'remove' | 'onChange'>;
  agentImport: Pick<AgentImport, 'import'>;
  turns: Pick<Turns, 'lastOf'>;
  statistics: Pick<Statistics, 'read'>;
  usage: Pick<UsageSums, 'ofSession'>;
  usageReports: Pick<UsageReports, 'sums' | 'calls'>;
  tools: Pick<ToolSwitches, 'list' | 'setEnabled' | 'uses' | 'onChange'>;
  toolUse: Pick<ToolUse, 'since'>;
  toolServers: Pick<
    ToolServers,
    | 'list'
    | 'get'
    | 'create'
    | 'patch'
    | 'remove'
    | 'test'
    | 'tryOut'
    | 'tools'
    | 'words'
    | 'login'
    | 'answer'
    | 'onChange'
    | 'onStatus'
  >;
  blobs: Pick<Blobs, 'put' | 'get'>;
  http: Pick<Http, 'pools'>;
  catalogue: Pick<ModelCatalogue, 'list' | 'fill' | 'sizes' | 'priceOf'>;
  keys: Pick<KeyRotation, 'status' | 'rotate' | 'dropOld'>;
  jobs: Pick<Jobs, 'state'>;
  plugins: Pick<InstalledPlugins, 'states' | 'list' | 'get' | 'change' | 'log' | 'onChange'>;
  panels: Pick<PanelRuns, 'list' | 'watch' | 'once' | 'restart' | 'act'>;
  registries: { providers: Providers; tools: Tools; auth: AuthMethods; panels: Panels };
}

/** The part of the event log the socket reads. */
export type EventSource = Pick<EventLog, 'read' | 'lastSeq' | 'subscribe'>;

/** Commands of people, and the text that streams in. */
export type Engine = Pick<
  SessionEngine,
  | 'submit'
  | 'stop'
  | 'retry'
  | 'compact'
  | 'revertCompaction'
  | 'answer'
  | 'editQueued'
  | 'removeQueued'
  | 'startConversation'
  | 'removeSession'
  | 'draft'
  | 'contexts'
>;
