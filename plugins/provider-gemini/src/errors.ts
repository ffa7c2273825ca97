import {
  headerOf,
  kindOfStatus,
  ProviderError,
  type ProviderErrorKind,
  type ProviderResponse,
  REMEDIES,
  retryAfterMs,
  type Secret,
} from '@maestro/core';
import { parseStatus, type Status, statusIn } from './status.js';

type Headers = ProviderResponse['headers'];

/** Kinds by name, for errors inside an answer that began well. */
const BY_NAME: Readonly<Record<string, ProviderErrorKind>> = {
  UNAUTHENTICATED: 'auth',
  PERMISSION_DENIED: 'auth',
  NOT_FOUND: 'not_found',
  RESOURCE_EXHAUSTED: 'rate_limit',
  CANCELLED: 'interrupted',
  ABORTED: 'interrupted',
  DEADLINE_EXCEEDED: 'timeout',
  INTERNAL: 'unavailable',
  UNAVAILABLE: 'unavailable',
  UNKNOWN: 'unavailable',
  INVALID_ARGUMENT: 'bad_request',
  FAILED_PRECONDITION: 'bad_request',
};

const REMEDY: Readonly<Record<ProviderErrorKind, string>> = {
  ...REMEDIES,
  quota: 'check quota and billing in Google AI Studio, or choose another model',
  overloaded: 'try again in a while, or choose another model',
  malformed: 'try again, and choose another model if it repeats',
};

/** What an account is told that may not use this API, whatever it does; another call changes nothing. */
const BARRED =
  /IneligibleTier|UNSUPPORTED_CLIENT|no longer supported for Gemini Code Assist|not eligible for Gemini Code Assist|named user on your organization|missing a valid license/i;

export const USE_A_KEY =
  'use a Gemini API key from aistudio.google.com instead; Google ended signing in for private accounts on 2026-06-18';

type Options = NonNullable<ConstructorParameters<typeof ProviderError>[2]>;

export function failure(kind: ProviderErrorKind, what: string, options: Options = {}): ProviderError {
  return new ProviderError(kind, `Gemini ${what}; ${REMEDY[kind]}`, options);
}

/** The error for an account, a client or a place that Google does not serve. */
export const barred = (why: string, options: Options = {}): ProviderError =>
  new ProviderError('refused', `Gemini does not serve this account: ${why}; ${USE_A_KEY}`, {
    ...options,
    permanent: true,
  });

/** The error for an answer that is not 2xx. */
export function errorOfResponse(code: number, headers: Headers, body: string): ProviderError {
  if (code >= 300 && code < 400) {
    const to = headerOf(headers, 'location') ?? 'nowhere';
    return failure('bad_request', `answered ${code} and points to ${to}, which is not followed`, { status: code });
  }
  const status = parseStatus(body);
  const waitMs = status.retryAfterMs ?? retryAfterMs(headers) ?? retryInWords(status.message);
  const requestId = headerOf(headers, 'x-cloudaicompanion-trace-id');
  return errorOf(status, code, `answered ${code}: ${status.message}`, {
    status: code,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    ...(requestId !== undefined && { requestId }),
  });
}

/** The error in an event of an answer that began well; undefined where it holds none. */
export function errorOfEvent(value: unknown): ProviderError | undefined {
  const status = statusIn(value);
  if (!status) return undefined;
  const { retryAfterMs: waitMs, message, code } = status;
  return errorOf(status, code, `stopped its answer: ${message}`, {
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
}

function errorOf(status: Status, code: number | undefined, what: string, options: Options): ProviderError {
  if (BARRED.test(status.message) || status.reasons.some((reason) => BARRED.test(reason)))
    return barred(status.message, options);
  if (/location is not supported/i.test(status.message))
    return new ProviderError('refused', `Gemini is not offered where this runs: ${status.message}`, {
      ...options,
      permanent: true,
    });
  return failure(kindOf(status, code), what, options);
}

/** Names come from a server and may be names that every object has. */
function kindOf(status: Status, code: number | undefined): ProviderErrorKind {
  const words = byWords(status);
  if (words) return words;
  const isLimit = code === 429 || status.status === 'RESOURCE_EXHAUSTED';
  if (isLimit) return limitKind(status);
  const named =
    status.status !== undefined && Object.hasOwn(BY_NAME, status.status) ? BY_NAME[status.status] : undefined;
  if (code === undefined) return named ?? 'bad_request';
  // Their own: the caller let go before the answer came.
  if (code === 499) return 'interrupted';
  const byCode = kindOfStatus(code);
  return byCode === 'bad_request' ? (named ?? byCode) : byCode;
}

/** The same status serves for several things, which only their words tell apart. A wrong key is a 400. */
function byWords({ message, reasons }: Status): ProviderErrorKind | undefined {
  if (reasons.includes('API_KEY_INVALID') || /API key (not valid|not found|expired)|valid API key/i.test(message))
    return 'auth';
  if (reasons.includes('MODEL_CAPACITY_EXHAUSTED') || /overloaded|no capacity/i.test(message)) return 'overloaded';
  if (/token count.*exceeds|exceeds the maximum number of tokens|input is too long|payload size exceeds/i.test(message))
    return 'too_long';
  return undefined;
}

/** A limit for a minute passes; one for a day, for money, or of nothing at all does not. */
function limitKind({ message, reasons, quotas }: Status): ProviderErrorKind {
  const isUsedUp = reasons.includes('QUOTA_EXHAUSTED') || quotas.some((quota) => /per_?day|daily/i.test(quota));
  if (isUsedUp || /per day|daily|exhausted your capacity|credits|spend|\blimit: 0\b/i.test(message)) return 'quota';
  return 'rate_limit';
}

/** "Please retry in 34.07s." or "reset after 1h2m3s" stand in messages without RetryInfo. */
function retryInWords(message: string): number | undefined {
  const [, words = ''] = /(?:retry in|reset after) ((?:\d+(?:\.\d+)?(?:ms|[hms]))+)/i.exec(message) ?? [];
  const pieces = [...words.matchAll(/(\d+(?:\.\d+)?)(ms|[hms])/gi)];
  if (pieces.length === 0) return undefined;
  const unit: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  return Math.round(pieces.reduce((sum, [, value, name]) => sum + Number(value) * unit[name!.toLowerCase()]!, 0));
}

/** Shorter ones are no secrets in use, and their letters stand in every sentence. */
const SHORTEST = 6;

/** A server that repeats a key in its complaint must not get it into logs and screens. */
export function without(secrets: readonly (Secret | undefined)[], text: string): string {
  return secrets.reduce<string>(
    (clean, secret) =>
      secret?.use((value) => (value.length < SHORTEST ? clean : clean.replaceAll(value, '<secret>'))) ?? clean,
    text,
  );
}
