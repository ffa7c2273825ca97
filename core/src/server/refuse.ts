import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorCatalogue } from '../error-catalogue.js';
import type { Refusal } from './gate.js';
import { securityHeaders } from './headers.js';

const LINGER_MS = 2_000;
/** A refused body up to this size is read past, so that the connection can go on. */
const SKIPPED_BYTES = 65_536;

interface RefusalAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export function refusalAnswer({ code, message, headers }: Refusal): RefusalAnswer {
  const body = JSON.stringify({ error: { code, message, correlation_id: randomUUID() } });
  return {
    status: errorCatalogue[code]!.status,
    headers: {
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  };
}

/** Answers a request that was not let in. */
export function refuse(request: IncomingMessage, response: ServerResponse, answer: RefusalAnswer): void {
  const length = Number(request.headers['content-length'] ?? 0);
  const isLong = length > SKIPPED_BYTES || request.headers['transfer-encoding'] !== undefined;
  if (isLong) closeGently(request, response);
  response.writeHead(answer.status, answer.headers);
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

/** The same on a socket that has left HTTP, or never got there. */
export function refuseRaw(socket: Duplex, { status, headers, body }: RefusalAnswer): void {
  // Node takes its own listener off; without one a client that resets the connection would end the process.
  socket.on('error', () => socket.destroy());
  if (!socket.writable) return void socket.destroy();
  const lines = Object.entries({ ...securityHeaders, ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/**
 * Closes the connection after the response, but reads past what the client still sends for a moment:
 * closing at once would reset the connection, and the client would never see why.
 */
export function closeGently(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  response.setHeader('connection', 'close');
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
  request.resume();
}
