import { MaestroError } from '../errors.js';
import type { PreparedRequest, ProviderResponse } from '../extension/provider.js';
import type { Failure } from '../protocol/events.js';
import type { CallEnd, CallState, NewProviderCall, Write } from '../store/step.js';

/** The way to a provider's server. `render` is pure and fixes every byte; `send` writes them. */
export interface Wire {
  render(prepared: PreparedRequest): Rendered;
  send(rendered: Rendered, options: { signal: AbortSignal }): Promise<ProviderResponse>;
}

export interface Rendered {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly redactedHeaders: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

export interface SendOptions {
  callId: string;
  turnId: string;
  attempt: number;
  provider: string;
  model: string;
  wire: Wire;
  signal: AbortSignal;
  responseBytes: number;
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
  #kept: Buffer[] = [];
  #bytes = 0;
  #isRefused = false;

  constructor(private readonly options: SendOptions) {}

  /**
   * What `ModelRequest.send` is.
   *
   * @throws MaestroError `provider.sent_twice` at the second call; ProviderError as the wire gives it
   */
  async send(prepared: PreparedRequest): Promise<ProviderResponse> {
    const { wire, signal } = this.options;
    if (this.#call) throw sentTwice(this.options.provider);
    const rendered = wire.render(prepared);
    this.#call = this.#newCall(rendered);
    await this.#commit(this.#call);
    signal.throwIfAborted();
    const response = await wire.send(rendered, { signal });
    this.#response = response;
    return { ...response, body: this.#tee(response.body) };
  }

  /** The row id once a request was committed. */
  get callId(): string | null {
    return this.#call && !this.#isRefused ? this.#call.id : null;
  }

  /** The writes that end the call; none where nothing was sent. */
  end(state: Exclude<CallState, 'sent'>, error: Failure | null = null): Write[] {
    if (!this.callId) return [];
    const headers = this.#response?.headers;
    const end: CallEnd = {
      state,
      status: this.#response?.status ?? null,
      resp_headers: headers?.map(([name, value]) => [name, value]) ?? null,
      resp: this.#response ? Buffer.concat(this.#kept) : null,
      provider_request_id: requestId(headers),
      first_byte_at: this.#firstByteAt,
      error,
    };
    return [{ write: 'call.end', call_id: this.callId, end }];
  }

  async #commit(call: NewProviderCall): Promise<void> {
    try {
      await this.options.commit(call);
    } catch (error) {
      this.#isRefused = true;
      throw error;
    }
  }

  #newCall(rendered: Rendered): NewProviderCall {
    const { callId, turnId, attempt, provider, model } = this.options;
    return {
      id: callId,
      turn_id: turnId,
      attempt,
      provider,
      model,
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
      // The wire ends an answer that is too large; this holds for whatever else stands behind the interface.
      if (this.#bytes <= this.options.responseBytes) this.#kept.push(Buffer.from(chunk));
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
