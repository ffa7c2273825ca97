import { headerOf, kindOfStatus, ProviderError, type ProviderErrorKind, REMEDIES } from '@maestro/core';
import { type ApiError, errorIn, parseError } from './api-error.js';
import { entry } from './entry.js';
import { retryAfter } from './retry-after.js';

type Headers = Parameters<typeof headerOf>[0];
type Options = NonNullable<ConstructorParameters<typeof ProviderError>[2]>;

/** Kinds by code or type. Source: developers.openai.com/docs/guides/error-codes; codes as clients report them. */
const BY_NAME: Readonly<Record<string, ProviderErrorKind>> = {
  invalid_api_key: 'auth',
  invalid_authentication: 'auth',
  authentication_error: 'auth',
  account_deactivated: 'auth',
  token_expired: 'auth',
  token_invalidated: 'auth',
  permission_error: 'auth',
  insufficient_quota: 'quota',
  credit_balance_exhausted: 'quota',
  organization_spend_limit_exceeded: 'quota',
  organization_usage_limit_exceeded: 'quota',
  project_spend_limit_exceeded: 'quota',
  billing_hard_limit_reached: 'quota',
  billing_not_active: 'quota',
  // Those of a ChatGPT plan: it comes back after hours or days.
  usage_limit_reached: 'quota',
  usage_not_included: 'quota',
  rate_limit_exceeded: 'rate_limit',
  rate_limit_error: 'rate_limit',
  context_length_exceeded: 'too_long',
  string_above_max_length: 'too_long',
  model_not_found: 'not_found',
  server_error: 'unavailable',
  internal_server_error: 'unavailable',
  server_is_overloaded: 'overloaded',
  engine_overloaded: 'overloaded',
  slow_down: 'overloaded',
  content_filter: 'refused',
  content_policy_violation: 'refused',
  invalid_prompt: 'refused',
  cyber_policy: 'refused',
};

/** An account or a place that may not use the API at all: signing in anew changes nothing. */
const BARRED = new Set(['unsupported_country_region_territory', 'account_deactivated']);

const REMEDY: Readonly<Record<ProviderErrorKind, string>> = {
  ...REMEDIES,
  quota: 'check credit and limits of the OpenAI account, or choose another model',
  malformed: 'check that the base URL belongs to this API, or set "api"',
};

/** The error for an answer that is not 2xx. */
export function errorOfResponse(status: number, headers: Headers, body: string): ProviderError {
  if (status >= 300 && status < 400) {
    const to = headerOf(headers, 'location') ?? 'nowhere';
    return failure('bad_request', `answered ${status} and points to ${to}, which is not followed`, { status });
  }
  const error = parseError(body);
  const kind = kindOf(status, error);
  const retryAfterMs = retryAfter(headers, error, kind);
  const requestId = headerOf(headers, 'x-request-id');
  return failure(kind, `answered ${status}: ${error.message}`, {
    status,
    permanent: error.code !== undefined && BARRED.has(error.code),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(requestId !== undefined && { requestId }),
  });
}

/** The error for one that stands inside an answer that began well. */
export function errorOfEvent(data: unknown): ProviderError {
  const error = errorIn(data);
  const kind = byWords(error) ?? byName(error) ?? 'unavailable';
  const retryAfterMs = retryAfter([], error, kind);
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  return failure(kind, `stopped its answer: ${error.message}`, options);
}

export function failure(kind: ProviderErrorKind, what: string, options: Options = {}): ProviderError {
  return new ProviderError(kind, `OpenAI ${what}; ${REMEDY[kind]}`, options);
}

function kindOf(status: number, error: ApiError): ProviderErrorKind {
  return byWords(error) ?? byName(error) ?? kindOfStatus(status);
}

function byName({ code, type }: ApiError): ProviderErrorKind | undefined {
  return entry(BY_NAME, code) ?? entry(BY_NAME, type);
}

/** Some kinds have no code, or one that says too little, and only their words tell them apart. */
function byWords({ code, message }: ApiError): ProviderErrorKind | undefined {
  // A request larger than what the account may send in a minute: waiting does not make it smaller.
  if (/^request too large\b/i.test(message)) return 'too_long';
  if (code !== undefined && Object.hasOwn(BY_NAME, code)) return undefined;
  if (/maximum context length|context (length|window)|reduce the length/i.test(message)) return 'too_long';
  if (/exceeded your current quota|credit balance|insufficient (credits|balance|quota)/i.test(message)) return 'quota';
  if (/\boverloaded\b/i.test(message)) return 'overloaded';
  if (/content (management )?policy|flagged as|usage policy/i.test(message)) return 'refused';
  return undefined;
}
