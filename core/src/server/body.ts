import type { IncomingMessage } from 'node:http';
import { MaestroError } from '../errors.js';
import { bodyTooLarge } from './gate.js';

/**
 * The whole body, unless it grows past the limit: then the rest is never kept. A length that was
 * announced was judged by the gate; this is for bodies that come in chunks.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body(request)) {
    length += chunk.length;
    if (length > limitBytes) {
      const { code, message } = bodyTooLarge(limitBytes);
      throw new MaestroError(code, message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Leaving the loop must not destroy the socket: the refusal still has to be written. */
async function* body(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new MaestroError('request.aborted', 'the body ended before its end', { cause });
  }
}
