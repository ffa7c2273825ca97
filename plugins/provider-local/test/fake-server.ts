import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Situation } from '@maestro/core/testing';

export interface Seen {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: Record<string, unknown>;
}

/** How one kind of server answers. */
export interface Fake {
  /** By method and path: what it answers, a function of the body, a status to refuse with, or nothing ever (`hang`). */
  routes: Readonly<Record<string, unknown>>;
  /** Chunks of a chat, for what is asked of it. */
  chunks(situation: Situation): object[];
  error(status: number, message: string): object;
}

const ERRORS: Partial<Record<Situation, readonly [status: number, message: string]>> = {
  auth: [401, 'Invalid API Key'],
  rate_limit: [429, 'Too many requests'],
  overloaded: [503, 'Loading model'],
  bad_request: [400, 'messages must not be empty'],
};

/** A model server of that kind on this machine. */
export async function startFake(fake: Fake) {
  const seen: Seen[] = [];
  let situation: Situation = 'text';
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const { method = '', url = '', headers } = request;
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
    seen.push({ method, path: url, headers, body });
    const route = `${method} ${url}`;
    if (route.endsWith('/v1/chat/completions')) return chat(fake, situation, response);
    const answer = fake.routes[route];
    const given: unknown = typeof answer === 'function' ? answer(body) : answer;
    if (given === 'hang') return;
    const status = typeof given === 'number' ? given : given === undefined ? 404 : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? given : fake.error(status, 'refused')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const play = (next: Situation) => {
    situation = next;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, play, close };
}

function chat(fake: Fake, situation: Situation, response: ServerResponse): void {
  const refused = ERRORS[situation];
  if (refused) {
    const [status, message] = refused;
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(situation === 'rate_limit' && { 'retry-after': '2' }),
    });
    return void response.end(JSON.stringify(fake.error(status, message)));
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const events = fake.chunks(situation).map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
  if (situation === 'cut' || situation === 'held') {
    response.write(events.slice(0, 2).join(''), () => {
      if (situation === 'cut') response.destroy();
    });
    return;
  }
  response.end(`${events.join('')}data: [DONE]\n\n`);
}
