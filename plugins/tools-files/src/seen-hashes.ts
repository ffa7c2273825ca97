import { createHash } from 'node:crypto';
import type { ToolCallContext } from '@maestro/core';

/** A session remembers at most so many files: pages times files; on each page the longest unused is forgotten first. */
const PAGES = 256;
export const FILES_PER_PAGE = 64;
/** Pages of all sessions that are held beside their rows. */
const MOST_HELD = 4_096;

interface Page {
  hashes: Map<string, string>;
  /** The last write of it: the next waits, or an older state might win. */
  written: Promise<void>;
}

/**
 * Which content each session last saw of each file, as its hash. It is kept in the state of the session, so that it
 * outlives the process: in pages, so that noting one file writes little, however many there are.
 */
export class SeenHashes {
  /** By session and page, the longest unused first. */
  readonly #held = new Map<string, Promise<Page>>();

  async get(call: ToolCallContext, file: string): Promise<string | undefined> {
    return (await this.#page(call, file)).hashes.get(file);
  }

  async set(call: ToolCallContext, file: string, hash: string): Promise<void> {
    const page = await this.#page(call, file);
    const { hashes } = page;
    const isKnown = hashes.get(file) === hash;
    hashes.delete(file);
    hashes.set(file, hash);
    const oldest = hashes.keys().next().value;
    if (hashes.size > FILES_PER_PAGE && oldest !== undefined) hashes.delete(oldest);
    if (isKnown) return page.written;
    const write = () => call.state.set(pageOf(file), [...hashes]);
    page.written = page.written.then(write, write);
    return page.written;
  }

  #page(call: ToolCallContext, file: string): Promise<Page> {
    const key = `${call.sessionId}\0${pageOf(file)}`;
    const page = this.#held.get(key) ?? read(call, file);
    this.#held.delete(key);
    this.#held.set(key, page);
    // What could not be read is read again.
    page.catch(() => this.#held.delete(key));
    const oldest = this.#held.keys().next().value;
    if (this.#held.size > MOST_HELD && oldest !== undefined) this.#held.delete(oldest);
    return page;
  }
}

async function read({ state }: ToolCallContext, file: string): Promise<Page> {
  const hashes = await state.get<[file: string, hash: string][]>(pageOf(file));
  return { hashes: new Map(hashes), written: Promise.resolve() };
}

/** The key of the page of a file. */
export function pageOf(file: string): string {
  return `files.seen.${createHash('sha256').update(file).digest()[0]! % PAGES}`;
}
