import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Providers, Tools } from '../extension/registry.js';
import type { Delegation } from '../extension/tool.js';
import type { Live } from '../live/port.js';
import { type Logger, silentLog } from '../log.js';
import type { ApprovalAnswerBody } from '../protocol/api.js';
import type { ApprovalPolicy, ApprovalResource } from '../protocol/approvals.js';
import type { OnLimit, QueuedMessage, Session } from '../protocol/resources.js';
import { ApprovalRules } from '../store/approval-rules.js';
import { Approvals } from '../store/approvals.js';
import { Blobs } from '../store/blobs.js';
import { type BudgetDefaults, noBudgets } from '../store/budgets.js';
import { Compactions } from '../store/compactions.js';
import type { Database } from '../store/database.js';
import type { NewDraft } from '../store/drafts.js';
import type { EventLog } from '../store/event-log.js';
import { Messages, type SentMessage } from '../store/messages.js';
import { Queue } from '../store/queue.js';
import type { Sessions } from '../store/sessions.js';
import { Spending } from '../store/spending.js';
import type { ModelChoice, Step } from '../store/step.js';
import { Templates } from '../store/templates.js';
import type { Turn } from '../store/turns.js';
import { ApprovalGate } from './approvals.js';
import { attachmentsOf, type Given } from './attachments.js';
import { Calibration } from './calibration.js';
import type { CompactionPorts } from './compaction.js';
import { COMPACTION, type CompactionSettings } from './compaction-budget.js';
import { AskedCompactions } from './compactions.js';
import { ContextReports } from './context-report.js';
import { Delegations } from './delegation.js';
import { Fallbacks } from './fallbacks.js';
import { Guards } from './guards.js';
import { SESSION_LIMITS, type SessionLimits } from './limits.js';
import { LiveTurns } from './live-turns.js';
import { OriginQueue } from './origin-queue.js';
import type { Estimator, Pricing } from './pricing.js';
import type { PromptSources } from './prompt-stack.js';
import { personServices } from './questions.js';
import { restarts, startsTurn, waits } from './queue-turns.js';
import { busy, closing, isRefused, nothingToRetry } from './refusal.js';
import { remindersOf } from './reminders.js';
import { RETRY, type RetryPolicy } from './retry.js';
import { type CredentialSource, TurnRunner } from './runner.js';
import type { Wire } from './send.js';
import { sessionServices } from './session-services.js';
import type { Capabilities } from './shown-media.js';
import { sideCall } from './side-call.js';
import { ToolOffer } from './tool-offer.js';
import { type Switches, ToolRunner } from './tool-run.js';
import type { CallInTurn } from './tool-services.js';
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
  /** Without it no price is known. */
  prices?: Pricing;
  /** Without it a call whose provider reports nothing has no counts, and nothing is compacted before it must be. */
  estimate?: Estimator;
  /** Without it no window is known. */
  sizes?: CompactionPorts['sizes'];
  /** Without it a model is taken to read whatever its provider takes. */
  capabilities?: Capabilities;
  log?: Logger;
}

/** For tests and for the configuration. */
export interface EngineOptions {
  limits?: Partial<SessionLimits>;
  retry?: Partial<RetryPolicy>;
  clock?: Clock;
  /** Calls at once with one origin. */
  callsPerOrigin?: number;
  /** What a session does at a limit unless it says so itself. */
  onLimit?: OnLimit;
  /** What a session may do without asking unless it says so itself. */
  approval?: ApprovalPolicy;
  /** Who takes over, in this order, when a session switches. */
  fallbacks?: readonly ModelChoice[];
  /** Where prompts are read from. */
  prompt?: Partial<PromptSources>;
  compaction?: Partial<CompactionSettings>;
  /** What may be spent unless people say otherwise. */
  budgets?: BudgetDefaults;
}

const unpriced: Pricing = { cost: () => ({ usd: null, source: null }) };
const countsNothing: Estimator = { request: () => 0, response: () => 0 };
const callsPerOrigin = 8;
const readsPrompts: PromptSources = { home: null, files: ['AGENTS.md'], bytes: 64 * 1_024 };

export interface SubmitInput {
  session_id: string;
  client_key: string;
  text: string;
  attachments?: readonly Given[];
  /** What its turn may cost at most, as a decimal string in USD. */
  max_usd?: string | null;
  /** `steer` hands the message to the running turn at its next step; `queue` lets it wait for the end. */
  mode?: 'queue' | 'steer';
}

/**
 * Takes what people send, runs their turns, and brings turns of a dead process to a good end. One turn at a time runs
 * in a conversation, many conversations run at once. Everything that must last is committed before it is told.
 */
export class SessionEngine {
  readonly contexts: ContextReports;
  readonly #gate: ApprovalGate;
  readonly #events: EventLog;
  readonly #sessions: Sessions;
  readonly #messages: Messages;
  readonly #queue: Queue;
  readonly #blobs: Blobs;
  readonly #providers: Providers;
  readonly #turns: LiveTurns;
  readonly #runner: TurnRunner;
  readonly #worker: Worker;
  readonly #compactions: AskedCompactions;

  constructor(parts: EngineParts, options: EngineOptions = {}) {
    const { database, events, sessions, instances, providers, credentials, wire, live, log = silentLog } = parts;
    const limits = { ...SESSION_LIMITS, ...options.limits };
    const retry = { ...RETRY, ...options.retry };
    const clock = options.clock ?? systemClock;
    const tools = new ToolRunner({ tools: parts.tools, switches: parts.switches, limits, clock, log });
    const messages = new Messages(database);
    const queue = new Queue(database);
    const turns = new LiveTurns(database);
    const compactions = new Compactions(database);
    const compaction = {
      settings: { ...COMPACTION, ...options.compaction },
      sizes: parts.sizes ?? (async () => ({ contextTokens: null, outputTokens: null })),
      calibration: new Calibration(),
      estimate: parts.estimate ?? countsNothing,
    };
    const blobs = new Blobs(database);
    const stores = { events, messages, compactions, blobs, queue, turns };
    const fallbacks = new Fallbacks(options.fallbacks ?? [], { providers, credentials, log });
    const kept = sessionServices(database);
    const offer = new ToolOffer(tools, kept.state, limits);
    const rules = new ApprovalRules(database);
    const { approval: policy = 'allow' } = options;
    const approvals = new Approvals(database);
    const gate = new ApprovalGate({ approvals, rules, events, tools: parts.tools, live, policy, log });
    const spending = new Spending(database, options.budgets ?? noBudgets);
    const services = {
      ...kept,
      ...personServices(gate, sessions),
      ask: sideCall,
      delegate: (place: CallInTurn, work: Delegation) => delegations.delegate(place, work),
      findTools: ({ call }: CallInTurn, words: string, limit: number) =>
        offer.find(call.sessionId, call.switches, words, limit),
    };
    const prompt = { ...readsPrompts, ...options.prompt };
    this.contexts = new ContextReports({ messages, compactions, offer, templates: new Templates(database), prompt });
    const runner = new TurnRunner({
      ...stores,
      ...{ providers, credentials, fallbacks, tools, offer, services, wire, live, log, prompt, limits, retry, clock },
      compaction,
      reminders: (sessionId) => remindersOf(parts.tools, kept.state(sessionId), log),
      leave: (place) => gate.leave(place),
      guards: new Guards({ database, spending, approvals, gate }),
      calls: new OriginQueue(options.callsPerOrigin ?? callsPerOrigin),
      prices: parts.prices ?? unpriced,
      estimate: parts.estimate,
      capabilities: parts.capabilities,
      onLimit: options.onLimit ?? 'wait',
    });
    this.#gate = gate;
    this.#events = events;
    this.#sessions = sessions;
    this.#messages = messages;
    this.#queue = queue;
    this.#blobs = blobs;
    this.#providers = providers;
    this.#turns = turns;
    this.#runner = runner;
    this.#compactions = new AskedCompactions({ events, messages, compactions, ...compaction });
    this.#worker = new Worker({ sessions, instances, queue, turns, runner, live, log, limits });
    const worker = this.#worker;
    const delegations: Delegations = new Delegations({
      ...{ database, events, sessions, turns, providers, tools: parts.tools, worker, limits, log },
    });
  }

  /**
   * W1. Resolves once the message is committed; the same `client_key` again gives the same message.
   *
   * @throws MaestroError `session.unknown`, `server.closing`; with attachments `blob.unknown`, `blob.corrupt`,
   *   `attachment.too_large`, `attachment.too_many`
   */
  async submit(given: SubmitInput): Promise<SentMessage> {
    const { session_id, client_key, text, attachments = [], max_usd = null, mode = 'queue' } = given;
    const id = randomUUID();
    for (let tries = 1; ; tries += 1) {
      // Asked each time: a new conversation may have begun.
      const session = await this.#open(session_id);
      const { conversation_id: conversationId } = session;
      const known = await this.#messages.byClientKey(conversationId, client_key);
      if (known) return known;
      const limits = this.#providers.find(session.provider)?.media;
      const seen = await attachmentsOf(attachments, this.#blobs, limits);
      const sent = { id, client_key, text, attachments: seen, max_usd, mode };
      const turnId = randomUUID();
      const queued = await this.#isBusy(conversationId);
      const step = queued ? waits(sent) : startsTurn(session, sent, turnId);
      if (!(await this.#accepted(conversationId, step, tries))) continue;
      this.#worker.look(conversationId, queued ? { goesOn: true } : { fresh: turnId });
      return { message_id: id, turn_id: queued ? null : turnId, queued };
    }
  }

  /** W8. Resolves once the turn has ended; nothing happens where none runs. */
  async stop(session_id: string): Promise<void> {
    const session = await this.#sessions.get(session_id);
    await this.#worker.stop(session.conversation_id);
    // Agents whose caller was not running: nobody else tells them.
    const below = await this.#sessions.below(session_id);
    await Promise.all(below.map(({ conversation_id }) => this.#worker.stop(conversation_id)));
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
   * Begins a turn that sums the conversation up; models read the summary in place of it from then on.
   *
   * @throws MaestroError `session.busy`, `compaction.nothing`
   */
  async compact(session_id: string, instructions: string | null): Promise<{ turn_id: string }> {
    const session = await this.#open(session_id);
    const turn_id = await this.#compactions.begin(session, instructions);
    this.#worker.look(session.conversation_id, { fresh: turn_id });
    return { turn_id };
  }

  /** Undoes a compaction and all after it. @throws MaestroError `session.busy`, `compaction.unknown`, `compaction.too_long` */
  async revertCompaction(session_id: string, id: string): Promise<void> {
    await this.#compactions.revert(await this.#open(session_id), id);
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

  /** Stops what runs in a session and in those of its agents, then removes them with all their conversations. */
  async removeSession(session_id: string): Promise<void> {
    await this.stop(session_id);
    for (const below of await this.#sessions.below(session_id)) await this.#remove(below);
    await this.#remove(await this.#sessions.get(session_id));
  }

  async #remove({ session_id, conversation_id }: Session): Promise<void> {
    for (const { id } of await this.#queue.list(conversation_id)) {
      await this.removeQueued(session_id, id).catch((error: unknown) => {
        if (!(error instanceof MaestroError)) throw error;
      });
    }
    await this.#worker.stop(conversation_id);
    await this.#sessions.remove(session_id);
  }

  /**
   * What a person says to a request, whichever process asked; `by` is the name of their token.
   *
   * @throws MaestroError `approval.unknown`, `approval.closed`, `approval.bad_answer`
   */
  answer(id: string, said: ApprovalAnswerBody, by: string): Promise<ApprovalResource> {
    return this.#gate.answer(id, said, by);
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
