import type { AuthMethods, Providers, Tools } from '../extension/registry.js';
import type { Live } from '../live/port.js';
import type { Logger } from '../log.js';
import type { PluginResource } from '../protocol/resources.js';
import type { SessionEngine } from '../session/engine.js';
import type { Blobs } from '../store/blobs.js';
import type { Calls } from '../store/calls.js';
import type { Composer } from '../store/composer.js';
import type { Credentials } from '../store/credentials.js';
import type { EventLog } from '../store/event-log.js';
import type { Messages } from '../store/messages.js';
import type { Queue } from '../store/queue.js';
import type { Sessions } from '../store/sessions.js';
import type { Tokens } from '../store/tokens.js';
import type { ToolSwitches } from '../store/tools.js';

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
  defaults: { provider: string; model: string };
  version: string;
  /** Folder of the built pages; null serves none. */
  pages: string | null;
}

/** The classes the server stands on; a plain object, so that a test can build it from real parts. */
export interface ServerServices {
  log: Logger;
  live: Live;
  database: { ping(): Promise<void> };
  sessions: Pick<Sessions, 'create' | 'list' | 'get' | 'patch' | 'onChange'>;
  messages: Pick<Messages, 'page'>;
  calls: Pick<Calls, 'list' | 'get' | 'request' | 'response'>;
  queue: Pick<Queue, 'list'>;
  composer: Pick<Composer, 'get' | 'put'>;
  events: EventSource;
  engine: Engine;
  tokens: Pick<Tokens, 'create' | 'check' | 'keep' | 'revoke' | 'list' | 'onRevoked'>;
  credentials: Pick<Credentials, 'list' | 'create' | 'remove' | 'pick'>;
  tools: Pick<ToolSwitches, 'list' | 'setEnabled'>;
  blobs: Pick<Blobs, 'put' | 'get'>;
  plugins: { list(): PluginResource[] };
  registries: { providers: Providers; tools: Tools; auth: AuthMethods };
}

/** The part of the event log the socket reads. */
export type EventSource = Pick<EventLog, 'read' | 'lastSeq' | 'subscribe'>;

/** Commands of people, and the text that streams in. */
export type Engine = Pick<
  SessionEngine,
  'submit' | 'stop' | 'retry' | 'editQueued' | 'removeQueued' | 'startConversation' | 'removeSession' | 'draft'
>;
