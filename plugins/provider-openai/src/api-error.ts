/** What the server says went wrong; each field as far as it says it. */
export interface ApiError {
  type: string | undefined;
  code: string | undefined;
  /** The field of the request it is about. */
  param: string | undefined;
  message: string;
  /** Until a limit of a ChatGPT plan is lifted. */
  resetsInSeconds: number | undefined;
}

/** The error in a body, or the beginning of whatever came instead. */
export function parseError(body: string): ApiError {
  try {
    return errorIn(JSON.parse(body));
  } catch {
    // A proxy's page and the like: its first words say more than a parser's complaint.
    return { ...NONE, message: brief(body) || 'no reason given' };
  }
}

/** An error as a body has it, as an event has it (flat, or inside its `response`), or as other servers write it. */
export function errorIn(value: unknown): ApiError {
  const outer = record(value);
  const given = outer.error ?? record(outer.response).error ?? value;
  const error = record(given);
  const message = [error.message, given, error.detail, outer.message].find((each) => typeof each === 'string');
  return {
    type: string(error.type),
    code: string(error.code),
    param: string(error.param),
    message: brief((message as string | undefined) ?? JSON.stringify(value)),
    resetsInSeconds: typeof error.resets_in_seconds === 'number' ? error.resets_in_seconds : undefined,
  };
}

const NONE = { type: undefined, code: undefined, param: undefined, resetsInSeconds: undefined };

const brief = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 400);

const string = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
