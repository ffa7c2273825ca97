import { headerOf, kindOfStatus, ProviderError, type ProviderErrorKind, REMEDIES, retryAfterMs } from '@maestro/core';

/** What the API says went wrong; both fields as far as it is the API that speaks. */
export interface ApiError {
  type: string | undefined;
  message: string;
}

type Headers = Parameters<typeof headerOf>[0];

/** Kinds by the API's own type names. Source: platform.claude.com/docs/en/api/errors, read 2026-11-26. */
const BY_TYPE: Readonly<Record<string, ProviderErrorKind>> = {
  authentication_error: 'auth',
  permission_error: 'auth',
  billing_error: 'quota',
  not_found_error: 'not_found',
  request_too_large: 'too_long',
  rate_limit_error: 'rate_limit',
  timeout_error: 'timeout',
  api_error: 'unavailable',
  overloaded_error: 'overloaded',
  invalid_request_error: 'bad_request',
};

const REMEDY: Readonly<Record<ProviderErrorKind, string>> = {
  ...REMEDIES,
  quota: 'check credit and spend limits in the Anthropic console',
  malformed: 'check that the base URL belongs to the Messages API',
};

/** The error for an answer that is not 2xx. */
export function errorOfResponse(status: number, headers: Headers, body: string): ProviderError {
  const error = parseError(body);
  if (status >= 300 && status < 400) {
    const to = headerOf(headers, 'location') ?? 'nowhere';
    return failure('bad_request', `answered ${status} and points to ${to}, which is not followed`, { status });
  }
  const unwanted = unwantedUse(status, error);
  if (unwanted) return unwanted;
  const waitMs = retryAfterMs(headers);
  const requestId = headerOf(headers, 'request-id');
  return failure(kindOf(status, headers, error), `answered ${status}: ${error.message}`, {
    status,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    ...(requestId !== undefined && { requestId }),
  });
}

/** The error for an `error` event inside an answer that began well. */
export function errorOfEvent(data: unknown): ProviderError {
  const error = errorIn(data);
  return failure(byWords(error) ?? byType(error) ?? 'overloaded', `stopped its answer: ${error.message}`, {});
}

export function failure(
  kind: ProviderErrorKind,
  what: string,
  options: ConstructorParameters<typeof ProviderError>[2],
): ProviderError {
  return new ProviderError(kind, `Anthropic ${what}; ${REMEDY[kind]}`, options);
}

/** The API's error in a body, or the beginning of whatever came instead. */
export function parseError(body: string): ApiError {
  try {
    return errorIn(JSON.parse(body));
  } catch {
    // A proxy's page and the like: its first words say more than a parser's complaint.
    return { type: undefined, message: brief(body) || 'no reason given' };
  }
}

function errorIn(value: unknown): ApiError {
  const { error } = (value ?? {}) as { error?: { type?: unknown; message?: unknown } };
  const type = typeof error?.type === 'string' ? error.type : undefined;
  const message = typeof error?.message === 'string' ? error.message : JSON.stringify(value);
  return { type, message: brief(message) };
}

const brief = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 400);

/** Sign-ins of Claude accounts are for the vendor's own applications: no other attempt and no new sign-in helps. */
function unwantedUse(status: number, { message }: ApiError): ProviderError | undefined {
  if (status < 400 || status > 403 || !/only authorized for use with/i.test(message)) return undefined;
  const words =
    `Anthropic does not serve this sign-in here: "${message}". It allows Claude accounts in its own applications ` +
    'only; add an API key instead, and remove the sign-in';
  return new ProviderError('refused', words, { status, permanent: true });
}

function kindOf(status: number, headers: Headers, error: ApiError): ProviderErrorKind {
  const words = byWords(error);
  if (words) return words;
  // A spend cap is told as 429 as well; waiting does not lift it, and the API says so in this header.
  if (status === 429 && headerOf(headers, 'x-should-retry') === 'false') return 'quota';
  if (error.type === 'overloaded_error' || status === 529) return 'overloaded';
  if (status >= 500 && status !== 504) return 'unavailable';
  return byType(error) ?? kindOfStatus(status);
}

/** The type comes from a server and may be a name that every object has. */
function byType({ type }: ApiError): ProviderErrorKind | undefined {
  return type !== undefined && Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined;
}

/** Some kinds have no type of their own and only their words tell them apart. */
function byWords({ type, message }: ApiError): ProviderErrorKind | undefined {
  if (type !== 'invalid_request_error' && type !== 'rate_limit_error') return undefined;
  if (/credit balance|spend(ing)? (limit|cap)|usage limits?\b|monthly/i.test(message)) return 'quota';
  if (/prompt is too long|context (limit|window)|too many tokens/i.test(message)) return 'too_long';
  return undefined;
}
