import { MaestroError, type ToolCallContext } from '@maestro/core';
import { createPatch } from 'diff';
import { SeenHashes } from './seen-hashes.js';
import { hashOf } from './text-file.js';

/** What the tools remember at most beside the hashes; what is older is forgotten. */
export const MOST_REMEMBERED = { files: 20_000, textCharacters: 8_000_000, charactersPerText: 100_000 } as const;

interface Seen {
  hash: string;
  /** For the diff that tells what changed; only of small files, and forgotten first. */
  text: string | undefined;
}

interface Content {
  hash: string;
  text?: string;
}

/**
 * What each session last read or wrote of each file, and who wrote it last: so that nobody edits what has become
 * something else since. The hashes outlive the process; texts and writers, for the words of a refusal, are in memory.
 */
export class SeenFiles {
  readonly #hashes = new SeenHashes();
  /** By session and file, the longest unused first. */
  readonly #seen = new Map<string, Seen>();
  readonly #writers = new Map<string, { hash: string; sessionId: string }>();
  readonly #busy = new Map<string, Promise<unknown>>();
  #characters = 0;

  /** @param content the whole file, as its bytes or their hash */
  async noteRead(call: ToolCallContext, file: string, content: Content): Promise<void> {
    const key = keyOf(call, file);
    this.#forget(key);
    const isShort = content.text !== undefined && content.text.length <= MOST_REMEMBERED.charactersPerText;
    this.#seen.set(key, { hash: content.hash, text: isShort ? content.text : undefined });
    this.#characters += isShort ? (content.text?.length ?? 0) : 0;
    this.#shrink();
    await this.#hashes.set(call, file, content.hash);
  }

  async noteWritten(call: ToolCallContext, file: string, written: { bytes: Buffer; text?: string }): Promise<void> {
    const { bytes, text } = written;
    const hash = hashOf(bytes);
    this.#writers.delete(file);
    this.#writers.set(file, { hash, sessionId: call.sessionId });
    const oldest = this.#writers.keys().next().value;
    if (this.#writers.size > MOST_REMEMBERED.files && oldest !== undefined) this.#writers.delete(oldest);
    await this.noteRead(call, file, { hash, ...(text !== undefined && { text }) });
  }

  /** What a session has read or written since this process began, the longest unused first. */
  filesOf({ sessionId }: ToolCallContext): string[] {
    const start = `${sessionId}\0`;
    return [...this.#seen.keys()].flatMap((key) => (key.startsWith(start) ? [key.slice(start.length)] : []));
  }

  async has(call: ToolCallContext, file: string): Promise<boolean> {
    return (await this.#hashes.get(call, file)) !== undefined;
  }

  /**
   * @param now the file as it is; with its text the error shows what changed
   * @throws MaestroError `tool.stale` when it is another than the session read or wrote last
   */
  async checkFresh(call: ToolCallContext, file: string, name: string, now: Content): Promise<void> {
    const hash = await this.#hashes.get(call, file);
    if (hash === undefined || hash === now.hash) return;
    const writer = this.#writers.get(file);
    const who =
      writer?.hash === now.hash
        ? `the agent of session ${writer.sessionId}`
        : 'something outside The Maestro, such as a person or a program';
    const seen = this.#seen.get(keyOf(call, file));
    const before = seen?.hash === hash ? seen.text : undefined;
    throw new MaestroError(
      'tool.stale',
      `${name} was changed by ${who} since you last read or wrote it; nothing was written. ` +
        `Read it again, then edit.${whatChanged(before, now.text)}`,
    );
  }

  /** Edits of one file come one after the other: the second sees what the first wrote. */
  async alone<T>(file: string, work: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(file) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#busy.set(file, mine);
    try {
      return await mine;
    } finally {
      if (this.#busy.get(file) === mine) this.#busy.delete(file);
    }
  }

  #forget(key: string): void {
    this.#characters -= this.#seen.get(key)?.text?.length ?? 0;
    this.#seen.delete(key);
  }

  #shrink(): void {
    for (const [key, seen] of this.#seen) {
      if (this.#seen.size > MOST_REMEMBERED.files) this.#forget(key);
      else if (this.#characters <= MOST_REMEMBERED.textCharacters) return;
      else {
        this.#characters -= seen.text?.length ?? 0;
        seen.text = undefined;
      }
    }
  }
}

/** The one memory of this process: whoever reads or edits files of a session shares it, whatever plugin that is in. */
export const seenFiles = new SeenFiles();

const keyOf = ({ sessionId }: ToolCallContext, file: string) => `${sessionId}\0${file}`;

const mostDiffCharacters = 2_000;

function whatChanged(before: string | undefined, now: string | undefined): string {
  if (before === undefined || now === undefined || now.length > MOST_REMEMBERED.charactersPerText) return '';
  const patch = createPatch('file', before, now, undefined, undefined, { context: 1, timeout: 200 });
  if (!patch) return '';
  const hunks = patch.slice(patch.indexOf('@@'));
  const short = hunks.length > mostDiffCharacters ? `${hunks.slice(0, mostDiffCharacters)}\n(cut)` : hunks;
  return ` What changed:\n${short}`;
}

/** An overwrite of something the session never looked at. */
export function unread(name: string): MaestroError {
  return new MaestroError(
    'tool.unread',
    `${name} exists, and this session has not read it: read it first, so that nothing is lost, then write it or edit a part.`,
  );
}
