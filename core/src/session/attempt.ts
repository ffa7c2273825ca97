import { ProviderError } from '../errors.js';
import type { ModelRequest } from '../extension/provider.js';
import type { CallRetrying, Failure } from '../protocol/events.js';
import type { Part } from '../protocol/messages.js';
import type {
  CallEnd,
  CallState,
  CallUsage,
  NewProviderCall,
  NewToolCall,
  StepEvent,
  TurnConfig,
  Write,
} from '../store/step.js';
import { usageOf, withoutSource } from './call-usage.js';
import { asStored } from './context.js';
import { failureOf, finalFailure } from './failure.js';
import { MergedDeltas } from './merged-deltas.js';
import { addsMessage } from './new-message.js';
import type { Leave } from './origin-queue.js';
import { Places } from './places.js';
import { lastSentences, previewOf } from './preview.js';
import { type CalledTool, Reply } from './reply.js';
import { CONVERSATION, Send } from './send.js';
import { shownIn } from './shown-in.js';
import type { PendingReply } from './tools-phase.js';
import { type Asking, type SessionShown, type TurnContext, type TurnEnd, type TurnStopped, turnEnds } from './turn.js';
import { following, untilAborted } from './wait.js';

type Decided = CallRetrying['decision'];

/** One attempt at a reply. A new attempt has a new message id, so that nobody mixes up their texts. */
export class Attempt {
  readonly #reply: Reply;
  readonly #send: Send;
  readonly #own: ReturnType<typeof following>;
  readonly #deltas: MergedDeltas;
  readonly #startedAt: number;
  #isBegun = false;
  #iterator: AsyncIterator<unknown> | undefined;
  /** What a step of ours was refused with: the end of this run, whatever the provider makes of it. */
  #refusal: { error: unknown } | undefined;

  constructor(
    private readonly turn: TurnContext,
    private readonly number: number,
  ) {
    const { newId, limits, wire, signal, turnId, clock } = turn.input;
    const { config, credential } = turn.asking;
    this.#reply = new Reply(newId(), limits);
    this.#own = following(signal);
    this.#deltas = new MergedDeltas(
      (delta) => this.#ours(turn.tell(delta)),
      (error) => this.#own.controller.abort(error),
    );
    this.#startedAt = clock.now();
    this.#send = new Send({
      callId: newId(),
      turnId,
      attempt: number,
      provider: config.provider,
      model: config.model,
      credentialId: credential?.id ?? null,
      wire,
      signal: this.#own.controller.signal,
      responseBytes: limits.responseBytes,
      enter: (origin) => this.#enter(origin),
      commit: (call) => this.#begin(call),
    });
  }

  /** Reads the reply to its end; gives why it has none. Throws only what a step was refused with. */
  async read(): Promise<{ error: unknown } | null> {
    const { controller, release } = this.#own;
    let failed: { error: unknown } | null = null;
    try {
      await untilAborted(this.#pump(), controller.signal);
    } catch (error) {
      failed = { error };
      controller.abort(error);
    }
    release();
    // What came is told to the last word. What refuses it is remembered below.
    await this.#deltas.end().catch(() => undefined);
    this.#letGo();
    if (this.#refusal) throw this.#refusal.error;
    return failed;
  }

  /** W4: the reply is complete. */
  async complete(): Promise<PendingReply | TurnEnd> {
    const { turn } = this;
    const { turnId } = turn.input;
    const { provider, model } = turn.config;
    const reason = this.#reply.reason ?? 'stop';
    const parts = asStored(this.#reply.parts);
    // Each look at them parses their arguments.
    const called = this.#reply.calls;
    const calls = this.#toolCalls(called);
    const isLast = calls.length === 0;
    const usage = usageOf(turn, this.#reply);
    this.#learn(usage);
    const added = this.#adds('complete', parts, usage);
    const ends = turnEnds(turnId, { state: 'completed', stop_reason: reason });
    const goesOn: Write = {
      write: 'turn.set',
      turn_id: turnId,
      from: ['calling'],
      state: 'tools',
      resetAttempts: true,
    };
    const tools: Write[] = isLast ? ends.writes : [{ write: 'tool.add', calls }, goesOn];
    await turn.step(
      [...this.#send.end('done', { usage }), added.write, ...tools, this.#dropsDraft()],
      [this.#finished(), ...this.#tellsUsage(usage), added.event, ...(isLast ? ends.events : [])],
      { ...this.#shown(), ...this.#used(usage), ...filled(usage), status: isLast ? 'idle' : 'tool' },
    );
    if (isLast) return 'completed';
    turn.history.push({ role: 'assistant', parts, provider, model });
    return {
      messageId: this.#reply.messageId,
      calls: calls.map(({ id, ord, provider_tool_id, name }, index) => {
        const part = parts.findIndex((one) => one.type === 'tool_call' && one.id === provider_tool_id);
        return { id, ord, part, callId: provider_tool_id, name, args: called[index]?.args, result: null };
      }),
    };
  }

  /** How far our count was from the provider's. */
  #learn(usage: CallUsage | null): void {
    const { provider, model } = this.turn.config;
    if (!usage || usage.estimated) return;
    const { calibration } = this.turn.input.compaction;
    calibration.learn(provider, model, this.turn.requestTokens, usage.request_tokens ?? 0);
  }

  /** The attempt failed and another follows; with `to` another model makes it, also after a crash. */
  async discard(error: unknown, next: { decision: Decided; delayMs: number; to?: Asking }): Promise<void> {
    const { turn } = this;
    const { turnId } = turn.input;
    const { decision, delayMs: delay_ms, to } = next;
    const failure = failureOf(error, turn.config.provider);
    const data = { turn_id: turnId, message_id: this.#reply.messageId, attempt: this.number, delay_ms };
    const usage = usageOf(turn, this.#reply);
    const writes = [...this.#send.end(endState(error), { usage, error: failure }), this.#dropsDraft()];
    const events = this.#tellsUsage(usage);
    const told: CallRetrying = { ...data, error: failure, decision };
    if (to) {
      const { provider, model } = to.config;
      told.to = { provider, model };
      const text = `${failure.message}; ${provider}/${model} takes over for this turn`;
      events.push({ type: 'notice', data: { level: 'warn', code: 'turn.switched', text } });
      writes.push(takesOver(turnId, to.config));
    }
    events.push({ type: 'call.retrying', data: told });
    await turn.step(writes, events, { ...this.#used(usage), status: 'thinking' });
    if (to) turn.asking = to;
  }

  /** The attempt failed and no other follows. What came is kept, for the person only. */
  async fail(error: unknown): Promise<TurnEnd> {
    const failure = finalFailure(error, this.turn.config.provider);
    this.turn.log.warn('a provider call failed', { code: failure.code, cause: error });
    await this.#endsWith(turnEnds(this.turn.input.turnId, { state: 'failed', error: failure }), {
      state: endState(error),
      failure,
      kept: 'error',
    });
    return 'failed';
  }

  /** W8 while the model answers. A process that leaves writes nothing: the next one finds the call and the draft. */
  async stop(how: TurnStopped['how']): Promise<TurnEnd> {
    if (how === 'closing') return how;
    const failure = { code: 'turn.cancelled', message: 'The turn was stopped while the model answered.' };
    await this.#endsWith(turnEnds(this.turn.input.turnId, { state: 'cancelled' }), {
      state: 'interrupted',
      failure,
      kept: 'interrupted',
    });
    return how;
  }

  async #endsWith(
    ends: ReturnType<typeof turnEnds>,
    { state, failure, kept }: { state: CallEnd['state']; failure: Failure; kept: 'interrupted' | 'error' },
  ): Promise<void> {
    const usage = usageOf(this.turn, this.#reply);
    const keeps = this.#keeps(kept, usage);
    await this.turn.step(
      [...this.#send.end(state, { usage, error: failure }), ...keeps.writes, ...ends.writes],
      [...keeps.events, ...ends.events],
      { ...ends.session, ...this.#used(usage) },
    );
  }

  async #pump(): Promise<void> {
    const { provider, config } = this.turn.asking;
    const { signal } = this.#own.controller;
    const iterator = provider.stream(await this.#request())[Symbol.asyncIterator]();
    this.#iterator = iterator;
    for (;;) {
      const next = await iterator.next();
      if (signal.aborted) return;
      if (next.done) throw cut(config.provider);
      if (!this.#isBegun) await this.#begin(null);
      const delta = this.#reply.take(next.value);
      if (this.#reply.reason) return this.#deltas.flush();
      if (!delta) continue;
      const told = this.#deltas.add(delta);
      if (!told) continue;
      await told;
      if (delta.kind === 'thinking' || this.turn.status === 'streaming') continue;
      await this.#ours(this.turn.step([], [], { status: 'streaming' }));
    }
  }

  async #request(): Promise<ModelRequest> {
    const { system, sessionId, conversationId, turnId } = this.turn.input;
    const { config, credential } = this.turn.asking;
    return {
      model: config.model,
      system,
      tools: this.turn.tools,
      credential,
      sessionId,
      conversationId,
      turnId,
      effort: config.effort,
      maxTokens: null,
      workingDirectory: config.working_directory,
      signal: this.#own.controller.signal,
      send: (prepared) => this.#send.send(prepared),
      ...(await shownIn(this.turn, this.turn.asking, this.turn.history)),
      notice: (code, text) => this.turn.notice(code, text),
    };
  }

  /** Waits for a server that has enough to do, and says its place meanwhile. */
  async #enter(origin: string): Promise<Leave> {
    const { calls, sessionId, turnId } = this.turn.input;
    const { controller } = this.#own;
    const places = new Places(async (place) => {
      const data = { turn_id: turnId, message_id: this.#reply.messageId, origin, place };
      await this.#ours(this.turn.step([], [{ type: 'call.queued', data }], { status: 'queued' }));
    });
    const onPlace = (place: number) => {
      places.told(place).catch((error: unknown) => controller.abort(error));
    };
    const leave = await calls.enter(origin, sessionId, { signal: controller.signal, onPlace });
    try {
      // What was told of the waiting stands in the log before the call that ends it.
      await places.end();
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }

  /** W2, with the exact request where there is one. */
  #begin(call: NewProviderCall | null): Promise<void> {
    const { turnId, attempts } = this.turn.input;
    const { turn } = this;
    const calling: Write = {
      write: 'turn.set',
      turn_id: turnId,
      from: ['queued', 'calling', 'tools'],
      state: 'calling',
      begin: !this.#isBegun,
    };
    const started: StepEvent = { type: 'turn.started', data: { turn_id: turnId, attempt: attempts + 1 } };
    const called: StepEvent = {
      type: 'call.started',
      data: { turn_id: turnId, call_id: call?.id ?? null, message_id: this.#reply.messageId, attempt: this.number },
    };
    const events = turn.hasStarted ? [called] : [started, called];
    const writes: Write[] = call ? [calling, { write: 'call.add', call }] : [calling];
    this.#isBegun = true;
    turn.hasStarted = true;
    return this.#ours(turn.step(writes, events, { status: 'thinking' }));
  }

  /** Remembers a refusal, since what passes through a provider may come out as another error. */
  async #ours(step: Promise<void>): Promise<void> {
    try {
      await step;
    } catch (error) {
      this.#refusal ??= { error };
      throw error;
    }
  }

  /** Lets the exchange end by itself for a moment, so that its connection can serve again, then cuts it. */
  #letGo(): void {
    const { controller } = this.#own;
    const end = () => {
      clearTimeout(cutOff);
      controller.abort();
      this.#send.release();
    };
    const cutOff = setTimeout(end, this.turn.input.limits.callCloseMs);
    cutOff.unref();
    const iterator = this.#iterator;
    Promise.resolve()
      .then(() => iterator?.return?.())
      .catch((cause: unknown) => this.turn.log.debug('a provider failed after its reply was over', { cause }))
      .finally(end);
  }

  #toolCalls(called: readonly CalledTool[]): NewToolCall[] {
    const { turnId, newId, run } = this.turn.input;
    return called.map(({ id, name, raw }, ord) => ({
      id: newId(),
      message_id: this.#reply.messageId,
      turn_id: turnId,
      ord,
      provider_tool_id: id,
      name,
      args: raw,
      retry: run.traits(name).retry,
    }));
  }

  #adds(status: 'complete' | 'interrupted' | 'error', parts: readonly Part[], usage: CallUsage | null) {
    const { turnId, clock } = this.turn.input;
    const { provider, model } = this.turn.config;
    return addsMessage({
      id: this.#reply.messageId,
      role: 'assistant',
      status,
      parts,
      turn_id: turnId,
      provider,
      model,
      call_id: this.#send.callId,
      latency_ms: Math.round(clock.now() - this.#startedAt),
      ...(usage && withoutSource(usage)),
    });
  }

  #keeps(status: 'interrupted' | 'error', usage: CallUsage | null): { writes: Write[]; events: StepEvent[] } {
    const { parts } = this.#reply;
    const finished = [...(this.#isBegun ? [this.#finished()] : []), ...this.#tellsUsage(usage)];
    const isEmpty = parts.every((part) => 'text' in part && part.text === '');
    if (isEmpty) return { writes: [this.#dropsDraft()], events: finished };
    const added = this.#adds(status, parts, usage);
    return { writes: [added.write, this.#dropsDraft()], events: [...finished, added.event] };
  }

  #dropsDraft(): Write {
    return { write: 'draft.drop', message_id: this.#reply.messageId };
  }

  #finished(): StepEvent {
    const { turnId } = this.turn.input;
    const data = { turn_id: turnId, call_id: this.#send.callId, message_id: this.#reply.messageId };
    return { type: 'call.finished', data };
  }

  #tellsUsage(usage: CallUsage | null): StepEvent[] {
    const { callId } = this.#send;
    if (!usage || !callId) return [];
    const data = { turn_id: this.turn.input.turnId, call_id: callId, message_id: this.#reply.messageId };
    return [{ type: 'usage.recorded', data: { ...data, usage: withoutSource(usage) } }];
  }

  #used(usage: CallUsage | null): SessionShown {
    if (!usage) return {};
    const { provider, model } = this.turn.config;
    return {
      addUsage: { ...withoutSource(usage), call_id: this.#send.callId, provider, model, activity: CONVERSATION },
    };
  }

  #shown(): SessionShown {
    const { text } = this.#reply;
    const preview = lastSentences(`${text}\n`) || previewOf(text);
    return preview === '' ? {} : { preview };
  }
}

function takesOver(turnId: string, config: TurnConfig): Write {
  const from = ['queued', 'calling', 'tools'] as const;
  return { write: 'turn.set', turn_id: turnId, from, state: 'calling', resetAttempts: true, config };
}

function filled(usage: CallUsage | null): SessionShown {
  return usage ? { contextUsed: (usage.request_tokens ?? 0) + (usage.response_tokens ?? 0) } : {};
}

function endState(error: unknown): Exclude<CallState, 'sent' | 'done'> {
  return error instanceof ProviderError && error.kind === 'interrupted' ? 'interrupted' : 'failed';
}

function cut(provider: string): ProviderError {
  return new ProviderError('interrupted', `the reply of "${provider}" ended before its end mark`);
}
