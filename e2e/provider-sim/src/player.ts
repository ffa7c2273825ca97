import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.js';
import type { Holds } from './holds.js';
import { endlessLine, flood, hugeLine, withBadUtf8 } from './spoilt.js';
import type { Frame } from './wire-format.js';

export interface PlayOptions {
  response: ServerResponse;
  holds: Holds;
  fault: Fault | undefined;
  /** Aborts when the client is gone. */
  gone: AbortSignal;
  /** Frames a second. */
  rate: number | undefined;
  errorFrame(fault: Extract<Fault, { type: 'error_event' }>): string;
  /** Told once the terminal event, or the whole answer, has gone out. */
  told(): void;
}

export type Outcome = 'done' | 'cut' | 'closed';

/** Writes frames to the socket: paced, held and spoilt as asked. The head has been sent. */
export async function play(frames: readonly Frame[], options: PlayOptions): Promise<Outcome> {
  const { response, holds, fault, gone } = options;
  const write = writer(options);
  const began = performance.now();
  for (const [index, frame] of frames.entries()) {
    for (const point of frame.points) if (frame.holds || holds.isArmed(point)) await holds.wait(point, gone);
    if (frame.pauseMs) await sleep(frame.pauseMs);
    await pace(began, index, options.rate);
    if (gone.aborted) return 'closed';
    if (fault?.type === 'error_event' && fault.at === index) {
      await write(options.errorFrame(fault));
      break;
    }
    for (const piece of pieces(frame, index, fault)) {
      const outcome = await write(piece);
      if (outcome !== 'on') return outcome;
    }
    if (frame.points.includes('stop')) options.told();
  }
  if (gone.aborted) return 'closed';
  response.end();
  return 'done';
}

/** A whole JSON answer, spoilt where a fault counts bytes. */
export async function deliver(json: string, options: PlayOptions): Promise<Outcome> {
  const outcome = await writer(options)(json);
  if (outcome !== 'on') return outcome;
  options.told();
  options.response.end();
  return 'done';
}

/** What goes out for a frame: mostly its text. */
function* pieces({ text }: Frame, index: number, fault: Fault | undefined): Generator<string | Buffer> {
  if (!fault || !('at' in fault) || fault.at !== index) return yield text;
  if (fault.type === 'huge_line') yield hugeLine(fault.bytes);
  if (fault.type === 'endless_line') yield* endlessLine();
  if (fault.type === 'flood') return yield* flood(text, fault.count);
  if (fault.type === 'bad_utf8') return yield withBadUtf8(text);
  yield fault.type === 'malformed' ? text.replace('data: {', 'data: {{') : text;
}

async function pace(began: number, index: number, rate: number | undefined): Promise<void> {
  if (!rate) return;
  const ahead = began + (index * 1000) / rate - performance.now();
  if (ahead > 1) await sleep(ahead);
}

/** Writes until a fault's count of bytes is reached; then cuts the connection, ends the body, or stops for good. */
function writer({ response, fault, gone }: PlayOptions) {
  const isCounted = fault?.type === 'cut' || fault?.type === 'stall' || fault?.type === 'eof';
  const limit = isCounted ? fault.at : Number.POSITIVE_INFINITY;
  let written = 0;
  return async (text: string | Buffer): Promise<Outcome | 'on'> => {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    const part = bytes.subarray(0, Math.max(0, Math.min(bytes.length, limit - written)));
    written += bytes.length;
    if (fault?.type === 'drip') await dripped(response, part, { gone, ms: fault.ms });
    else if (part.length > 0) await flushed(response, part, gone);
    if (gone.aborted) return 'closed';
    if (written <= limit) return 'on';
    if (fault?.type === 'stall') {
      await left(gone);
      return 'closed';
    }
    if (fault?.type === 'eof') response.end();
    else response.socket?.destroy();
    return 'cut';
  };
}

async function dripped(response: ServerResponse, bytes: Buffer, { gone, ms }: { gone: AbortSignal; ms: number }) {
  for (const byte of bytes) {
    if (gone.aborted) return;
    await flushed(response, Buffer.of(byte), gone);
    await sleep(ms, undefined, { signal: gone }).catch(() => undefined);
  }
}

/** Resolves once the bytes are handed to the kernel, or the client is gone. */
export async function flushed(response: ServerResponse, bytes: Buffer, gone: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      gone.removeEventListener('abort', done);
      resolve();
    };
    gone.addEventListener('abort', done, { once: true });
    response.write(bytes, done);
  });
}

/** Resolves when the client leaves. */
export async function left(gone: AbortSignal): Promise<void> {
  if (!gone.aborted) await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }));
}
