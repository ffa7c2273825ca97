import { closeSync, constants, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { type LogSink, printable } from './log.js';

/**
 * A log file of its owner alone that never grows past `maxBytes`: full, it becomes FILE.1, the older ones
 * move on, and at most `files` exist. Written at once, so the last words before a crash are on disk.
 */
export class LogFile implements LogSink {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #files: number;
  /** Undefined while no file is open: the number then belongs to whatever file or socket is opened next. */
  #fd: number | undefined;
  #isClosed = false;
  #bytes: number;

  constructor(path: string, { maxBytes = 20 * 1024 * 1024, files = 5 } = {}) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#files = files;
    this.#fd = open(path);
    this.#bytes = fstatSync(this.#fd).size;
  }

  /** Lines that come after `close`, or while the disk takes none, are lost; there is nowhere left to write them. */
  write(line: string): void {
    if (this.#isClosed) return;
    try {
      this.#append(Buffer.from(line));
    } catch {
      // Whoever logs is often at work on an error of its own; a full disk must not become another.
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#letGo();
  }

  #append(bytes: Buffer): void {
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) this.#rotate();
    this.#fd ??= open(this.#path);
    writeSync(this.#fd, bytes);
    this.#bytes += bytes.length;
  }

  #letGo(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }

  #rotate(): void {
    this.#letGo();
    rmSync(`${this.#path}.${this.#files - 1}`, { force: true });
    for (let n = this.#files - 2; n >= 1; n--) moveIfThere(`${this.#path}.${n}`, `${this.#path}.${n + 1}`);
    if (this.#files > 1) moveIfThere(this.#path, `${this.#path}.1`);
    else rmSync(this.#path, { force: true });
    this.#bytes = 0;
  }
}

function open(path: string): number {
  // A link planted in place of the log would let somebody else choose what we write to.
  const { O_APPEND, O_CREAT, O_WRONLY } = constants;
  return openSync(path, O_APPEND | O_CREAT | O_WRONLY | (constants.O_NOFOLLOW ?? 0), 0o600);
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Short lines for a person who watches: time, level where it matters, part, message, plain facts. */
export class TerminalLog implements LogSink {
  readonly #out: { write(text: string): unknown };
  constructor(out: { write(text: string): unknown }) {
    this.#out = out;
  }

  write(line: string): void {
    const { level, time, part, msg, cause, error, ...facts } = JSON.parse(line) as Record<string, unknown>;
    const words = [
      String(time).slice(11, 19),
      level === 'info' ? '' : String(level).toUpperCase(),
      part === undefined ? '' : `[${String(part)}]`,
      String(msg),
      ...Object.entries(facts).map(
        ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      ),
      reason(cause ?? error),
    ];
    this.#out.write(`${printable(words.filter((word) => word !== '').join(' '))}\n`);
  }
}

function reason(cause: unknown): string {
  if (cause === undefined || cause === null) return '';
  if (typeof cause === 'object' && 'message' in cause) return `(${String(cause.message)})`;
  return `(${typeof cause === 'string' ? cause : JSON.stringify(cause)})`;
}
