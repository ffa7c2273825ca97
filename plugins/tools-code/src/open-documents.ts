import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { MaestroError } from '@maestro/core';
import { readTextFile } from '@maestro/tools-files/text-file';
import { Value } from 'typebox/value';
import { Diagnostic, type Published } from './server-answers.js';
import type { ServerConnection } from './server-connection.js';
import { shownLine } from './shown.js';

/** Open at the same time; the one longest unused is closed first. */
export const MOST_OPEN = 50;
const mostCharacters = 4_000_000;
const mostDiagnostics = 1_000;

interface OpenDocument {
  uri: string;
  text: string;
  hash: string;
  version: number;
  /** What the server said of it last, and of which version; undefined until it says something of this one. */
  diagnostics: Diagnostic[] | undefined;
  told: () => void;
}

/** The files one server holds open: each as it stands on disk, by the hash of its content. */
export class OpenDocuments {
  /** By absolute path, the longest unused first. */
  readonly #open = new Map<string, OpenDocument>();
  readonly #languages: Readonly<Record<string, string>>;

  /** @param languages names of the protocol by ends of file names */
  constructor(languages: Readonly<Record<string, string>>) {
    this.#languages = languages;
  }

  uriOf(file: string): string {
    return this.#open.get(file)?.uri ?? pathToFileURL(file).href;
  }

  get files(): string[] {
    return [...this.#open.keys()];
  }

  /**
   * Opens a file, and tells the server of every open one that is another by now.
   *
   * @returns its text
   * @throws MaestroError what reading text files does, `tool.too_large`
   */
  async open(server: ServerConnection, file: string, signal: AbortSignal): Promise<string> {
    const now = await readTextFile(file, signal);
    if (now.text.length > mostCharacters) {
      throw new MaestroError(
        'tool.too_large',
        `${file} has more than the ${mostCharacters} characters a language server is given.`,
      );
    }
    const known = this.#open.get(file);
    this.#open.delete(file);
    const uri = pathToFileURL(file).href;
    if (known) this.#open.set(file, known);
    else {
      const languageId = this.#languages[path.extname(file).toLowerCase()] ?? 'plaintext';
      this.#open.set(file, {
        uri,
        text: now.text,
        hash: now.hash,
        version: 1,
        diagnostics: undefined,
        told: () => undefined,
      });
      server.notify('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text: now.text } });
      this.#closeOldest(server);
    }
    if (known && known.hash !== now.hash) this.#change(server, known, now);
    return now.text;
  }

  /** Tells the server of open files that changed or went. */
  async refresh(server: ServerConnection, signal: AbortSignal): Promise<void> {
    for (const [file, known] of this.#open) {
      const now = await readTextFile(file, signal).catch(() => undefined);
      signal.throwIfAborted();
      if (!now || now.text.length > mostCharacters) this.#close(server, file);
      else if (now.hash !== known.hash) this.#change(server, known, now);
    }
  }

  /** Takes what a server says of a document, if it is an open one, in the version it has. */
  publish({ uri, version, diagnostics }: Published): void {
    for (const known of this.#open.values()) {
      if (known.uri !== uri || (typeof version === 'number' && version !== known.version)) continue;
      known.diagnostics = diagnosticsOf(diagnostics);
      known.told();
    }
  }

  /** What was said of an open file; waits a while for a server that has not said anything yet. */
  async published(
    file: string,
    { signal, patienceMs }: { signal: AbortSignal; patienceMs: number },
  ): Promise<Diagnostic[] | undefined> {
    const known = this.#open.get(file);
    if (!known || known.diagnostics) return known?.diagnostics;
    const told = new Promise<void>((resolve) => {
      known.told = resolve;
    });
    await Promise.race([told, sleep(patienceMs, undefined, { signal, ref: false })]);
    return known.diagnostics;
  }

  #change(server: ServerConnection, known: OpenDocument, { text, hash }: { text: string; hash: string }): void {
    Object.assign(known, { text, hash, version: known.version + 1, diagnostics: undefined });
    const { uri, version } = known;
    server.notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] });
  }

  #closeOldest(server: ServerConnection): void {
    const oldest = this.#open.keys().next().value;
    if (this.#open.size > MOST_OPEN && oldest !== undefined) this.#close(server, oldest);
  }

  #close(server: ServerConnection, file: string): void {
    const uri = this.#open.get(file)?.uri;
    this.#open.delete(file);
    server.notify('textDocument/didClose', { textDocument: { uri } });
  }
}

/** Those that have the form of one, as they can be shown. */
export const diagnosticsOf = (items: readonly unknown[]): Diagnostic[] =>
  items
    .slice(0, mostDiagnostics)
    .flatMap((item) =>
      Value.Check(Diagnostic, item) ? [{ ...item, message: shownLine(item.message.replaceAll('\n', ' '), 1_000) }] : [],
    );
