import { MaestroError, ProviderError } from '../errors.js';
import type { ModelRequest, TokenUsage } from '../extension/provider.js';
import type { Failure } from '../protocol/events.js';
import type { Part } from '../protocol/messages.js';
import type { CallState, NewProviderCall, NewToolCall, StepEvent, Write } from '../store/step.js';
import { asStored, assertWellFormed } from './context.js';
import { addsMessage } from './new-message.js';
import { previewOf } from './preview.js';
import { type CalledTool, Reply } from './reply.js';
import { retryDelay } from './retry.js';
import { Send } from './send.js';
import type { PendingReply } from './tools-phase.js';
import { type SessionShown, type TurnContext, type TurnEnd, type TurnStopped, turnEnds } from './turn.js';
import { following, untilAborted } from './wait.js';

/**
 * Gets one reply, trying again where that may help. Gives the reply when it calls tools, else how the turn ended.
 *
 * @throws MaestroError `history.broken`, before anything is sent
 */
export async function callModel(turn: TurnContext): Promise<PendingReply | TurnEnd> {
  const { retry, clock, signal } = turn.input;
  assertWellFormed(turn.history);
  for (let retries = 0; ; retries += 1) {
    if (turn.stopped) return stopTurn(turn, turn.stopped);
    const attempt = new Attempt(turn, retries + 1);
    const failed = await attempt.read();
    if (!failed) return attempt.complete();
    if (turn.stopped) return attempt.stop(turn.stopped);
    const delayMs = retryDelay(failed.error, retries, retry);
    if (delayMs === null) return attempt.fail(failed.error);
    await attempt.discard(failed.error, delayMs);
    // A stop ends the wait; the top of the loop sees it.
    await clock.sleep(delayMs, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

async function stopTurn(turn: TurnContext, how: TurnStopped['how']): Promise<TurnEnd> {
  if (how === 'closing') return how;
  const end = turnEnds(turn.input.turnId, { state: 'cancelled' });
  await turn.step(end.writes, end.events, end.session);
  return how;
}

/** One attempt at a reply. A new attempt has a new message id, so that nobody mixes up their texts. */
class Attempt {
  readonly #reply: Reply;
  readonly #send: Send;
  readonly #own: ReturnType<typeof following>;
  readonly #startedAt: number;
  #isBegun = false;
  #iterator: AsyncIterator<unknown> | undefined;
  /** What a step of ours was refused with: the end of this run, whatever the provider makes of it. */
  #refusal: { error: unknown } | undefined;

  constructor(
    private readonly turn: TurnContext,
    private readonly number: number,
  ) {
    const { newId, limits, config, wire, signal, turnId, clock } = turn.input;
    this.#reply = new Reply(newId(), limits);
    this.#own = following(signal);
    this.#startedAt = clock.now();
    this.#send = new Send({
      callId: newId(),
      turnId,
      attempt: number,
      provider: config.provider,
      model: config.model,
      wire,
      signal: this.#own.controller.signal,
      responseBytes: limits.responseBytes,
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
    this.#letGo();
    if (this.#refusal) throw this.#refusal.error;
    return failed;
  }

  /** W4: the reply is complete. */
  async complete(): Promise<PendingReply | TurnEnd> {
    const { turn } = this;
    const { turnId, config } = turn.input;
    const { provider, model } = config;
    const reason = this.#reply.reason ?? 'stop';
    const parts = asStored(this.#reply.parts);
    // Each look at them parses their arguments.
    const called = this.#reply.calls;
    const calls = this.#toolCalls(called);
    const isLast = calls.length === 0;
    const added = this.#adds('complete', parts);
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
      [...this.#send.end('done'), added.write, ...tools, this.#dropsDraft()],
      [this.#finished(), added.event, ...(isLast ? ends.events : [])],
      { ...this.#shown(), status: isLast ? 'idle' : 'tool' },
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

  /** The attempt failed and another follows. */
  async discard(error: unknown, delayMs: number): Promise<void> {
    const { turnId, config } = this.turn.input;
    const failure = failureOf(error, config.provider);
    const retrying: StepEvent = {
      type: 'call.retrying',
      data: {
        turn_id: turnId,
        message_id: this.#reply.messageId,
        attempt: this.number,
        delay_ms: delayMs,
        error: failure,
      },
    };
    const writes = [...this.#send.end(endState(error), failure), this.#dropsDraft()];
    await this.turn.step(writes, [retrying], { status: 'thinking' });
  }

  /** The attempt failed and no other follows. What came is kept, for the person only. */
  async fail(error: unknown): Promise<TurnEnd> {
    const failure = failureOf(error, this.turn.input.config.provider);
    this.turn.log.warn('a provider call failed', { code: failure.code, cause: error });
    const ends = turnEnds(this.turn.input.turnId, { state: 'failed', error: failure });
    const kept = this.#keeps('error');
    await this.turn.step(
      [...this.#send.end(endState(error), failure), ...kept.writes, ...ends.writes],
      [...kept.events, ...ends.events],
      ends.session,
    );
    return 'failed';
  }

  /** W8 while the model answers. A process that leaves writes nothing: the next one finds the call and the draft. */
  async stop(how: TurnStopped['how']): Promise<TurnEnd> {
    if (how === 'closing') return how;
    const failure = { code: 'turn.cancelled', message: 'The turn was stopped while the model answered.' };
    const ends = turnEnds(this.turn.input.turnId, { state: 'cancelled' });
    const kept = this.#keeps('interrupted');
    await this.turn.step(
      [...this.#send.end('interrupted', failure), ...kept.writes, ...ends.writes],
      [...kept.events, ...ends.events],
      ends.session,
    );
    return how;
  }

  async #pump(): Promise<void> {
    const { provider, config } = this.turn.input;
    const { signal } = this.#own.controller;
    const iterator = provider.stream(this.#request())[Symbol.asyncIterator]();
    this.#iterator = iterator;
    for (;;) {
      const next = await iterator.next();
      if (signal.aborted) return;
      if (next.done) throw cut(config.provider);
      if (!this.#isBegun) await this.#begin(null);
      const delta = this.#reply.take(next.value);
      if (this.#reply.reason) return;
      if (!delta) continue;
      await this.#ours(this.turn.tell(delta));
      if (delta.kind === 'thinking' || this.turn.status === 'streaming') continue;
      await this.#ours(this.turn.step([], [], { status: 'streaming' }));
    }
  }

  #request(): ModelRequest {
    const { config, system, tools, credential, sessionId } = this.turn.input;
    return {
      model: config.model,
      system,
      messages: [...this.turn.history],
      tools,
      credential,
      sessionId,
      workingDirectory: config.working_directory,
      signal: this.#own.controller.signal,
      send: (prepared) => this.#send.send(prepared),
      notice: (code, text) => this.turn.notice(code, text),
    };
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
    const cutOff = setTimeout(() => controller.abort(), this.turn.input.limits.callCloseMs);
    cutOff.unref();
    const iterator = this.#iterator;
    Promise.resolve()
      .then(() => iterator?.return?.())
      .catch((cause: unknown) => this.turn.log.debug('a provider failed after its reply was over', { cause }))
      .finally(() => {
        clearTimeout(cutOff);
        controller.abort();
      });
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

  #adds(status: 'complete' | 'interrupted' | 'error', parts: readonly Part[]) {
    const { turnId, config, clock } = this.turn.input;
    const { usage } = this.#reply;
    return addsMessage({
      id: this.#reply.messageId,
      role: 'assistant',
      status,
      parts,
      turn_id: turnId,
      provider: config.provider,
      model: config.model,
      call_id: this.#send.callId,
      latency_ms: Math.round(clock.now() - this.#startedAt),
      request_tokens: usage?.requestTokens ?? null,
      response_tokens: usage?.responseTokens ?? null,
    });
  }

  #keeps(status: 'interrupted' | 'error'): { writes: Write[]; events: StepEvent[] } {
    const { parts } = this.#reply;
    const finished = this.#isBegun ? [this.#finished()] : [];
    const isEmpty = parts.every((part) => 'text' in part && part.text === '');
    if (isEmpty) return { writes: [this.#dropsDraft()], events: finished };
    const added = this.#adds(status, parts);
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

  #shown(): SessionShown {
    const preview = previewOf(this.#reply.text);
    return { ...(preview !== '' && { preview }), ...tokens(this.#reply.usage) };
  }
}

function tokens(usage: TokenUsage | undefined): SessionShown {
  if (!usage) return {};
  const { requestTokens, responseTokens } = usage;
  return {
    addTokens: { request: requestTokens, response: responseTokens },
    contextUsed: requestTokens + responseTokens,
  };
}

function endState(error: unknown): Exclude<CallState, 'sent' | 'done'> {
  return error instanceof ProviderError && error.kind === 'interrupted' ? 'interrupted' : 'failed';
}

/** A failure as a person reads it. */
export function failureOf(error: unknown, provider: string): Failure {
  if (error instanceof MaestroError) return { code: error.code, message: error.message };
  const what = error instanceof Error ? error.message : String(error);
  return { code: 'provider.broken', message: `provider "${provider}" failed in a way it should not: ${what}` };
}

function cut(provider: string): ProviderError {
  return new ProviderError('interrupted', `the reply of "${provider}" ended before its end mark`);
}
