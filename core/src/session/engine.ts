import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Providers, Tools } from '../extension/registry.js';
import type { Live } from '../live/port.js';
import { type Logger, silentLog } from '../log.js';
import type { QueuedMessage, Session } from '../protocol/resources.js';
import type { Database } from '../store/database.js';
import type { NewDraft } from '../store/drafts.js';
import type { EventLog } from '../store/event-log.js';
import { Messages, type SentMessage } from '../store/messages.js';
import { Queue } from '../store/queue.js';
import type { Sessions } from '../store/sessions.js';
import type { Step } from '../store/step.js';
import type { Turn } from '../store/turns.js';
import { SESSION_LIMITS, type SessionLimits } from './limits.js';
import { LiveTurns } from './live-turns.js';
import { restarts, startsTurn, waits } from './queue-turns.js';
import { isRefused } from './refusal.js';
import { RETRY, type RetryPolicy } from './retry.js';
import { type CredentialSource, TurnRunner } from './runner.js';
import type { Wire } from './send.js';
import { type Switches, ToolRunner } from './tool-run.js';
import { type Clock, systemClock } from './wait.js';
import { type Ownership, Worker } from './worker.js';

export interface EngineParts {
  database: Database;
  events: EventLog;
  sessions: Sessions;
  instances: Ownership;
  credentials: CredentialSource;
  switches: Switches;
  providers: Providers;
  tools: Tools;
  wire: Wire;
  live: Live;
  log?: Logger;
}

/** For tests and for the configuration. */
export interface EngineOptions {
  limits?: Partial<SessionLimits>;
  retry?: Partial<RetryPolicy>;
  clock?: Clock;
}

export interface SubmitInput {
  session_id: string;
  client_key: string;
  text: string;
  /** `steer` hands the message to the running turn at its next step; `queue` lets it wait for the end. */
  mode?: 'queue' | 'steer';
}

/**
 * Takes what people send, runs their turns, and brings turns of a dead process to a good end. One turn at a time runs
 * in a conversation, many conversations run at once. Everything that must last is committed before it is told.
 */
export class SessionEngine {
  readonly #events: EventLog;
  readonly #sessions: Sessions;
  readonly #messages: Messages;
  readonly #queue: Queue;
  readonly #turns: LiveTurns;
  readonly #runner: TurnRunner;
  readonly #worker: Worker;

  constructor(parts: EngineParts, options: EngineOptions = {}) {
    const { database, events, sessions, instances, providers, credentials, wire, live, log = silentLog } = parts;
    const limits = { ...SESSION_LIMITS, ...options.limits };
    const retry = { ...RETRY, ...options.retry };
    const clock = options.clock ?? systemClock;
    const tools = new ToolRunner({ tools: parts.tools, switches: parts.switches, limits, clock, log });
    const messages = new Messages(database);
    const queue = new Queue(database);
    const turns = new LiveTurns(database);
    const stores = { events, messages, queue, turns };
    const runner = new TurnRunner({ ...stores, providers, credentials, tools, wire, live, log, limits, retry, clock });
    this.#events = events;
    this.#sessions = sessions;
    this.#messages = messages;
    this.#queue = queue;
    this.#turns = turns;
    this.#runner = runner;
    this.#worker = new Worker({ sessions, instances, queue, turns, runner, live, log, limits });
  }

  /**
   * W1. Resolves once the message is committed; the same `client_key` again gives the same message.
   *
   * @throws MaestroError `session.unknown`, `server.closing`
   */
  async submit({ session_id, client_key, text, mode = 'queue' }: SubmitInput): Promise<SentMessage> {
    const sent = { id: randomUUID(), client_key, text, mode };
    for (let tries = 1; ; tries += 1) {
      // Asked each time: a new conversation may have begun.
      const session = await this.#open(session_id);
      const { conversation_id: conversationId } = session;
      const known = await this.#messages.byClientKey(conversationId, client_key);
      if (known) return known;
      const turnId = randomUUID();
      const queued = await this.#isBusy(conversationId);
      const step = queued ? waits(sent) : startsTurn(session, sent, turnId);
      if (!(await this.#accepted(conversationId, step, tries))) continue;
      this.#worker.look(conversationId, queued ? { goesOn: true } : { fresh: turnId });
      return { message_id: sent.id, turn_id: queued ? null : turnId, queued };
    }
  }

  /** W8. Resolves once the turn has ended; nothing happens where none runs. */
  async stop(session_id: string): Promise<void> {
    const session = await this.#sessions.get(session_id);
    await this.#worker.stop(session.conversation_id);
  }

  /**
   * Runs the last turn again, which failed or waits, with what the session is set to now.
   *
   * @throws MaestroError `session.busy`, `turn.nothing_to_retry`
   */
  async retry(session_id: string): Promise<{ turn_id: string }> {
    const session = await this.#open(session_id);
    const { conversation_id: conversationId } = session;
    const turn = await this.#turns.last(conversationId);
    if (turn && isLive(turn)) throw busy(session_id);
    if (turn?.state !== 'failed' && turn?.state !== 'interrupted') throw nothingToRetry(session_id);
    try {
      await this.#events.commit({ conversationId, epoch: null }, restarts(session, turn));
    } catch (error) {
      throw isRefused(error) ? busy(session_id) : error;
    }
    this.#worker.look(conversationId, { fresh: turn.id });
    return { turn_id: turn.id };
  }

  /**
   * Changes a waiting message: its text, its place in line (from 1), whether it steers.
   *
   * @throws MaestroError `queue.unknown` when it does not wait (any more)
   */
  async editQueued(
    session_id: string,
    message_id: string,
    change: { text?: string; ord?: number; mode?: QueuedMessage['mode'] },
  ): Promise<QueuedMessage[]> {
    const { text, ord, mode } = change;
    const set = { ...(text !== undefined && { text }), ...(ord !== undefined && { ord }), ...(mode && { mode }) };
    return this.#changeQueue(session_id, message_id, { write: 'queue.set', id: message_id, ...set });
  }

  /** @throws MaestroError `queue.unknown` when it does not wait (any more) */
  async removeQueued(session_id: string, message_id: string): Promise<QueuedMessage[]> {
    return this.#changeQueue(session_id, message_id, { write: 'queue.take', id: message_id });
  }

  /**
   * Begins a new conversation in a session where nothing runs or waits.
   *
   * @throws MaestroError `session.busy`
   */
  async startConversation(session_id: string): Promise<Session> {
    const { conversation_id } = await this.#open(session_id);
    if (await this.#isBusy(conversation_id)) throw busy(session_id);
    return this.#sessions.startConversation(session_id);
  }

  /** Stops what runs in a session, then removes it with all its conversations. */
  async removeSession(session_id: string): Promise<void> {
    const { conversation_id } = await this.#sessions.get(session_id);
    for (const { id } of await this.#queue.list(conversation_id)) {
      await this.removeQueued(session_id, id).catch((error: unknown) => {
        if (!(error instanceof MaestroError)) throw error;
      });
    }
    await this.#worker.stop(conversation_id);
    await this.#sessions.remove(session_id);
  }

  /** The reply that streams in now: to the last word where it runs here, else as it was last saved. */
  async draft(conversationId: string): Promise<NewDraft | null> {
    return this.#runner.draft(conversationId) ?? (await this.#events.draft(conversationId));
  }

  /**
   * Makes the tables true after a crash, before anybody is served. Turns that go on by themselves do so after `start`.
   *
   * @returns how many turns were found live
   */
  recover(): Promise<number> {
    return this.#worker.recover();
  }

  /** Begins to work: what recovery left, what is sent, and from time to time what nobody takes care of. */
  start(): void {
    this.#worker.start();
  }

  /**
   * Takes no new work and lets go of what runs: tools are told to stop and recorded, drafts are saved, commits end.
   * Turns stay live and go on in the next process. Waits `graceMs` at most.
   */
  close(graceMs: number): Promise<void> {
    return this.#worker.close(graceMs);
  }

  async #open(session_id: string): Promise<Session> {
    if (this.#worker.isClosing) throw closing();
    return this.#sessions.get(session_id);
  }

  async #isBusy(conversationId: string): Promise<boolean> {
    if (await this.#turns.live(conversationId)) return true;
    return (await this.#queue.next(conversationId)) !== undefined;
  }

  /** Commits what a person asks for; false when something changed meanwhile and it must be thought over. */
  async #accepted(conversationId: string, step: Step, tries: number): Promise<boolean> {
    try {
      await this.#events.commit({ conversationId, epoch: null }, step);
      return true;
    } catch (error) {
      if (!isRefused(error) || tries >= acceptTries) throw error;
      return false;
    }
  }

  async #changeQueue(session_id: string, id: string, write: Step['writes'][number]): Promise<QueuedMessage[]> {
    const { conversation_id: conversationId } = await this.#open(session_id);
    const step: Step = { writes: [write], events: [{ type: 'queue.changed', data: {} }] };
    try {
      await this.#events.commit({ conversationId, epoch: null }, step);
    } catch (error) {
      if (!isRefused(error) || !(error instanceof MaestroError)) throw error;
      const message = `message ${id} does not wait in session "${session_id}"; it may have been taken or removed`;
      throw new MaestroError('queue.unknown', message, { cause: error });
    }
    return this.#queue.list(conversationId);
  }
}

const acceptTries = 20;

function isLive({ state }: Turn): boolean {
  return state === 'queued' || state === 'calling' || state === 'tools';
}

function busy(session_id: string): MaestroError {
  return new MaestroError('session.busy', `session "${session_id}" is answering; stop it or wait`);
}

function nothingToRetry(session_id: string): MaestroError {
  const message = `the last turn of session "${session_id}" neither failed nor waits; send a message instead`;
  return new MaestroError('turn.nothing_to_retry', message);
}

function closing(): MaestroError {
  return new MaestroError('server.closing', 'the server is stopping; send this again once it runs');
}
