import type { Credential, ModelMessage, Provider, ToolDescription } from '../extension/provider.js';
import { type Logger, silentLog } from '../log.js';
import type { Delta, Failure } from '../protocol/events.js';
import type { QueuedMessage } from '../protocol/resources.js';
import type { Step, StepEvent, TurnConfig, Write } from '../store/step.js';
import { callModel } from './call.js';
import { type Emit, emitting } from './emitting.js';
import type { SessionLimits } from './limits.js';
import type { RetryPolicy } from './retry.js';
import type { Wire } from './send.js';
import type { ToolRuns } from './tool-run.js';
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

/** All a turn needs; nothing in it is a database or a socket. */
export interface TurnInput {
  sessionId: string;
  turnId: string;
  /** Attempts so far, of an earlier run. */
  attempts: number;
  config: TurnConfig;
  system: string;
  /** Complete messages, oldest first. */
  history: readonly ModelMessage[];
  /** A reply of an earlier run whose calls are not all answered; it is the last message of `history`. */
  pending?: PendingReply | undefined;
  provider: Provider;
  credential: Credential | undefined;
  tools: readonly ToolDescription[];
  run: ToolRuns;
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

/** What the phases of a turn share. */
export class TurnContext {
  readonly history: ModelMessage[];
  readonly log: Logger;
  /** Tool calls that this run of the turn made. */
  toolCalls = 0;
  hasStarted = false;
  #status: string | undefined;
  readonly #notices = new Map<string, StepEvent>();
  #untold: StepEvent[] = [];

  constructor(
    readonly input: TurnInput,
    private readonly emit: Emit<TurnItem>,
  ) {
    this.history = [...input.history];
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
    await this.emit({
      kind: 'step',
      step: {
        writes: isChanged ? [...writes, { write: 'session.set', session_id: sessionId, set }] : writes,
        events: [
          ...notices,
          ...events,
          ...(isChanged ? [{ type: 'session.updated', data: { session_id: sessionId } } as const] : []),
        ],
      },
    });
    if (isNew) this.#status = status;
  }

  tell(delta: Delta): Promise<void> {
    return this.emit({ kind: 'delta', delta });
  }

  get status(): string | undefined {
    return this.#status;
  }

  /** Told once per code, with the next step. */
  notice(code: string, text: string): void {
    if (this.#notices.has(code)) return;
    const event: StepEvent = { type: 'notice', data: { level: 'warn', code, text } };
    this.#notices.set(code, event);
    this.#untold.push(event);
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
  addTokens?: { request: number; response: number };
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
