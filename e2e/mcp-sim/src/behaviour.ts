import type { Mode } from './modes.js';
import { toolsOf } from './tools.js';

export interface SimRequest {
  id?: number | string;
  method?: string;
  params?: { protocolVersion?: string; name?: string; arguments?: Record<string, unknown>; cursor?: string };
}

/** What a server does to its client; a program and an HTTP server do it in their own ways. */
export interface Wire {
  /** One message. */
  send(message: unknown): void;
  /** Bytes as they are; `times` of them, without holding them all. */
  raw(text: string, times?: number): Promise<void>;
  /** Ends everything at once. */
  crash(): void;
}

export interface Counters {
  initialized: number;
  calls: number;
  lists: number;
  cancelled: number;
}

const MiB = 1024 * 1024;

/** One server of the simulator, as one client sees it. */
export class Behaviour {
  #generation = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly mode: Mode,
    private readonly wire: Wire,
    private readonly options: { tools?: number; name?: string; isSecondRun?: boolean } = {},
    readonly counters: Counters = { initialized: 0, calls: 0, lists: 0, cancelled: 0 },
  ) {}

  async take(request: SimRequest): Promise<void> {
    const { mode, wire } = this;
    if (request.method === 'initialize') return this.#initialize(request);
    if (request.method === 'notifications/initialized') return this.#initialized();
    if (request.method === 'notifications/cancelled') this.counters.cancelled += 1;
    if (request.method === 'tools/list') return this.#list(request);
    if (request.method === 'tools/call') return this.#call(request);
    if (request.id === undefined || request.method === undefined) return;
    if (request.method === 'ping') return wire.send({ jsonrpc: '2.0', id: request.id, result: {} });
    if (mode === 'hang-on-call') return;
    wire.send({ jsonrpc: '2.0', id: request.id, error: { code: -32601, message: 'no such method' } });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #initialize({ id, params }: SimRequest): Promise<void> {
    if (this.mode === 'crash-on-initialize') return this.wire.crash();
    if (this.mode === 'hang-on-initialize') return;
    this.#answer(id, {
      protocolVersion: params?.protocolVersion ?? '2025-11-25',
      capabilities: { tools: { listChanged: true } },
      serverInfo: { name: this.options.name ?? 'mcp-sim', version: '1.0.0' },
    });
  }

  async #initialized(): Promise<void> {
    this.counters.initialized += 1;
    if (this.mode === 'crash-after-initialize') this.wire.crash();
    if (this.mode === 'changing-list') {
      this.#timer = setInterval(() => {
        this.#generation += 1;
        this.wire.send({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
      }, 10);
    }
  }

  async #list({ id, params }: SimRequest): Promise<void> {
    this.counters.lists += 1;
    if (this.mode === 'crash-on-list') return this.wire.crash();
    if (this.mode === 'hang-on-list') return;
    const tools = toolsOf(this.mode, this.#generation, this.options.tools);
    if (this.mode !== 'endless-pages') return this.#answer(id, { tools });
    const page = Number(params?.cursor ?? 0);
    this.#answer(id, { tools: [{ ...tools[0], name: `page_${page}` }], nextCursor: String(page + 1) });
  }

  async #call({ id, params }: SimRequest): Promise<void> {
    this.counters.calls += 1;
    const result = { content: [{ type: 'text', text: String(params?.arguments?.text ?? '') }] };
    const act = this.#misbehaviours(id, result)[this.mode];
    if (act) return act();
    this.#answer(id, result);
  }

  #misbehaviours(id: SimRequest['id'], result: unknown): Partial<Record<Mode, () => void | Promise<void>>> {
    const { wire } = this;
    const head = '{"jsonrpc":"2.0",';
    const content = '"result":{"content":[{"type":"text","text":"';
    const huge = async (before: string, after: string) => {
      await wire.raw(before);
      await wire.raw('x'.repeat(MiB), 100);
      await wire.raw(`${after}\n`);
    };
    return {
      'crash-on-call': () => wire.crash(),
      'crash-once': () => (this.options.isSecondRun ? this.#answer(id, result) : wire.crash()),
      'crash-in-answer': async () => {
        await wire.raw(`${head}"id":${id},${content}half`);
        wire.crash();
      },
      'hang-on-call': () => undefined,
      deaf: () => undefined,
      flood: async () => {
        const line = `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } })}\n`;
        await wire.raw(line.repeat(1_000), 1_000);
        this.#answer(id, result);
      },
      'huge-result': () => huge(head + content, `"}]},"id":${id}}`),
      'huge-result-id-first': () => huge(`${head}"id":${id},${content}`, '"}]}}'),
      'huge-without-id': () => huge(head + content, '"}]}}'),
      'invalid-json': async () => {
        await wire.raw('{"jsonrpc":"2.0",,,\nnot json at all\n[1,2]\nnull\n\n');
        this.#answer(id, result);
      },
      'wrong-id': () => {
        this.#answer(987_654, result);
        this.#answer(`${id}-not`, { content: 7 });
      },
      'late-answer': () => void setTimeout(() => this.#answer(id, result), 2_500),
      twice: () => {
        this.#answer(id, result);
        this.#answer(id, { content: [{ type: 'text', text: 'once more' }] });
      },
      'wrong-shape': () => this.#answer(id, { content: 'a text where parts should be' }),
      'error-answer': () =>
        wire.send({ jsonrpc: '2.0', id, error: { code: -32000, message: `no\u0000\u001b[2J ${'!'.repeat(5_000)}` } }),
    };
  }

  #answer(id: SimRequest['id'], result: unknown): void {
    this.wire.send({ jsonrpc: '2.0', id, result });
  }
}
