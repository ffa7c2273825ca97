import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type ChildTree, MaestroError, type Processes } from '@maestro/core';
import type { Format, Readable } from './readable.js';

interface Page {
  html: string;
  url: string;
  format: Format;
}

/** Pages that are read at once: each takes a processor. */
const atOnce = 2;
/** What one page may take of memory. */
const memory = '--max-old-space-size=512';

const program = fileURLToPath(new URL('./read-page.js', import.meta.url));
/** The server may be an executable of its own. */
const node = /^node(\.exe)?$/.test(path.basename(process.execPath)) ? process.execPath : 'node';

/**
 * Reads pages in processes of their own: whatever a page is made of, the server goes on, and what takes too long or too
 * much is ended. Threads would not do: one that runs out of memory may take its process along.
 */
export class PageReader {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param processes asked when it is needed first */
  constructor(
    private readonly processes: () => Pick<Processes, 'spawn'>,
    private readonly limitMs = 20_000,
  ) {}

  /** @throws MaestroError `web.unreadable` for a page that takes too long or too much memory */
  async read(page: Page, signal: AbortSignal): Promise<Readable> {
    if (this.#running >= atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await this.#read(page, signal);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #read(page: Page, signal: AbortSignal): Promise<Readable> {
    const limit = AbortSignal.timeout(this.limitMs);
    const either = AbortSignal.any([signal, limit]);
    const child = this.processes().spawn(node, [memory, program], {
      ...{ cwd: tmpdir(), stdin: 'pipe', label: 'read a page', sessionId: null, signal: either },
    });
    try {
      return await answerOf(child, page);
    } catch (cause) {
      signal.throwIfAborted();
      const why = limit.aborted ? `within ${this.limitMs / 1_000} s` : 'with what a page may take of memory and depth';
      const message = `${page.url} could not be made readable ${why}. Its source can be fetched: format "html".`;
      throw new MaestroError('web.unreadable', message, { cause });
    } finally {
      await child.kill(0);
    }
  }
}

async function answerOf({ stdin, stdout, stderr, exited }: ChildTree, page: Page): Promise<Readable> {
  // It may end before it has read everything; how it ended says more.
  stdin?.on('error', () => undefined);
  stdin?.end(JSON.stringify(page));
  // Its last words are long where it runs out of memory.
  stderr.resume();
  const [said, { code }] = await Promise.all([buffer(stdout), exited]);
  if (code !== 0) throw new Error(`the program that reads pages ended with ${code}`);
  return JSON.parse(said.toString()) as Readable;
}
