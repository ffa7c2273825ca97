import { MaestroError, type ToolCallContext } from '@maestro/core';
import type { Connection } from './connection.js';
import { SessionLost } from './failures.js';
import type { ServerLink } from './server-link.js';

const callMs = 120_000;
const longestMs = 3_600_000;
/** Progress is told no more often than this. */
const progressMs = 100;

interface During {
  connection: Connection;
  signal: AbortSignal;
  progress(update: { progress: number; total?: number | undefined; message?: string | undefined }): void;
}

/**
 * Does one thing on a server for one call: with a time limit that progress renews and that stands still while a person
 * or a model is asked, and with the call's directory among the server's roots.
 *
 * @throws MaestroError `mcp.timeout`, `mcp.unavailable`, and what `act` throws
 */
export async function during<T>(
  link: ServerLink,
  call: ToolCallContext,
  act: (during: During) => Promise<T>,
): Promise<T> {
  try {
    return await once(link, call, act);
  } catch (error) {
    // Nothing was done by a server that does not know of the session.
    if (error instanceof SessionLost) return once(link, call, act);
    throw error;
  }
}

async function once<T>(link: ServerLink, call: ToolCallContext, act: (during: During) => Promise<T>): Promise<T> {
  const connection = await link.ready(call.signal);
  const limit = new TimeLimit(link.settings.timeout_ms ?? callMs);
  const signal = AbortSignal.any([call.signal, limit.signal]);
  const over = link.asks.during({ call, hold: () => limit.hold() });
  const leave = await connection.enter(call.workingDirectory);
  try {
    return await act({ connection, signal, progress: teller(call, limit) });
  } catch (error) {
    if (call.signal.aborted || !limit.signal.aborted) throw error;
    const seconds = Math.round(limit.ms / 1_000);
    throw new MaestroError(
      'mcp.timeout',
      `"${link.name}" did not answer in ${seconds} s; whether it took effect is not known`,
    );
  } finally {
    limit.end();
    leave();
    over();
  }
}

function teller(call: ToolCallContext, limit: TimeLimit): During['progress'] {
  let last = 0;
  return ({ progress, total, message }) => {
    limit.renew();
    const now = Date.now();
    if (now - last < progressMs) return;
    last = now;
    const share = total === undefined ? String(progress) : `${progress}/${total}`;
    call.progress(`${share}${message ? ` ${message.toWellFormed().slice(0, 500)}` : ''}\n`);
  };
}

class TimeLimit {
  readonly #controller = new AbortController();
  readonly #latest = Date.now() + longestMs;
  #timer: NodeJS.Timeout | undefined;
  #holds = 0;

  constructor(readonly ms: number) {
    this.renew();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  renew(): void {
    clearTimeout(this.#timer);
    if (this.#holds > 0) return;
    const left = Math.max(0, Math.min(this.ms, this.#latest - Date.now()));
    this.#timer = setTimeout(() => this.#controller.abort(new Error('the time limit')), left);
  }

  hold(): () => void {
    this.#holds += 1;
    clearTimeout(this.#timer);
    return () => {
      this.#holds -= 1;
      this.renew();
    };
  }

  end(): void {
    this.#holds = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timer);
  }
}
