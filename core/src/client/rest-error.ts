/** What the server refused, or that it could not be reached (`status` 0, code `server.unreachable`). */
export class RestError extends Error {
  override readonly name = 'RestError';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Finds the matching line in the server's log. */
    readonly correlationId: string | null = null,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Reads the error body of the contract; anything else says what came instead. */
export async function restErrorOf(response: Response, what: string): Promise<RestError> {
  const body = await readJson(response);
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  const code = typeof error.code === 'string' ? error.code : 'server.answer';
  const message = typeof error.message === 'string' ? error.message : `${what} was answered with ${response.status}`;
  const correlationId = typeof error.correlation_id === 'string' ? error.correlation_id : null;
  return new RestError(response.status, code, message, correlationId);
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
