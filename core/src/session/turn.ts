import type { Credential, ModelMessage, Provider, ToolDescription } from '../extension/provider.js';
import { type Logger, silentLog } from '../log.js';
import type { Delta, Failure } from '../protocol/events.js';
import type { OnLimit, QueuedMessage } from '../protocol/resources.js';
import type { ModelChoice, Step, StepEvent, TurnConfig, UsageAdded, Write } from '../store/step.js';
import type { Leave, WaitsFor } from './approvals.js';
import { callModel } from './call.js';
import { type CompactionPorts, compactAsAsked } from './compaction.js';
import { type Emit, emitting } from './emitting.js';
import type { TurnGuards } from './guards.js';
import type { SessionLimits } from './limits.js';
import type { Pause } from './live-turns.js';
import type { OriginQueue } from './origin-queue.js';
import type { Estimator, Pricing } from './pricing.js';
import type { RetryPolicy } from './retry.js';
import type { CredentialSource } from './runner.js';
import type { Wire } from './send.js';
import type { Capabilities, Shows } from './shown-media.js';
import type { ToolRuns } from './tool-run.js';
import type { CallInTurn, ToolServices } from './tool-services.js';
import { answerCalls, type PendingReply } from './tools-phase.js';
import type { Clock } from './wait.js';

/** What a turn yields: a step to commit before it goes on, or running text to tell at once. */
export type TurnItem = { kind: 'step'; step: Step } | { kind: 'delta'; delta: Delta };

/** How a turn ended; `closing`: it did not, the process that ran it leaves. */
export type TurnEnd = 'completed' | 'failed' | 'cancelled' | 'closing';

/** The reason of the signal that stops a turn. */
export class TurnStopped extends Error {
  override readonly name = 'TurnStopped';
  constructor(readonly how: 'cancelled' | 'closing') {
    super(`the turn is ${how}`);
  }
}

/** Whom a turn asks. */
export interface Asking {
  provider: Provider;
  credential: Credential | undefined;
  config: TurnConfig;
}

/** All a turn needs; nothing in it is a database or a socket. */
export interface TurnInput extends Asking {
  sessionId: string;
  conversationId: string;
  turnId: string;
  /** Attempts so far, of an earlier run. */
  attempts: number;
  /** Set where an earlier run of the turn ended between two attempts. */
  pause?: Pause | null;
  system: string;
  /** Complete messages, oldest first. */
  history: readonly ModelMessage[];
  /** A reply of an earlier run whose calls are not all answered; it is the last message of `history`. */
  pending?: PendingReply | undefined;
  credentials: Pick<CredentialSource, 'refresh' | 'used'>;
  /** What is done at a limit where the session does not say. */
  onLimit: OnLimit;
  /** Who takes over from whom the turn asks now; null: nobody. */
  fallback(asking: Asking): Promise<Asking | null>;
  /** Whom a call beside the conversation asks. @throws MaestroError `contribution.unknown`, `credential.missing` */
  another(choice: ModelChoice): Promise<Asking>;
  compaction: CompactionPorts;
  /** Calls at once with one server. */
  calls: OriginQueue;
  prices: Pricing;
  estimate?: Estimator | undefined;
  /** Bytes of images and files. */
  blob(sha256: string): Promise<Buffer>;
  /** What a model can do, as far as it is known. */
  capabilities?: Capabilities | undefined;
  /** What the next call tells the model of; a search may bring in more. */
  tools(): Promise<readonly ToolDescription[]>;
  run: ToolRuns;
  /** Limits on money and loops. */
  guards: TurnGuards;
  /** Whether a call may run, and with what. */
  leave(place: CallInTurn): Promise<Leave>;
  /** What running tools may ask of the platform. */
  services: ToolServices;
  wire: Wire;
  /** Messages that wait to be handed in between two steps of this turn. */
  steer(): Promise<readonly QueuedMessage[]>;
  limits: SessionLimits;
  retry: RetryPolicy;
  clock: Clock;
  newId(): string;
  signal: AbortSignal;
  log?: Logger;
}

/**
 * Asks the model, runs what it calls, asks again, until it calls nothing. Yields all that happens, in the order of
 * what must be committed before what; goes on once the reader asks for more.
 *
 * An error thrown into it at a step means the step was not committed: the turn stops without another word, unless it
 * knows better.
 */
export function turn(input: TurnInput): AsyncGenerator<TurnItem, TurnEnd, void> {
  return emitting((emit) => run(new TurnContext(input, emit)));
}

async function run(context: TurnContext): Promise<TurnEnd> {
  const { compact } = context.input.config;
  if (compact) return compactOnly(context, compact.instructions);
  let pending = context.input.pending;
  for (;;) {
    if (pending) {
      const end = await answerCalls(context, pending);
      if (end) return end;
    }
    const reply = await callModel(context);
    if (typeof reply === 'string') return reply;
    pending = reply;
  }
}

/** A turn that answers nobody. */
async function compactOnly(context: TurnContext, instructions: string | null): Promise<TurnEnd> {
  context.tools = await context.input.tools();
  await context.step([], [], { status: 'thinking' });
  await compactAsAsked(context, instructions);
  const { stopped } = context;
  if (stopped === 'closing') return stopped;
  const how = stopped ? ({ state: 'cancelled' } as const) : ({ state: 'completed', stop_reason: 'compacted' } as const);
  const ends = turnEnds(context.input.turnId, how);
  await context.step(ends.writes, ends.events, ends.session);
  return how.state;
}

/** What the phases of a turn share. */
export class TurnContext {
  readonly history: ModelMessage[];
  readonly log: Logger;
  hasStarted = false;
  /** Less than all once a request was refused. */
  shows: Shows = 'all';
  /** What the call under way tells the model of. */
  tools: readonly ToolDescription[] = [];
  /** What the call under way comes to, as we count; 0: not counted. */
  requestTokens = 0;
  /** What a step was refused with: whatever else comes of it, this run of the turn is over. */
  refusal: { error: unknown } | undefined;
  /** What of it waits for a person, by id of the request. */
  readonly waiting = new Map<string, WaitsFor>();
  /** Row ids of calls that agents answer in sessions of their own. */
  readonly delegated = new Set<string>();
  /** Whom it asks now: at a limit another may take over. */
  asking: Asking;
  #status: string | undefined;
  readonly #notices = new Set<string>();
  #untold: StepEvent[] = [];

  constructor(
    readonly input: TurnInput,
    private readonly emit: Emit<TurnItem>,
  ) {
    this.history = [...input.history];
    const { provider, credential, config } = input;
    this.asking = { provider, credential, config };
    this.log = input.log ?? silentLog;
  }

  /** Resolves once the step is committed. Cards are told where something they show changed. */
  async step(writes: readonly Write[], events: readonly StepEvent[], session: SessionShown = {}): Promise<void> {
    const { sessionId } = this.input;
    const { status, ...shown } = session;
    const isNew = status !== undefined && status !== this.#status;
    const set = { ...shown, ...(isNew && { status }) };
    const isChanged = Object.keys(set).length > 0;
    const notices = this.#untold;
    this.#untold = [];
    const step: Step = {
      writes: isChanged ? [...writes, { write: 'session.set', session_id: sessionId, set }] : writes,
      events: [
        ...notices,
        ...events,
        ...(isChanged ? [{ type: 'session.updated', data: { session_id: sessionId } } as const] : []),
      ],
    };
    await this.emit({ kind: 'step', step }).catch((error: unknown) => {
      this.refusal = { error };
      throw error;
    });
    if (isNew) this.#status = status;
  }

  get config(): TurnConfig {
    return this.asking.config;
  }

  tell(delta: Delta): Promise<void> {
    return this.emit({ kind: 'delta', delta });
  }

  get status(): string | undefined {
    return this.#status;
  }

  /** Told once per code and provider, with the next step. */
  notice(code: string, text: string): void {
    const known = `${this.config.provider} ${code}`;
    if (this.#notices.has(known)) return;
    this.#notices.add(known);
    this.#untold.push({ type: 'notice', data: { level: 'warn', code, text } });
  }

  /** How this turn is being stopped, if it is. */
  get stopped(): TurnStopped['how'] | null {
    const { signal } = this.input;
    if (!signal.aborted) return null;
    return signal.reason instanceof TurnStopped ? signal.reason.how : 'cancelled';
  }
}

export interface SessionShown {
  status?: string;
  preview?: string;
  addUsage?: UsageAdded;
  contextUsed?: number;
}

/** The writes and events that end a turn. */
export function turnEnds(
  turnId: string,
  end: { state: 'completed'; stop_reason: string } | { state: 'failed'; error: Failure } | { state: 'cancelled' },
): { writes: Write[]; events: StepEvent[]; session: SessionShown } {
  const from = ['queued', 'calling', 'tools'] as const;
  const write: Write = { write: 'turn.set', turn_id: turnId, from, resetAttempts: true, ...end };
  if (end.state === 'completed') {
    const event: StepEvent = { type: 'turn.completed', data: { turn_id: turnId, stop_reason: end.stop_reason } };
    return { writes: [write], events: [event], session: { status: 'idle' } };
  }
  if (end.state === 'cancelled') {
    return {
      writes: [write],
      events: [{ type: 'turn.cancelled', data: { turn_id: turnId } }],
      session: { status: 'idle' },
    };
  }
  const event: StepEvent = { type: 'turn.failed', data: { turn_id: turnId, error: end.error } };
  return { writes: [write], events: [event], session: { status: 'error' } };
}
