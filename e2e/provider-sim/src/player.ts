import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.js';
import type { Holds } from './holds.js';
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
    if (fault?.type === 'huge_line' && fault.at === index && (await write(hugeLine(fault.bytes))) !== 'on')
      return 'cut';
    const isBroken = fault?.type === 'malformed' && fault.at === index;
    const outcome = await write(isBroken ? frame.text.replace('data: {', 'data: {{') : frame.text);
    if (outcome !== 'on') return outcome;
  }
  if (gone.aborted) return 'closed';
  response.end();
  return 'done';
}

/** A whole JSON answer, spoilt where a fault counts bytes. */
export async function deliver(json: string, options: PlayOptions): Promise<Outcome> {
  const outcome = await writer(options)(json);
  if (outcome !== 'on') return outcome;
  options.response.end();
  return 'done';
}

const hugeLine = (bytes: number) => `data: ${'x'.repeat(bytes)}`;

async function pace(began: number, index: number, rate: number | undefined): Promise<void> {
  if (!rate) return;
  const ahead = began + (index * 1000) / rate - performance.now();
  if (ahead > 1) await sleep(ahead);
}

/** Writes text until a fault's count of bytes is reached; then cuts the connection, or stops for good. */
function writer({ response, fault, gone }: PlayOptions) {
  const limit = fault?.type === 'cut' || fault?.type === 'stall' ? fault.at : Number.POSITIVE_INFINITY;
  let written = 0;
  return async (text: string): Promise<Outcome | 'on'> => {
    const bytes = Buffer.from(text);
    const part = bytes.subarray(0, Math.max(0, Math.min(bytes.length, limit - written)));
    written += bytes.length;
    if (part.length > 0) await flushed(response, part, gone);
    if (gone.aborted) return 'closed';
    if (written <= limit) return 'on';
    if (fault?.type === 'stall') {
      await left(gone);
      return 'closed';
    }
    response.socket?.destroy();
    return 'cut';
  };
}

/** Resolves once the bytes are handed to the kernel, or the client is gone. */
async function flushed(response: ServerResponse, bytes: Buffer, gone: AbortSignal): Promise<void> {
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
