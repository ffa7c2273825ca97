import { MaestroError } from '../errors.js';
import type { PreparedRequest, ProviderResponse } from '../extension/provider.js';
import { redactSecrets } from '../secret.js';
import { KeptBody } from '../store/kept-body.js';
import type { CallEnd, CallState, NewProviderCall, Write } from '../store/step.js';
import { CallClock } from './call-clock.js';
import type { Leave } from './origin-queue.js';

/** The way to a provider's server. `render` is pure and fixes every byte; `send` writes them. */
export interface Wire {
  render(prepared: PreparedRequest): Rendered;
  send(rendered: Rendered, options: { signal: AbortSignal; onConnected: () => void }): Promise<ProviderResponse>;
}

export interface Rendered {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly redactedHeaders: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** What calls are made for, where nothing else is said. */
export const CONVERSATION = 'conversation';

export interface SendOptions {
  callId: string;
  turnId: string;
  attempt: number;
  provider: string;
  model: string;
  credentialId: string | null;
  /** What it is made for, where that is not the conversation. */
  activity?: string;
  wire: Wire;
  signal: AbortSignal;
  responseBytes: number;
  /** Resolves once the server may be called. */
  enter(origin: string): Promise<Leave>;
  /** Commits the call (W2). Nothing leaves this process before it resolved. */
  commit(call: NewProviderCall): Promise<void>;
}

/** Headers in which servers name a request for their support; the first that is there counts. */
const requestIdHeaders = ['request-id', 'x-request-id'];

/** One exchange with a provider's server: committed, sent, and its answer kept as it came. */
export class Send {
  #call: NewProviderCall | undefined;
  #response: ProviderResponse | undefined;
  #firstByteAt: Date | null = null;
  readonly #kept = new KeptBody();
  readonly #clock = new CallClock();
  #bytes = 0;
  #wasCalled = false;
  #leave: Leave | undefined;
  #isReleased = false;

  constructor(private readonly options: SendOptions) {}

  /**
   * What `ModelRequest.send` is.
   *
   * @throws MaestroError `provider.sent_twice` at the second call; ProviderError as the wire gives it
   */
  async send(prepared: PreparedRequest): Promise<ProviderResponse> {
    const { wire, signal, enter } = this.options;
    if (this.#wasCalled) throw sentTwice(this.options.provider);
    this.#wasCalled = true;
    const rendered = wire.render(prepared);
    this.#clock.waits();
    this.#leave = await enter(new URL(rendered.url).origin);
    this.#clock.enters();
    if (this.#isReleased) this.#leave();
    signal.throwIfAborted();
    await this.#commit(this.#newCall(rendered, prepared.profile.id));
    signal.throwIfAborted();
    this.#clock.begins();
    const response = await wire.send(rendered, { signal, onConnected: () => this.#clock.connects() });
    this.#clock.headArrives();
    this.#response = response;
    return { ...response, body: this.#tee(response.body) };
  }

  /** The row id once a request was committed. */
  get callId(): string | null {
    return this.#call?.id ?? null;
  }

  /** The exchange has ended, whatever became of it: the next one may call the server. */
  release(): void {
    this.#isReleased = true;
    this.#leave?.();
  }

  /** The writes that end the call; none where nothing was sent. */
  end(state: Exclude<CallState, 'sent'>, { usage, error }: Pick<CallEnd, 'usage' | 'error'> = {}): Write[] {
    if (!this.callId) return [];
    const headers = this.#response?.headers;
    const end: CallEnd = {
      state,
      status: this.#response?.status ?? null,
      resp_headers: headers?.map(([name, value]) => [name, value]) ?? null,
      resp: this.#response ? this.#answer(this.#response.status) : null,
      provider_request_id: requestId(headers),
      first_byte_at: this.#firstByteAt,
      timing: this.#clock.timing(),
      error: error ?? null,
      usage: usage ?? null,
    };
    return [{ write: 'call.end', call_id: this.callId, end }];
  }

  /** Servers that refuse a request may repeat what it was signed with; such an answer is kept without. */
  #answer(status: number): NonNullable<CallEnd['resp']> {
    const kept = this.#kept.close();
    if (status < 400 || !Buffer.isBuffer(kept)) return kept;
    const said = kept.toString('latin1');
    const clean = redactSecrets(said);
    return clean === said ? kept : Buffer.from(clean, 'latin1');
  }

  /** While the commit is under way the call counts: a stop that comes then is committed behind it. */
  async #commit(call: NewProviderCall): Promise<void> {
    this.#call = call;
    try {
      await this.options.commit(call);
    } catch (error) {
      this.#call = undefined;
      throw error;
    }
  }

  #newCall(rendered: Rendered, profile: string): NewProviderCall {
    const { callId, turnId, attempt, provider, model, credentialId, activity = CONVERSATION } = this.options;
    return {
      id: callId,
      turn_id: turnId,
      attempt,
      provider,
      model,
      credential_id: credentialId,
      activity,
      profile,
      method: rendered.method,
      url: rendered.url,
      req_headers: rendered.redactedHeaders.map(([name, value]) => [name, value]),
      body: rendered.body,
    };
  }

  async *#tee(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      this.#firstByteAt ??= new Date();
      this.#bytes += chunk.length;
      this.#clock.arrives(this.#bytes);
      // The wire ends an answer that is too large; this holds for whatever else stands behind the interface.
      if (this.#bytes <= this.options.responseBytes) await this.#kept.add(chunk);
      yield chunk;
    }
  }
}

function requestId(headers: ProviderResponse['headers'] | undefined): string | null {
  const named = requestIdHeaders.flatMap((wanted) => headers?.find(([name]) => name.toLowerCase() === wanted) ?? []);
  return named[1] ?? null;
}

function sentTwice(provider: string): MaestroError {
  const message = `provider "${provider}" sent a second request for one reply, which is not allowed; report it to its author`;
  return new MaestroError('provider.sent_twice', message);
}
