import { type Logger as Pino, pino } from 'pino';
import { redactSecrets } from './secret.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the platform and its plugins tell what happens. Message first, then facts; an error goes in `cause`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log, with every line naming its part. */
  child(part: string): Logger;
}

/** Takes finished lines: one JSON object each, ending in a newline, printable and free of known secrets. */
export interface LogSink {
  write(line: string): void;
}

/** A logger that writes one JSON line per entry to every sink. */
export function createLog(options: { level?: LogLevel; sinks: readonly LogSink[] }): Logger {
  const destination = {
    write(raw: string) {
      const line = oneLine(redactSecrets(raw));
      for (const sink of options.sinks) sink.write(line);
    },
  };
  const root = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { cause: describeCause, error: describeCause },
    },
    destination,
  );
  return wrap(root);
}

/** Says nothing; for tests and for code that may run without a log. */
export const silentLog: Logger = createLog({ level: 'silent', sinks: [] });

/** A child names its own part only: `root` has none. */
function wrap(root: Pino<never>, part?: string): Logger {
  const logger = part === undefined ? root : root.child({ part });
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) => {
    if (logger.isLevelEnabled(level)) logger[level](fields ? unreserved(fields) : {}, message);
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (name) => wrap(root, name),
  };
}

const reserved = new Set(['level', 'time', 'msg', 'part']);

/** JSON with a key twice would let a fact pass for the level or the message. */
function unreserved(fields: LogFields): LogFields {
  if (!Object.keys(fields).some((key) => reserved.has(key))) return fields;
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [reserved.has(key) ? `${key}_` : key, value]));
}

/** An error as data, its own causes included, five deep. */
function describeCause(cause: unknown, depth = 0): unknown {
  if (!(cause instanceof Error)) return cause;
  const { name, message, stack } = cause;
  const code = 'code' in cause ? cause.code : undefined;
  const deeper = cause.cause === undefined || depth >= 4 ? undefined : describeCause(cause.cause, depth + 1);
  return { name, code, message, stack, cause: deeper };
}

/**
 * JSON escapes the old control characters itself. What it lets through and what still moves a cursor, breaks
 * a line or turns the direction of text (C1, line separators, bidirectional marks) is escaped here.
 */
const risky = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

function oneLine(line: string): string {
  return line.replace(risky, escaped);
}

/** A string with everything that is not plain text made visible, for a terminal. */
export function printable(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  return value.replace(/[\u0000-\u001f]/g, escaped).replace(risky, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
