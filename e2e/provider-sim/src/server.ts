import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { AnthropicFormat } from './anthropic/index.js';
import { type Bill, billOf } from './bill.js';
import { control } from './control.js';
import { defaultScript } from './default-script.js';
import { Exchange } from './exchange.js';
import { type Fault, type FaultOrder, Faults } from './faults.js';
import { CodeAssistFormat } from './gemini/code-assist.js';
import { GeminiFormat } from './gemini/format.js';
import { type GoogleAccount, newGoogleAccount } from './gemini/google-account.js';
import { GoogleIdentityFormat } from './gemini/google-identity.js';
import { Holds } from './holds.js';
import { Accounts } from './oauth/accounts.js';
import { OAuthFormat } from './oauth/format.js';
import { ChatGptFormat } from './openai/chatgpt.js';
import { OpenAiFormat } from './openai/format.js';
import { RawBytes, type Recorded, split } from './recorder.js';
import type { ConversationRequest, Reply, Script, ScriptFunction } from './reply.js';
import { TokenCount, type Window } from './window.js';
import type { SimRequest, WireFormat } from './wire-format.js';

export interface SimOptions {
  /** Default 0: any free one. */
  port?: number;
  /** Makes ids, signatures and default replies; the same seed gives the same bytes. */
  seed?: string;
  /** Frames a second for replies that set none; default: no waiting. */
  rate?: number;
  /** Asked before the default script, after queued scripts. */
  script?: ScriptFunction;
  /** Keys that are right; default: all that do not begin with `invalid`. */
  apiKeys?: readonly string[];
  refusedBetas?: readonly string[];
}

/** A provider of models that plays scripts, keeps the rules of the real one, and records every byte. */
export class ProviderSim {
  readonly holds = new Holds();
  readonly faults = new Faults();
  /** Oldest first; control calls are not among them. */
  readonly requests: Recorded[] = [];
  readonly refusedBetas: Set<string>;
  /** Whose every Google token is. */
  readonly google: GoogleAccount = newGoogleAccount();
  /** Who signed in, and what their tokens are good for. */
  readonly oauth: Accounts;
  script: ScriptFunction | undefined;
  /** Set: tokens are really counted, and what is more than this is refused as the provider would. */
  window: Window | undefined;
  readonly tokens = new TokenCount();
  readonly #seed: string;
  readonly #rate: number | undefined;
  readonly #server: Server;
  readonly #sockets = new Map<Socket, RawBytes>();
  readonly #formats: readonly WireFormat[];
  /** Tells of paths that nobody owns. */
  readonly #fallback: WireFormat;
  #scripts: { reply: Reply; match: RegExp | undefined; left: number }[] = [];
  #count = 0;

  constructor(options: SimOptions = {}) {
    this.#seed = options.seed ?? 'maestro';
    this.#rate = options.rate;
    this.script = options.script;
    this.refusedBetas = new Set(options.refusedBetas);
    const rules = () => ({ apiKeys: options.apiKeys, refusedBetas: this.refusedBetas });
    this.#fallback = new AnthropicFormat(this.#seed, rules);
    this.oauth = new Accounts(this.#seed);
    this.#formats = [
      new OAuthFormat(this.oauth),
      new OpenAiFormat(this.#seed, rules),
      new ChatGptFormat(this.#seed),
      this.#fallback,
      new GeminiFormat(this.#seed, rules),
      new CodeAssistFormat(this.#seed, this.google),
      new GoogleIdentityFormat(this.google),
    ];
    this.#server = createServer({ keepAliveTimeout: 60_000, maxHeaderSize: 256 * 1024 }, (request, response) =>
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error)),
    );
    this.#server.on('connection', (socket) => {
      this.#sockets.set(socket, new RawBytes(socket));
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async listen(port = 0): Promise<void> {
    await once(this.#server.listen(port, '127.0.0.1'), 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Requests that broke a rule. */
  get rejected(): Recorded[] {
    return this.requests.filter(({ refusal }) => refusal !== null);
  }

  /** What all answers that went out come to, by a table of prices of its own. */
  bill(): Bill {
    return billOf(this.requests);
  }

  /** Plays these for the next requests they fit, first come first. */
  play(...scripts: (Reply | Script)[]): void {
    for (const each of scripts) {
      const { reply, match, times = 1 } = 'reply' in each ? each : { reply: each };
      if (!Array.isArray(reply?.steps)) throw new Error('a script needs "reply" with a list of "steps"');
      const left = times === 0 ? Number.POSITIVE_INFINITY : times;
      this.#scripts.push({ reply, match: match === undefined ? undefined : new RegExp(match), left });
    }
  }

  fault(fault: Fault, order: Omit<FaultOrder, 'fault'> = {}): void {
    this.faults.add({ fault, ...order });
  }

  /** Forgets scripts, faults, holds and recordings; whoever waits goes on. */
  reset(): void {
    this.#scripts = [];
    this.faults.clear();
    this.holds.release();
    this.refusedBetas.clear();
    Object.assign(this.google, newGoogleAccount());
    this.oauth.reset();
    this.requests.length = 0;
  }

  async close(): Promise<void> {
    this.holds.release();
    for (const socket of this.#sockets.keys()) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const body = Buffer.concat(await incoming.toArray());
    const raw = this.#sockets.get(incoming.socket)?.take() ?? Buffer.alloc(0);
    const url = new URL(incoming.url ?? '/', this.url);
    if (url.pathname.startsWith('/_sim/')) return control(this, { method: incoming.method!, url, body }, response);
    const record = this.#record(incoming, url, raw);
    const request: SimRequest = {
      method: record.method,
      path: url.pathname,
      query: url.searchParams,
      header: (name) => this.#judged(record.headers.find(([key]) => key.toLowerCase() === name)?.[1]),
      body,
    };
    const format = this.#formats.find((each) => each.owns(url.pathname, request)) ?? this.#fallback;
    const parts = { sim: this, format, request, record, response, gone: gone.signal, rate: this.#rate };
    await new Exchange(parts).answer((...given) => this.#reply(...given));
  }

  /** A token that is spent looks to every format like one that never was good. */
  #judged(value: string | undefined): string | undefined {
    const token = /^Bearer (\S+)$/.exec(value ?? '')?.[1];
    if (!token || !this.oauth.isSpent(token)) return value;
    return token.startsWith('sk-ant-oat') ? 'Bearer sk-ant-oat-invalid' : 'Bearer expired-token';
  }

  #record(incoming: IncomingMessage, url: URL, raw: Buffer): Recorded {
    const { rawHeaders, method = '' } = incoming;
    this.#count += 1;
    const record: Recorded = {
      id: this.#count,
      at: new Date().toISOString(),
      method,
      path: url.pathname + url.search,
      raw,
      ...split(raw),
      headers: Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
        rawHeaders[2 * index]!,
        rawHeaders[2 * index + 1]!,
      ]),
      status: null,
      state: 'open',
      overAt: null,
      refusal: null,
      fault: null,
      metered: null,
    };
    this.requests.push(record);
    return record;
  }

  #reply(request: ConversationRequest, keeps: boolean): Reply {
    const queued = this.#scripts.find(({ match }) => !match || match.test(request.lastUserText));
    if (!queued) return this.script?.(request) ?? defaultScript(request, this.#seed);
    if (keeps) return queued.reply;
    queued.left -= 1;
    this.#scripts = this.#scripts.filter(({ left }) => left > 0);
    return queued.reply;
  }
}

/** Starts one. */
export async function startProviderSim(options: SimOptions = {}): Promise<ProviderSim> {
  const sim = new ProviderSim(options);
  await sim.listen(options.port);
  return sim;
}
