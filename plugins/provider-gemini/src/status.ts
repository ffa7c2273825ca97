/** A google.rpc.Status as far as it is understood. */
export interface Status {
  /** As in `RESOURCE_EXHAUSTED`; undefined where it is not the API that speaks. */
  status: string | undefined;
  code: number | undefined;
  message: string;
  /** `ErrorInfo.reason` and the `reason` of the older form, as in `API_KEY_INVALID`. */
  reasons: readonly string[];
  /** Names and words of the quotas that are used up. */
  quotas: readonly string[];
  /** `RetryInfo.retryDelay`, or what the message says. */
  retryAfterMs: number | undefined;
}

/** The status in a body: an object, an array of one, or the beginning of whatever came instead. */
export function parseStatus(body: string): Status {
  try {
    const value: unknown = JSON.parse(body);
    return statusIn(value) ?? nothing(brief(body));
  } catch {
    // A proxy's page and the like: its first words say more than a parser's complaint.
    return nothing(brief(body) || 'no reason given');
  }
}

/** Undefined for a value that holds no error. */
export function statusIn(value: unknown): Status | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const error = objectIn(first, 'error');
  if (!error) return undefined;
  const details = listIn(error, 'details');
  const message = brief(textIn(error, 'message') ?? textIn(error, 'status') ?? 'no reason given');
  return {
    status: textIn(error, 'status'),
    code: typeof error.code === 'number' ? error.code : undefined,
    message,
    reasons: [...details, ...listIn(error, 'errors')].flatMap((detail) => textIn(detail, 'reason') ?? []),
    quotas: details.flatMap((detail) => listIn(detail, 'violations')).flatMap(quotaWords),
    retryAfterMs: details.map((detail) => durationMs(textIn(detail, 'retryDelay'))).find((ms) => ms !== undefined),
  };
}

const quotaWords = (violation: Fields): string[] =>
  ['quotaId', 'quotaMetric', 'subject', 'description'].flatMap((name) => textIn(violation, name) ?? []);

const nothing = (message: string): Status => ({
  status: undefined,
  code: undefined,
  message,
  reasons: [],
  quotas: [],
  retryAfterMs: undefined,
});

/** A protobuf duration, as in `34.07s`. */
function durationMs(text: string | undefined): number | undefined {
  const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(text ?? '') ?? [];
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1000);
}

export const brief = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 400);

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function objectIn(value: unknown, name: string): Fields | undefined {
  const inner = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return isObject(inner) ? inner : undefined;
}

export function listIn(value: unknown, name: string): Fields[] {
  const inner = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return Array.isArray(inner) ? inner.filter(isObject) : [];
}

export function textIn(value: unknown, name: string): string | undefined {
  const inner = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return typeof inner === 'string' && inner !== '' ? inner : undefined;
}
