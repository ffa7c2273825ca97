import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Behaviour, type Counters, type SimRequest } from './behaviour.js';
import type { Mode } from './modes.js';

export interface HttpSimOptions {
  /** How each server behaves, by its number from 0; `good` where nothing is given. */
  mode?(server: number): Mode;
  /** Tools of each server. */
  tools?: number;
  /** Looks at each request first; true: it was answered here. */
  before?(request: IncomingMessage, response: ServerResponse): boolean;
}

export interface HttpSim {
  /** Address of a server. */
  url(server: number): string;
  counters(server: number): Counters;
  close(): Promise<void>;
}

/** Any number of MCP servers over streamable HTTP on one port, each under a path of its own. */
export async function startHttpSim(options: HttpSimOptions = {}): Promise<HttpSim> {
  const counters = new Map<number, Counters>();
  const of = (server: number): Counters => {
    const known = counters.get(server) ?? { initialized: 0, calls: 0, lists: 0, cancelled: 0 };
    counters.set(server, known);
    return known;
  };
  const server = createServer((request, response) => {
    const number = Number(/^\/(\d+)\/mcp$/.exec(request.url ?? '')?.[1] ?? -1);
    void serve(request, response, { number, options, counters: of(number) }).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (number) => `http://127.0.0.1:${port}/${number}/mcp`,
    counters: of,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Place {
  number: number;
  options: HttpSimOptions;
  counters: Counters;
}

async function serve(request: IncomingMessage, response: ServerResponse, { number, options, counters }: Place) {
  const mode = options.mode?.(number) ?? 'good';
  if (options.before?.(request, response)) return;
  if (number < 0) return void response.writeHead(404).end();
  // Nothing is told unasked here.
  if (request.method !== 'POST') return void response.writeHead(405).end();
  if (mode === 'crash-at-start') return void response.destroy();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const message = JSON.parse(Buffer.concat(chunks).toString('utf8')) as SimRequest;
  const expectsAnswer = message.id !== undefined && message.method !== undefined;
  if (!expectsAnswer) response.writeHead(202).end();
  else response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const behaviour = new Behaviour(
    mode,
    wireOf(response),
    { name: `sim-${number}`, ...(options.tools && { tools: options.tools }) },
    counters,
  );
  await behaviour.take(message);
}

/** Each message is one event; what is raw is written into one that has no end of its own. */
function wireOf(response: ServerResponse) {
  let isRaw = false;
  return {
    send: (message: unknown) => {
      if (response.writableEnded) return;
      response.write(`${isRaw ? '\n\n' : ''}data: ${JSON.stringify(message)}\n\n`);
      if (typeof message === 'object' && message !== null && 'id' in message) setTimeout(() => response.end(), 20);
    },
    raw: async (text: string, times = 1) => {
      if (!isRaw) response.write('data: ');
      isRaw = true;
      for (let left = times; left > 0 && !response.destroyed; left -= 1) {
        if (!response.write(text.replaceAll('\n', '\ndata: '))) {
          await Promise.race([once(response, 'drain'), once(response, 'close')]);
        }
      }
    },
    crash: () => void response.destroy(),
  };
}
