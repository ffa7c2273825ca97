import { randomUUID } from 'node:crypto';
import { errorCatalogue } from '../error-catalogue.js';
import { MaestroError } from '../errors.js';
import type { Logger } from '../log.js';
import type { ErrorBody } from '../protocol/resources.js';

/** An error as a client sees it. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: ErrorBody;
}

const DATABASE_DOWN = 'database.unreachable';
const RETRY_AFTER_SECONDS = '2';

/**
 * What a client may know of an error: code and sentence of a MaestroError, nothing of any other. What is
 * not the client's doing goes to the log with its cause, under the correlation id the client was given.
 */
export function answerFor(error: unknown, log: Logger, what: string): Answer {
  const known = error instanceof MaestroError ? error : undefined;
  // A plugin may bring codes of its own.
  if (known && known.code !== DATABASE_DOWN)
    return logged(errorCatalogue[known.code]?.status ?? 500, known, error, log, what);
  if (known || isDatabaseDown(error)) {
    const message = 'the database does not answer; nothing was changed. Try again in a moment';
    return logged(503, { code: DATABASE_DOWN, message }, error, log, what);
  }
  return logged(
    500,
    { code: 'server.internal', message: 'something went wrong in the server; its log says what' },
    error,
    log,
    what,
  );
}

function logged(
  status: number,
  { code, message }: { code: string; message: string },
  cause: unknown,
  log: Logger,
  what: string,
): Answer {
  const correlation_id = randomUUID();
  if (status >= 500) log.error(`${what} failed`, { code, correlation_id, cause });
  const headers: Record<string, string> = status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {};
  return { status, headers, body: { error: { code, message, correlation_id } } };
}

// Network errors of Node, and the classes of PostgreSQL for "connection" (08), "too many" (53), "shutting down" (57P0).
const downCode = /^(?:ECONN\w+|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ETIMEDOUT|08\w{3}|53300|57P0\d)$/;
const downMessage =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable|pool after calling end/i;

/** Whether an error, or what caused it, says that PostgreSQL cannot be reached. */
export function isDatabaseDown(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false;
  if (error instanceof MaestroError) return error.code === DATABASE_DOWN;
  const code = 'code' in error ? String(error.code) : '';
  const isSocketFile = code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect';
  if (isSocketFile || downCode.test(code) || downMessage.test(error.message)) return true;
  const inner = error instanceof AggregateError ? error.errors : [];
  return [error.cause, ...inner].some((cause) => isDatabaseDown(cause, depth + 1));
}
