import type { Readable } from 'node:stream';
import { AbstractMessageReader, type DataCallback, type Disposable, type Message } from 'vscode-jsonrpc/node';
import { MessageFrames } from './message-frames.js';

/** What a server may say within a second; one that says more is broken, and reading it would hold up everybody. */
const mostPerSecond = { messages: 5_000, bytes: 128 * 1024 * 1024 } as const;
/** The only thing it says unasked that anybody here listens to. */
const heard = 'textDocument/publishDiagnostics';

/** Reads what a server writes, and lets through only what is a message that somebody waits for. */
export class MessageGate extends AbstractMessageReader {
  #second = 0;
  #messages = 0;
  #bytes = 0;

  /** @param onFault told of what makes the server useless */
  constructor(
    private readonly stream: Readable,
    private readonly onFault: (reason: string) => void,
  ) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    const frames = new MessageFrames((body) => this.#take(body, callback), this.onFault);
    const push = (chunk: Buffer) => frames.push(chunk);
    this.stream.on('data', push);
    this.stream.on('error', (error) => this.fireError(error));
    this.stream.on('close', () => this.fireClose());
    return { dispose: () => this.stream.off('data', push) };
  }

  #take(body: Buffer, callback: DataCallback): void {
    if (this.#isFlood(body.length)) {
      this.onFault(`it wrote more than ${mostPerSecond.messages} messages or ${mostPerSecond.bytes} bytes in a second`);
      return;
    }
    const message = parsed(body);
    if (message === undefined) {
      this.onFault('it wrote a message that is no JSON object');
      return;
    }
    const { id, method } = message;
    if (method === undefined) {
      // An answer; that to nobody is dropped behind us.
      if (typeof id === 'number' && ('result' in message || 'error' in message)) callback(answer(message));
      return;
    }
    const isRequest = typeof id === 'number' || typeof id === 'string';
    if (typeof method === 'string' && (isRequest || method === heard)) callback(message as unknown as Message);
  }

  #isFlood(bytes: number, now = Math.floor(Date.now() / 1_000)): boolean {
    if (now !== this.#second) [this.#second, this.#messages, this.#bytes] = [now, 0, 0];
    this.#messages += 1;
    this.#bytes += bytes;
    return this.#messages > mostPerSecond.messages || this.#bytes > mostPerSecond.bytes;
  }
}

type Raw = Record<string, unknown>;

function parsed(body: Buffer): Raw | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : undefined;
  } catch {
    return undefined;
  }
}

/** An error of a form that the library can read. */
function answer(message: Raw): Message {
  if (!('error' in message) || message.error === null) return { ...message, jsonrpc: '2.0' } as Message;
  const { code, message: words } = (message.error ?? {}) as Raw;
  const error = {
    code: typeof code === 'number' ? code : -32603,
    message: typeof words === 'string' ? words.slice(0, 1_000) : 'no reason',
  };
  return { jsonrpc: '2.0', id: message.id, error } as unknown as Message;
}
