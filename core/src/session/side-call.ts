import { MaestroError, ProviderError } from '../errors.js';
import type { ModelRequest } from '../extension/provider.js';
import type { SideReply, SideRequest } from '../extension/tool.js';
import type { SessionChange, StepEvent, Write } from '../store/step.js';
import { usageOf, withoutSource } from './call-usage.js';
import { decide } from './decision.js';
import { failureOf } from './failure.js';
import { Reply } from './reply.js';
import { Send } from './send.js';
import { shownIn } from './shown-in.js';
import type { CallInTurn } from './tool-services.js';
import type { Asking, TurnContext } from './turn.js';
import { following, untilAborted } from './wait.js';

/**
 * One model call beside the conversation, for a tool that runs or for a compaction: recorded, counted and paid for like every other, with
 * the same retries. Its reply is not shown; whoever asked says what came of it.
 *
 * @throws ProviderError when no attempt went well; MaestroError `credential.missing`,
 *   `contribution.unknown`, `budget.stopped`, `provider.no_search`
 */
export async function sideCall(place: Beside, request: SideRequest): Promise<SideReply> {
  const { turn, signal } = place;
  let asking = request.model ? await turn.input.another(request.model) : turn.asking;
  if (request.webSearch) checkSearches(asking);
  let mayRefresh = asking.credential?.kind === 'oauth';
  for (let attempt = 1; ; attempt += 1) {
    await turn.input.guards.beside(turn, asking);
    try {
      return await new SideAttempt(place, request, asking, attempt).read();
    } catch (error) {
      signal.throwIfAborted();
      const standing = { retries: attempt - 1, mayRefresh, maySwitch: false, mayCompact: false };
      const decision = decide(error, standing, turn.input.retry);
      if (decision.does === 'refresh' && asking.credential) {
        mayRefresh = false;
        asking = { ...asking, credential: await turn.input.credentials.refresh(asking.credential) };
      } else if ('delayMs' in decision) await turn.input.clock.sleep(decision.delayMs, signal);
      else throw error;
    }
  }
}

function checkSearches({ provider, config: { model }, credential }: Asking): void {
  if (provider.searchesWeb?.(model, credential)) return;
  throw new MaestroError('provider.no_search', `${provider.label} does not search the web for ${model}.`);
}
/** `messageId`: what it is made for. */
type Beside = Pick<CallInTurn, 'turn' | 'signal' | 'messageId'>;

class SideAttempt {
  readonly #reply: Reply;
  readonly #send: Send;
  readonly #own: ReturnType<typeof following>;

  constructor(
    private readonly place: Beside,
    private readonly request: SideRequest,
    private readonly asking: Asking,
    attempt: number,
  ) {
    const { newId, limits, wire, turnId, calls, sessionId } = this.turn.input;
    const { config, credential } = asking;
    this.#reply = new Reply(newId(), limits);
    this.#own = following(place.signal);
    const { signal } = this.#own.controller;
    this.#send = new Send({
      callId: newId(),
      turnId,
      attempt,
      provider: config.provider,
      model: config.model,
      credentialId: credential?.id ?? null,
      activity: request.activity,
      wire,
      signal,
      responseBytes: limits.responseBytes,
      enter: (origin) => calls.enter(origin, sessionId, { signal, onPlace: () => undefined }),
      commit: (call) => this.turn.step([{ write: 'call.add', call }], []),
    });
  }

  async read(): Promise<SideReply> {
    const { controller, release } = this.#own;
    try {
      await untilAborted(this.#pump(), controller.signal);
      await this.#end('done');
    } catch (error) {
      controller.abort(error);
      const isStopped = this.place.signal.aborted;
      await this.#end(isStopped ? 'interrupted' : 'failed', error);
      throw error;
    } finally {
      release();
      this.#send.release();
    }
    const { provider, model } = this.asking.config;
    const { parts, sources } = this.#reply;
    return { parts, sources, provider, model, reason: this.#reply.reason ?? 'stop' };
  }

  async #pump(): Promise<void> {
    const { provider, config } = this.asking;
    for await (const event of provider.stream(await this.#modelRequest())) {
      this.#reply.take(event);
      if (this.#reply.reason) return;
    }
    throw new ProviderError('interrupted', `${config.provider} ended its answer before it was complete`);
  }

  /** Ends the row of the call, if there is one, and counts what it used. */
  async #end(state: 'done' | 'failed' | 'interrupted', error?: unknown): Promise<void> {
    const { turn } = this;
    const { config } = this.asking;
    const usage = usageOf(turn, this.#reply, { sent: this.#sent(), config });
    const failure = error === undefined ? null : failureOf(error, config.provider);
    const writes: Write[] = this.#send.end(state, { usage, error: failure });
    const events: StepEvent[] = [];
    const { callId } = this.#send;
    const { provider, model } = config;
    const by = { call_id: callId, provider, model, activity: this.request.activity };
    const shown: Pick<SessionChange, 'addUsage'> = usage ? { addUsage: { ...withoutSource(usage), ...by } } : {};
    if (usage && callId) {
      const data = { turn_id: turn.input.turnId, call_id: callId, message_id: this.place.messageId };
      events.push({ type: 'usage.recorded', data: { ...data, usage: withoutSource(usage) } });
    }
    if (writes.length > 0 || usage) await turn.step(writes, events, shown);
  }

  #sent() {
    return { system: this.request.system ?? '', messages: this.request.messages, tools: [] };
  }

  async #modelRequest(): Promise<ModelRequest> {
    const { sessionId, conversationId, turnId } = this.turn.input;
    const { config, credential } = this.asking;
    return {
      model: config.model,
      ...this.#sent(),
      credential,
      sessionId,
      conversationId,
      turnId,
      effort: null,
      maxTokens: this.request.maxTokens ?? null,
      webSearch: this.request.webSearch ?? false,
      workingDirectory: config.working_directory,
      signal: this.#own.controller.signal,
      send: (prepared) => this.#send.send(prepared),
      ...(await shownIn(this.turn, this.asking, this.request.messages)),
      notice: (code, text) => this.turn.notice(code, text),
    };
  }

  private get turn(): TurnContext {
    return this.place.turn;
  }
}
