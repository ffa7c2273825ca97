import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Fault, spoils } from './faults.js';
import { deliver, left, type Outcome, type PlayOptions, play } from './player.js';
import type { Recorded } from './recorder.js';
import type { ConversationRequest, Reply } from './reply.js';
import type { ProviderSim } from './server.js';
import { gzipBomb } from './spoilt.js';
import { checkWindow } from './window.js';
import { type Answer, type ErrorContext, Refusal, type SimRequest, type WireFormat } from './wire-format.js';

/** `keeps`: it has to play again. */
type ReplyOf = (request: ConversationRequest, keeps: boolean) => Reply;

interface ExchangeParts {
  sim: ProviderSim;
  format: WireFormat;
  request: SimRequest;
  record: Recorded;
  response: ServerResponse;
  /** Aborts when the client is gone. */
  gone: AbortSignal;
  rate: number | undefined;
}

/** One request and its answer. */
export class Exchange {
  readonly #requestId: string;

  constructor(private readonly parts: ExchangeParts) {
    const { record } = parts;
    const digest = createHash('sha256').update(`${record.id}`).update(record.body).digest('hex');
    this.#requestId = `req_${digest.slice(0, 24)}`;
  }

  async answer(reply: ReplyOf): Promise<void> {
    const { sim, request, record, gone } = this.parts;
    const order = sim.faults.find(request.path);
    const keeps = order !== undefined && spoils(order.fault);
    const checked = this.#check((each) => this.#counted(reply, each, keeps));
    if (checked instanceof Refusal) return this.#refuse(checked);
    const fault = order && sim.faults.use(order);
    record.fault = fault?.type ?? null;
    if (fault?.type === 'reset') return this.#drop();
    if (fault?.type === 'silence') {
      await left(gone);
      return this.#end('closed');
    }
    if (fault?.type === 'status') return this.#fail(fault);
    if (sim.holds.isArmed('head')) await sim.holds.wait('head', gone);
    await this.#send(checked, fault);
  }

  /** Within the window, and told with the count of what it read. */
  #counted(reply: ReplyOf, asked: ConversationRequest, keeps: boolean): Reply {
    const { sim, format, request } = this.parts;
    if (!sim.window) return reply(asked, keeps);
    const tokens = sim.tokens.of(request.body);
    checkWindow(sim.window, format.id, request.path, request.body, tokens);
    const played = reply(asked, keeps);
    return { ...played, usage: { input_tokens: tokens, ...played.usage } };
  }

  #check(reply: (request: ConversationRequest) => Reply): Answer | Refusal {
    const { format, request } = this.parts;
    try {
      if (!format.owns(request.path, request)) throw new Refusal(404, 'not_found_error', 'Not Found');
      return format.answer(request, reply);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  #refuse({ status, type, message, details }: Refusal): void {
    this.parts.record.refusal = { type, message };
    this.#error(status, { type, message }, { details });
  }

  #fail({
    status,
    error_type: type,
    message,
    retry_after,
    headers,
    details,
    body,
  }: Extract<Fault, { type: 'status' }>) {
    const { response } = this.parts;
    if (retry_after !== undefined) response.setHeader('retry-after', retry_after);
    for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
    if (body === undefined) return this.#error(status, { type, message }, { retryAfter: retry_after, details });
    this.parts.record.status = status;
    response.writeHead(status);
    response.end(body);
    this.#end('done');
  }

  #error(
    status: number,
    { type, message }: { type: string | undefined; message: string | undefined },
    more: Omit<ErrorContext, 'path'>,
  ): void {
    const { format, request, record, response } = this.parts;
    const body = format.errorBody(type, message, status, this.#requestId, { path: request.path, ...more });
    record.status = status;
    response.writeHead(status, {
      'content-type': 'application/json',
      ...format.headers(this.#requestId, request),
    });
    response.end(JSON.stringify(body));
    this.#end('done');
  }

  async #send(answer: Answer, fault: Fault | undefined): Promise<void> {
    const { sim, format, request, record, response, gone, rate } = this.parts;
    record.status = answer.status;
    record.refusal = answer.refusal ?? null;
    const isStream = 'frames' in answer;
    const type = isStream ? (answer.type ?? 'text/event-stream; charset=utf-8') : 'application/json';
    if (fault?.type === 'slow_head') await this.#drip(fault.ms);
    if (gone.aborted) return this.#end('closed');
    response.writeHead(answer.status, {
      'content-type': type,
      ...format.headers(this.#requestId, request),
      ...answer.headers,
      ...headersOf(fault),
    });
    response.flushHeaders();
    if (fault?.type === 'gzip_bomb') return this.#bomb(fault);
    const options: PlayOptions = {
      response,
      holds: sim.holds,
      fault,
      gone,
      rate: isStream ? (answer.rate ?? rate) : undefined,
      errorFrame: (spoilt) => format.errorFrame(spoilt, this.#requestId),
      told: () => {
        record.metered = answer.metered ?? null;
      },
    };
    const playing = isStream ? play(answer.frames, options) : deliver(JSON.stringify(answer.json), options);
    this.#end(await playing);
  }

  async #bomb({ bytes, layers = 1 }: Extract<Fault, { type: 'gzip_bomb' }>): Promise<void> {
    await pipeline(gzipBomb(bytes, layers), this.parts.response).catch(() => undefined);
    this.#end(this.parts.gone.aborted ? 'closed' : 'done');
  }

  /** Interim answers are legal before the real one, and a head that trickles in is never complete. */
  async #drip(ms: number): Promise<void> {
    const { response, gone } = this.parts;
    const { socket } = response;
    const until = performance.now() + ms;
    socket?.write('HTTP/1.1 103 Early Hints\r\nx-drip: ');
    while (performance.now() < until && !gone.aborted) {
      socket?.write('.');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    socket?.write('\r\n\r\n');
  }

  #drop(): void {
    this.parts.response.socket?.destroy();
    this.#end('cut');
  }

  #end(state: Outcome): void {
    this.parts.record.state = state;
    this.parts.record.overAt = performance.now();
  }
}

/** What a fault says in the head. */
function headersOf(fault: Fault | undefined): Record<string, string> {
  if (fault?.type === 'gzip_bomb')
    return {
      'content-encoding': Array(fault.layers ?? 1)
        .fill('gzip')
        .join(', '),
    };
  if (fault?.type !== 'header_flood') return {};
  const size = 1000;
  const count = Math.ceil(fault.bytes / size);
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-flood-${index}`, 'x'.repeat(size)]));
}
