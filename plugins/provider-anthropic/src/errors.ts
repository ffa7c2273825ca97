import { headerOf, ProviderError, type ProviderErrorKind } from '@maestro/core';

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
  api_error: 'overloaded',
  overloaded_error: 'overloaded',
  invalid_request_error: 'bad_request',
};

/** Kinds by status, for gateways that answer with bodies of their own. */
const BY_STATUS: Readonly<Record<number, ProviderErrorKind>> = {
  401: 'auth',
  402: 'quota',
  403: 'auth',
  404: 'not_found',
  408: 'timeout',
  413: 'too_long',
  429: 'rate_limit',
  504: 'timeout',
};

const REMEDY: Readonly<Record<ProviderErrorKind, string>> = {
  auth: 'check the API key in Settings, or with "maestro auth list"',
  rate_limit: 'wait, or lower the number of agents that work at once',
  quota: 'check credit and spend limits in the Anthropic console',
  overloaded: 'try again in a while',
  too_long: 'start a new conversation or send less',
  network: 'check the network',
  interrupted: 'try again',
  timeout: 'try again',
  bad_request: 'see the request in the list of calls',
  not_found: 'choose another model, or check the base URL',
  malformed: 'check that the base URL belongs to the Messages API',
  refused: 'say it differently',
};

/** The error for an answer that is not 2xx. */
export function errorOfResponse(status: number, headers: Headers, body: string): ProviderError {
  const error = parseError(body);
  if (status >= 300 && status < 400) {
    const to = headerOf(headers, 'location') ?? 'nowhere';
    return failure('bad_request', `answered ${status} and points to ${to}, which is not followed`, { status });
  }
  const retryAfterMs = retryAfter(headers);
  const requestId = headerOf(headers, 'request-id');
  return failure(kindOf(status, headers, error), `answered ${status}: ${error.message}`, {
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
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

function kindOf(status: number, headers: Headers, error: ApiError): ProviderErrorKind {
  const words = byWords(error);
  if (words) return words;
  // A spend cap is told as 429 as well; waiting does not lift it, and the API says so in this header.
  if (status === 429 && headerOf(headers, 'x-should-retry') === 'false') return 'quota';
  if (status >= 500 && status !== 504) return 'overloaded';
  return byType(error) ?? BY_STATUS[status] ?? 'bad_request';
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

/** Seconds, or a date. The finer header in milliseconds wins where it is sent. */
function retryAfter(headers: Headers): number | undefined {
  const exact = Number.parseFloat(headerOf(headers, 'retry-after-ms') ?? '');
  if (exact >= 0) return Math.round(exact);
  const value = headerOf(headers, 'retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.round(Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
