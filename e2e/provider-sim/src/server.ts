import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { AnthropicFormat } from './anthropic/index.js';
import { control } from './control.js';
import { defaultScript } from './default-script.js';
import { type Fault, type FaultOrder, Faults } from './faults.js';
import { Holds } from './holds.js';
import { deliver, left, type Outcome, type PlayOptions, play } from './player.js';
import { RawBytes, type Recorded, split } from './recorder.js';
import type { ConversationRequest, Reply, Script, ScriptFunction } from './reply.js';
import { type Answer, Refusal, type SimRequest, type WireFormat } from './wire-format.js';

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
  script: ScriptFunction | undefined;
  readonly #seed: string;
  readonly #rate: number | undefined;
  readonly #server: Server;
  readonly #sockets = new Map<Socket, RawBytes>();
  readonly #formats: readonly WireFormat[];
  #scripts: { reply: Reply; match: RegExp | undefined; left: number }[] = [];
  #count = 0;

  constructor(options: SimOptions = {}) {
    this.#seed = options.seed ?? 'maestro';
    this.#rate = options.rate;
    this.script = options.script;
    this.refusedBetas = new Set(options.refusedBetas);
    const rules = () => ({ apiKeys: options.apiKeys, refusedBetas: this.refusedBetas });
    this.#formats = [new AnthropicFormat(this.#seed, rules)];
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
      header: (name) => record.headers.find(([key]) => key.toLowerCase() === name)?.[1],
      body,
    };
    const exchange = new Exchange(this, record, response, gone.signal, this.#rate);
    const format = this.#formats.find((each) => each.owns(url.pathname)) ?? this.#formats[0]!;
    await exchange.answer(format, request, (...given) => this.#reply(...given));
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
      refusal: null,
      fault: null,
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

type ReplyOf = (request: ConversationRequest, keeps: boolean) => Reply;

/** One request and its answer. */
class Exchange {
  readonly #requestId: string;

  constructor(
    private readonly sim: ProviderSim,
    private readonly record: Recorded,
    private readonly response: ServerResponse,
    private readonly gone: AbortSignal,
    private readonly rate: number | undefined,
  ) {
    const digest = createHash('sha256').update(`${record.id}`).update(record.body).digest('hex');
    this.#requestId = `req_${digest.slice(0, 24)}`;
  }

  async answer(format: WireFormat, request: SimRequest, reply: ReplyOf): Promise<void> {
    const order = this.sim.faults.find(request.path);
    // A reply that a fault spoils plays again for the retry.
    const keeps = order !== undefined && order.fault.type !== 'slow_head';
    const checked = this.#check(format, request, (each) => reply(each, keeps));
    if (checked instanceof Refusal) return this.#refuse(format, checked);
    const fault = order && this.sim.faults.use(order);
    this.record.fault = fault?.type ?? null;
    if (fault?.type === 'reset') return this.#drop();
    if (fault?.type === 'silence') {
      await left(this.gone);
      return this.#end('closed');
    }
    if (fault?.type === 'status') return this.#fail(format, fault);
    if (this.sim.holds.isArmed('head')) await this.sim.holds.wait('head', this.gone);
    await this.#send(format, checked, fault);
  }

  #check(format: WireFormat, request: SimRequest, reply: (request: ConversationRequest) => Reply): Answer | Refusal {
    try {
      if (!format.owns(request.path)) throw new Refusal(404, 'not_found_error', 'Not Found');
      return format.answer(request, reply);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  #refuse(format: WireFormat, { status, type, message }: Refusal): void {
    this.record.refusal = { type, message };
    this.#json(format, status, format.errorBody(type, message, status, this.#requestId));
    this.#end('done');
  }

  #fail(format: WireFormat, fault: Extract<Fault, { type: 'status' }>): void {
    if (fault.retry_after !== undefined) this.response.setHeader('retry-after', fault.retry_after);
    const body = format.errorBody(fault.error_type, fault.message, fault.status, this.#requestId);
    this.#json(format, fault.status, body);
    this.#end('done');
  }

  #json(format: WireFormat, status: number, body: unknown): void {
    this.record.status = status;
    this.response.writeHead(status, { 'content-type': 'application/json', ...format.headers(this.#requestId) });
    this.response.end(JSON.stringify(body));
  }

  async #send(format: WireFormat, answer: Answer, fault: Fault | undefined): Promise<void> {
    const { response, gone } = this;
    this.record.status = answer.status;
    const isStream = 'frames' in answer;
    const type = isStream ? 'text/event-stream; charset=utf-8' : 'application/json';
    if (fault?.type === 'slow_head') await this.#drip(fault.ms);
    if (gone.aborted) return this.#end('closed');
    response.writeHead(answer.status, { 'content-type': type, ...format.headers(this.#requestId) });
    response.flushHeaders();
    const options: PlayOptions = {
      response,
      holds: this.sim.holds,
      fault,
      gone,
      rate: isStream ? (answer.rate ?? this.rate) : undefined,
      errorFrame: (spoilt) => format.errorFrame(spoilt, this.#requestId),
    };
    const playing = isStream ? play(answer.frames, options) : deliver(JSON.stringify(answer.json), options);
    this.#end(await playing);
  }

  /** Interim answers are legal before the real one, and a head that trickles in is never complete. */
  async #drip(ms: number): Promise<void> {
    const { socket } = this.response;
    const until = performance.now() + ms;
    socket?.write('HTTP/1.1 103 Early Hints\r\nx-drip: ');
    while (performance.now() < until && !this.gone.aborted) {
      socket?.write('.');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    socket?.write('\r\n\r\n');
  }

  #drop(): void {
    this.response.socket?.destroy();
    this.#end('cut');
  }

  #end(state: Outcome): void {
    this.record.state = state;
  }
}

/** Starts one. */
export async function startProviderSim(options: SimOptions = {}): Promise<ProviderSim> {
  const sim = new ProviderSim(options);
  await sim.listen(options.port);
  return sim;
}
