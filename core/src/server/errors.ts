import { randomUUID } from 'node:crypto';
import { errorCatalogue } from '../error-catalogue.js';
import { MaestroError } from '../errors.js';
import type { Logger } from '../log.js';
import type { ErrorBody } from '../protocol/resources.js';
import { redactSecrets } from '../secret.js';

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
  if (codeIn(error, (code) => code === diskFull)) {
    const message = 'the disk of the database is full; nothing was changed. Make room on it, then try again';
    return logged(507, { code: 'database.full', message }, error, log, what);
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
  return { status, headers, body: { error: { code, message: redactSecrets(message), correlation_id } } };
}

const diskFull = '53100';

// Network errors of Node, and what PostgreSQL says of connections (08), transactions that met (40), too many or too
// little memory (53), time limits and shutdowns (57, 25P03): nothing was changed, and it may be tried again.
const downCode =
  /^(?:ECONN\w+|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ETIMEDOUT|08\w{3}|40\w{3}|53(?!100)\w{3}|57\w{3}|25P03)$/;
const downMessage =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable|pool after calling end/i;

/** Whether an error, or what caused it, says that PostgreSQL cannot be reached or cannot serve just now. */
export function isDatabaseDown(error: unknown): boolean {
  return codeIn(error, (code, one) => {
    if (one instanceof MaestroError) return code === DATABASE_DOWN;
    const isSocketFile = code === 'ENOENT' && 'syscall' in one && one.syscall === 'connect';
    return isSocketFile || downCode.test(code) || downMessage.test(one.message);
  });
}

/** Whether this holds for an error, for what caused it, or for one of several in it. */
function codeIn(error: unknown, holds: (code: string, one: Error) => boolean, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false;
  if (holds('code' in error ? String(error.code) : '', error)) return true;
  if (error instanceof MaestroError) return false;
  const inner = error instanceof AggregateError ? error.errors : [];
  return [error.cause, ...inner].some((cause) => codeIn(cause, holds, depth + 1));
}
