import { MaestroError, redactSecrets } from '@maestro/core';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { oneLine } from './one-line.js';
import { BROKEN_OFF, TOO_LARGE } from './too-large.js';

/** The server knows nothing of the conversation any more, and did nothing: it may be asked again in a new one. */
export class SessionLost extends MaestroError {
  constructor(server: string, cause: unknown) {
    super('mcp.unavailable', `"${server}" has ended its session`, { cause });
  }
}

/** Why a call did not succeed, for a model that reads it. */
export function callFailure(server: string, error: unknown): Error {
  if (error instanceof MaestroError) return error;
  if (isSessionLost(error)) return new SessionLost(server, error);
  const said = reasonOf(error);
  if (isUnreachable(error))
    return new MaestroError('mcp.unavailable', `"${server}" cannot be reached: ${said}`, { cause: error });
  if (!(error instanceof McpError)) return new MaestroError('mcp.failed', `"${server}": ${said}`, { cause: error });
  if (error.code === TOO_LARGE) {
    return new MaestroError('mcp.too_large', `"${server}": ${said}; ask for less at once`, { cause: error });
  }
  // Servers use the number for errors of their own; the words are those of the client here.
  const isClosed = error.code === ErrorCode.ConnectionClosed && error.message.endsWith(': Connection closed');
  if (error.code === BROKEN_OFF || isClosed) {
    const message = `the connection to "${server}" ended while it worked; whether it took effect is not known`;
    return new MaestroError('mcp.unavailable', message, { cause: error });
  }
  return new MaestroError('mcp.failed', `"${server}" answered with an error: ${said}`, { cause: error });
}

/** One line of a bounded length, also of what a stranger wrote; no secret of ours is in it. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  const status = error instanceof StreamableHTTPError && (error.code ?? 0) > 0 ? `HTTP ${error.code}: ` : '';
  const text = `${status}${error instanceof Error ? error.message : String(error)}${cause}`;
  return oneLine(redactSecrets(text.slice(0, 10_000)), 500) || 'no reason was given';
}

export const isSessionLost = (error: unknown): boolean => error instanceof StreamableHTTPError && error.code === 404;

/** What `fetch` throws where no answer came. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof TypeError && error.cause instanceof Error && 'code' in error.cause;
