import type { LogSink } from '../log.js';
import type { PluginLogLine } from '../protocol/plugins.js';

const MOST_LINES = 200;
const MOST_PARTS = 200;
const MOST_CHARACTERS = 2_000;

/** The newest lines of the log by the part that wrote them, for the pages: nobody reads a file of 20 MB for ten lines. */
export class RecentLines implements LogSink {
  readonly #lines = new Map<string, PluginLogLine[]>();

  write(line: string): void {
    const { part, level, time, msg, cause, ...facts } = JSON.parse(line) as Record<string, unknown>;
    if (typeof part !== 'string') return;
    const lines = this.#lines.get(part) ?? [];
    if (!this.#lines.has(part) && this.#lines.size >= MOST_PARTS) return;
    this.#lines.set(part, lines);
    const text = [String(msg), ...Object.entries(facts).map(factOf), reasonOf(cause)].filter(Boolean).join(' ');
    lines.push({ at: String(time), level: String(level), text: text.slice(0, MOST_CHARACTERS) });
    if (lines.length > MOST_LINES) lines.shift();
  }

  /** Oldest first. */
  of(part: string): readonly PluginLogLine[] {
    return this.#lines.get(part) ?? [];
  }
}

function factOf([key, value]: [string, unknown]): string {
  return `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

function reasonOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('message' in cause)) return '';
  return `(${String(cause.message)})`;
}
