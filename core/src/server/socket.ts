import type { IncomingMessage } from 'node:http';
import { Compile } from 'typebox/compile';
import type { RawData, WebSocket } from 'ws';
import type { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { MaestroError } from '../errors.js';
import type { Dispose } from '../extension/registry.js';
import { ClientFrameSchema } from '../protocol/api.js';
import { CLOSE, type ClientFrame } from '../protocol/frames.js';
import { Lanes } from '../store/lanes.js';
import type { Cards } from './cards.js';
import { Connection, frame } from './connection.js';
import { answerFor } from './errors.js';
import type { Identity } from './gate.js';
import { ApprovalsFeed, SessionsFeed } from './list-feeds.js';
import { PanelFeeds } from './panel-feeds.js';
import { checkLength } from './routes/messages.js';
import type { ServerServices, ServerSettings } from './services.js';
import { SessionFeed } from './session-feed.js';
import { SettingsFeed } from './settings-feed.js';
import { SystemFeed } from './system-feed.js';

const GOING_AWAY_MS = 1_000;
const TOKEN_CHECK_MS = 30_000;
const frames = Compile(ClientFrameSchema);

type Frame<Op extends ClientFrame['op']> = Extract<ClientFrame, { op: Op }>;

/** What one connection follows: how to leave each topic. A join that was overtaken finds another object there. */
type Topics = Map<string, { leave(): void }>;

/** All sockets: takes their frames, lets them follow topics, and ends them. */
export class SocketHub {
  readonly #connections = new Map<Connection, Topics>();
  readonly #feeds = new Map<string, SessionFeed>();
  readonly #sessions: SessionsFeed;
  readonly #system: SystemFeed;
  readonly #settings: SettingsFeed;
  readonly #approvals: ApprovalsFeed;
  readonly #panels: PanelFeeds;
  readonly #sends = new Lanes();
  readonly #undo: Dispose[];
  readonly #tokenCheck: NodeJS.Timeout;
  #isClosing = false;

  constructor(
    private readonly services: ServerServices,
    settings: ServerSettings,
    private readonly catalogue: Pick<ModelCatalogue, 'fill'>,
    cards: Cards,
    tokenCheckMs = TOKEN_CHECK_MS,
  ) {
    this.#tokenCheck = setInterval(() => void this.#checkTokens(), tokenCheckMs).unref();
    this.#sessions = new SessionsFeed(services, catalogue, cards);
    this.#system = new SystemFeed(services, settings);
    this.#settings = new SettingsFeed(services);
    this.#approvals = new ApprovalsFeed(services);
    this.#panels = new PanelFeeds(services);
    this.#undo = [
      services.events.subscribe((conversationId, events) => {
        this.#feeds.get(conversationId)?.told(events);
        this.#approvals.told(events);
      }),
      services.sessions.onChange((change) => {
        this.#sessions.told(change);
        if (change.type === 'deleted') {
          this.#endFeeds(change.session_id, null);
          this.#approvals.removed(change.session_id);
        } else this.#endFeeds(change.session.session_id, change.session.conversation_id);
      }),
    ];
  }

  /** Takes over a socket that passed the gate. */
  accept(socket: WebSocket, identity: Identity): void {
    if (this.#isClosing) {
      socket.close(CLOSE.goingAway, 'going away');
      return;
    }
    const connection = new Connection(socket, identity);
    const topics: Topics = new Map();
    this.#connections.set(connection, topics);
    socket.on('message', (data, isBinary) => void this.#receive(connection, topics, data, isBinary));
    socket.once('close', () => {
      this.#connections.delete(connection);
      for (const { leave } of topics.values()) leave();
      topics.clear();
    });
  }

  /** Closes what a token opened. */
  revoke(tokenId: string): void {
    for (const connection of this.#connections.keys()) {
      if (connection.identity.id === tokenId) connection.close(CLOSE.revoked, 'the token was revoked');
    }
  }

  /** Says good-bye, waits a second for those who answer, then ends the rest. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#tokenCheck);
    for (const undo of this.#undo) await undo();
    this.#system.close();
    await this.#settings.close();
    this.#sessions.close();
    this.#panels.close();
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
    const going = frame({ op: 'going_away' });
    for (const connection of this.#connections.keys()) {
      connection.send(going);
      connection.close(CLOSE.goingAway, 'going away');
    }
    const until = performance.now() + GOING_AWAY_MS;
    while (this.#connections.size > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const connection of this.#connections.keys()) connection.terminate();
  }

  /** An open page uses its token, and a token may have been revoked through another server. */
  async #checkTokens(): Promise<void> {
    const ids = [...new Set([...this.#connections.keys()].map(({ identity }) => identity.id))];
    if (ids.length === 0) return;
    try {
      for (const id of await this.services.tokens.keep(ids)) this.revoke(id);
    } catch (cause) {
      this.services.log.warn('the tokens of open sockets cannot be checked', { cause });
    }
  }

  async #receive(connection: Connection, topics: Topics, data: RawData, isBinary: boolean): Promise<void> {
    // Until the client answers the close its frames still arrive; who was shown out may do nothing more.
    if (!connection.isOpen) return;
    connection.heard();
    const content = isBinary ? undefined : parse(data);
    if (!content) {
      const message = 'this is no frame of the protocol; see the WebSocket part of the reference';
      return connection.say({ op: 'error', code: 'frame.invalid', message });
    }
    try {
      await this.#act(connection, topics, content);
    } catch (error) {
      this.#refuse(connection, content, error);
    }
  }

  async #act(connection: Connection, topics: Topics, content: ClientFrame): Promise<void> {
    switch (content.op) {
      case 'ping':
        return connection.say({ op: 'pong' });
      case 'join':
        return this.#join(connection, topics, content);
      case 'leave':
        topics.get(content.topic)?.leave();
        topics.delete(content.topic);
        return;
      case 'send':
        // One after another: who sends two messages means them in this order.
        return this.#sends.run(content.topic, () => this.#send(connection, content));
      case 'stop':
        await this.services.engine.stop(sessionOf(content.topic));
    }
  }

  async #join(connection: Connection, topics: Topics, content: Frame<'join'>): Promise<void> {
    const { topic } = content;
    topics.get(topic)?.leave();
    const place: { leave(): void } = { leave: () => undefined };
    topics.set(topic, place);
    const feed = [this.#sessions, this.#system, this.#settings, this.#approvals].find((one) => one.topic === topic);
    if (feed) {
      place.leave = () => feed.leave(connection);
      return feed.join(connection);
    }
    if (topic.startsWith('panel:')) {
      const leave = await this.#panels.join(connection, topic, () => topics.get(topic) === place);
      if (leave) place.leave = leave;
      return;
    }
    const session = await this.services.sessions.get(sessionOf(topic));
    const lastSeq = await this.services.events.lastSeq(session.conversation_id);
    if (topics.get(topic) !== place) return;
    const { conversation_id, after = lastSeq } = content;
    const isOther = conversation_id !== undefined && conversation_id !== session.conversation_id;
    if (isOther || after > lastSeq) {
      topics.delete(topic);
      return connection.say({ op: 'reset', topic, conversation_id: session.conversation_id, seq: lastSeq });
    }
    const own = this.#feedOf(session.session_id, session.conversation_id);
    const leave = own.join(connection, topic, after, lastSeq);
    place.leave = () => {
      leave();
      this.#closeIfEmpty(own);
    };
  }

  async #send(connection: Connection, { topic, client_key, text, mode }: Frame<'send'>): Promise<void> {
    checkLength(text);
    const message = { session_id: sessionOf(topic), client_key, text, ...(mode && { mode }) };
    const { message_id, queued } = await this.services.engine.submit(message);
    connection.say({ op: 'ack', client_key, message_id, queued });
  }

  #refuse(connection: Connection, content: ClientFrame, error: unknown): void {
    const { body } = answerFor(error, this.services.log, `socket ${content.op}`);
    const { code, message } = body.error;
    const about = 'client_key' in content ? { client_key: content.client_key } : {};
    const topic = 'topic' in content ? { topic: content.topic } : {};
    connection.say({ op: 'error', ...topic, ...about, code, message });
  }

  #feedOf(sessionId: string, conversationId: string): SessionFeed {
    const known = this.#feeds.get(conversationId);
    if (known) return known;
    const { log, live, events, engine } = this.services;
    const feed = new SessionFeed(sessionId, conversationId, { log, live, events, engine, catalogue: this.catalogue });
    this.#feeds.set(conversationId, feed);
    return feed;
  }

  #closeIfEmpty(feed: SessionFeed): void {
    if (!feed.isEmpty || this.#feeds.get(feed.conversationId) !== feed) return;
    this.#feeds.delete(feed.conversationId);
    feed.close();
  }

  /** Ends feeds of the session that are not of its current conversation; null: the session is gone. */
  #endFeeds(sessionId: string, current: string | null): void {
    for (const feed of [...this.#feeds.values()]) {
      if (feed.sessionId !== sessionId || feed.conversationId === current) continue;
      feed.end((topic) =>
        frame(current === null ? gone(topic) : { op: 'reset', topic, conversation_id: current, seq: 0 }),
      );
      this.#closeIfEmpty(feed);
    }
  }
}

function gone(topic: string) {
  return { op: 'error', topic, code: 'session.unknown', message: 'the session was deleted' } as const;
}

function parse(data: RawData): ClientFrame | undefined {
  try {
    const content: unknown = JSON.parse(String(data));
    return frames.Check(content) ? (content as ClientFrame) : undefined;
  } catch {
    // No JSON: answered like any other frame that is not of the protocol.
    return undefined;
  }
}

function sessionOf(topic: string): string {
  const id = /^(?:session|tui):(.{1,100})$/.exec(topic)?.[1];
  if (id !== undefined) return id;
  throw new MaestroError('topic.unknown', `there is no topic "${topic}" to do that on`);
}

/** For koa-websocket: which socket paths there are. The gate lets no other through, and this holds without it. */
export function isSocketPath(request: IncomingMessage): boolean {
  const path = (request.url ?? '').split('?', 1)[0];
  return path === '/socket' || path === '/socket/tui';
}
