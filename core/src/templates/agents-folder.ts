import { constants, type FSWatcher, watch } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MaestroError } from '../errors.js';
import type { Logger } from '../log.js';
import type { NewTemplateBody } from '../protocol/api.js';
import type { Templates } from '../store/templates.js';
import { readAgentFile } from './agent-file.js';

/** Editors write in several steps. */
const settleMs = 200;
const mostFiles = 500;
/** One byte more than a file may have, so that a larger one is told from it. */
const readBytes = 256 * 1024 + 1;

/** Agents as files: every `*.md` of a folder is a template, from the start on and as soon as it changes. */
export class AgentsFolder {
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly templates: Pick<Templates, 'syncFiles'>,
    private readonly log: Logger,
  ) {}

  /** Resolves once the files are read. What is wrong with one keeps the others from nothing; it is logged. */
  async start(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    this.#watcher = watch(this.folder, { persistent: false }, () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.read(), settleMs).unref();
    });
    this.#watcher.on('error', (cause) => this.log.warn('agent files are no longer watched', { cause }));
    await this.read();
  }

  /** Reads the folder anew. */
  read(): Promise<void> {
    this.#running = this.#running
      .then(() => this.#read())
      .catch((cause: unknown) => {
        this.log.warn('agent files could not be read', { folder: this.folder, cause });
      });
    return this.#running;
  }

  async close(): Promise<void> {
    this.#watcher?.close();
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #read(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => name.endsWith('.md')).sort();
    const files: { path: string; body: NewTemplateBody }[] = [];
    for (const name of names.slice(0, mostFiles)) {
      const path = join(this.folder, name);
      try {
        const { agent: body } = readAgentFile(path, await textOf(path));
        const twin = files.find((other) => other.body.name === body.name);
        if (twin) this.log.warn(`${path}: the name "${body.name}" stands in ${twin.path} already`);
        else files.push({ path, body });
      } catch (cause) {
        const message = cause instanceof MaestroError ? cause.message : `${path}: cannot be read`;
        this.log.warn(message, cause instanceof MaestroError ? {} : { cause });
      }
    }
    for (const name of await this.templates.syncFiles(files)) {
      this.log.warn(`the file of the template "${name}" does not count: one was saved under this name`);
    }
  }
}

/** No more than is needed to see that it is too much: it may be anything, without an end. */
async function textOf(path: string): Promise<string> {
  // A pipe must not keep us waiting for somebody who writes.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new MaestroError('template.file', `${path}:1: is no file`);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(readBytes), 0, readBytes, 0);
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
