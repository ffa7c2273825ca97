import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { ProviderError } from '../errors.js';
import type { Header } from './exchange.js';
import { networkFailure } from './failure.js';
import { MAX_ENCODINGS } from './limits.js';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** Puts the one decompressor an answer may need over its body. */
export function decoded(body: Readable, headers: readonly Header[], origin: string): Readable {
  const encodings = headers
    .filter(([name]) => name.toLowerCase() === 'content-encoding')
    .flatMap(([, value]) => value.toLowerCase().split(','))
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'identity');
  if (encodings.length === 0) return body;
  const decoder = encodings.length > MAX_ENCODINGS ? undefined : DECODERS[encodings[0]!];
  if (!decoder) throw new ProviderError('malformed', `${origin} answered in the encoding "${encodings.join(', ')}"`);
  // A failure of either end destroys the other; whoever reads the decoder is told.
  return pipeline(body, decoder(), () => undefined);
}

export interface ReadOptions {
  origin: string;
  maxBytes: number;
  /**
   * At `maxBytes`, or where the body breaks off: stop reading, or throw. Of an error what came of the body will do: its
   * status says more than that the rest is missing.
   */
  overflow: 'cut' | 'throw';
  onBytes(count: number): void;
  /** Runs once, however reading ends. */
  onEnd(): void;
}

/** The body chunk by chunk. A reader that stops early gives the connection back where little is left to read. */
export async function* read(body: Readable, options: ReadOptions): AsyncGenerator<Buffer, void, undefined> {
  let left = options.maxBytes;
  let isDone = false;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      options.onBytes(chunk.length);
      if (chunk.length > left) {
        if (options.overflow === 'throw') throw tooLarge(options);
        yield chunk.subarray(0, left);
        return;
      }
      left -= chunk.length;
      yield chunk;
    }
    isDone = true;
  } catch (cause) {
    const failure = networkFailure(cause, options.origin, 'body');
    if (options.overflow === 'throw' || isStopped(cause)) throw failure;
  } finally {
    options.onEnd();
    if (!isDone) letGo(body);
  }
}

/** Whoever called wants no answer any more. */
const isStopped = (cause: unknown) => cause instanceof ProviderError && cause.kind === 'interrupted';

const tooLarge = ({ origin, maxBytes }: ReadOptions) =>
  new ProviderError('malformed', `${origin} sent more than ${maxBytes} bytes in one answer`);

const REST_BYTES = 64 * 1024;
const REST_MS = 1000;

/**
 * After its last event an answer has a few bytes of framing left. Reading them keeps the connection for the next
 * call; a server that holds the socket open or goes on talking is cut off.
 */
export function letGo(body: Readable): void {
  let left = REST_BYTES;
  const timer = setTimeout(() => body.destroy(), REST_MS).unref();
  body
    .on('error', () => undefined)
    .on('close', () => clearTimeout(timer))
    .on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) body.destroy();
    })
    .resume();
}
