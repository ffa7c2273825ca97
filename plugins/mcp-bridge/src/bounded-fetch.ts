import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { MESSAGE_BYTES } from './line-reader.js';
import { brokenOff, tooLarge } from './too-large.js';

/**
 * `fetch` for a server nobody trusts: no message of an answer is longer than is taken from one, and a request whose
 * answer breaks off is told so, where the transport itself would leave it waiting.
 *
 * @param tell gives an answer of ours to the transport
 */
export function boundedFetch(tell: (message: JSONRPCMessage) => void, send: FetchLike = fetch): FetchLike {
  return async (url, init) => {
    const response = await send(url, init);
    const { body, status, statusText, headers } = response;
    if (!body) return response;
    const isStream = headers.get('content-type')?.includes('text/event-stream') ?? false;
    const watch = new Watch(isStream, idOf(init), tell);
    const bounded = body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(watch));
    const copy = new Response(bounded, { status, statusText, headers });
    Object.defineProperty(copy, 'url', { value: response.url });
    return copy;
  };
}

class Watch {
  #bytes = 0;
  #end = '';
  #resumes = false;

  constructor(
    private readonly isStream: boolean,
    private readonly id: number | undefined,
    private readonly tell: (message: JSONRPCMessage) => void,
  ) {}

  transform(chunk: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void {
    if (this.isStream) this.#read(chunk);
    else this.#bytes += chunk.length;
    if (this.#bytes > MESSAGE_BYTES) {
      if (this.id !== undefined) this.tell(tooLarge(this.id));
      controller.error(new Error('a message of the server is too large'));
      return;
    }
    controller.enqueue(chunk);
  }

  /** Comes also after the answer was given; an answer nobody waits for any more is dropped. */
  flush(): void {
    if (this.isStream && this.id !== undefined && !this.#resumes) queueMicrotask(() => this.#tellEnd());
  }

  /** The connection broke off. */
  cancel(): void {
    this.flush();
  }

  #tellEnd(): void {
    // What was read last is taken by the transport first.
    setTimeout(() => this.id !== undefined && this.tell(brokenOff(this.id)), 50).unref();
  }

  /** An event ends with an empty line; one with an id lets the transport ask for the rest. */
  #read(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const start = this.#end + bytes.toString('latin1', 0, 64);
    this.#resumes ||= /(^|[\r\n])id:/.test(start) || bytes.includes('\nid:');
    const at = Math.max(bytes.lastIndexOf('\n\n'), bytes.lastIndexOf('\r\n\r\n'));
    this.#bytes = at >= 0 ? bytes.length - at : this.#bytes + bytes.length;
    this.#end = bytes.toString('latin1', Math.max(0, bytes.length - 4));
  }
}

/** Of the JSON-RPC request a POST carries. */
function idOf(init: RequestInit | undefined): number | undefined {
  if (init?.method !== 'POST' || typeof init.body !== 'string') return undefined;
  try {
    const { id, method } = JSON.parse(init.body) as { id?: unknown; method?: unknown };
    return typeof id === 'number' && typeof method === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
