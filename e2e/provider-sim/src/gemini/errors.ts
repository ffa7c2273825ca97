import { Refusal } from '../wire-format.js';

/** Refuses the request as malformed. */
export function refuse(message: string): never {
  throw new Refusal(400, 'INVALID_ARGUMENT', message);
}

const STATUS: Readonly<Record<number, readonly [status: string, message: string]>> = {
  400: ['INVALID_ARGUMENT', 'Request contains an invalid argument.'],
  401: ['UNAUTHENTICATED', unauthenticated('Request had invalid authentication credentials.')],
  403: ['PERMISSION_DENIED', 'The caller does not have permission'],
  404: ['NOT_FOUND', 'Requested entity was not found.'],
  409: ['ABORTED', 'The operation was aborted.'],
  412: ['FAILED_PRECONDITION', 'Precondition check failed.'],
  429: ['RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).'],
  499: ['CANCELLED', 'The operation was cancelled.'],
  500: [
    'INTERNAL',
    'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
  ],
  503: ['UNAVAILABLE', 'The model is overloaded. Please try again later.'],
  504: ['DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'],
};

export function unauthenticated(what: string): string {
  return `${what} Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.`;
}

export const KEY_INVALID = 'API key not valid. Please pass a valid API key.';
export const KEY_MISSING =
  "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.";

export interface GoogleError {
  error: { code: number; message: string; status: string; details?: object[] };
}

interface Given {
  /** Name of the status; `DAILY_QUOTA` for a limit that waiting some seconds does not lift. */
  type: string | undefined;
  message: string | undefined;
  status: number;
  /** Seconds, as the header says them. */
  retryAfter?: string | undefined;
  /** Host of the service. */
  service: string;
}

/** An error as google.rpc.Status in JSON, with the details the real servers give to it. */
export function googleError(given: Given): GoogleError {
  const [standard, words] = STATUS[given.status] ?? (given.status >= 500 ? STATUS[500]! : STATUS[400]!);
  const message = given.message ?? words;
  const status = given.type === undefined || given.type === DAILY ? standard : given.type;
  const details = detailsOf({ ...given, message });
  return { error: { code: given.status, message, status, ...(details.length > 0 && { details }) } };
}

const DAILY = 'DAILY_QUOTA';

function detailsOf(given: Given & { message: string }): object[] {
  const { message, status, service } = given;
  if (status === 429) return quotaDetails(given);
  if (message === KEY_INVALID)
    return [
      info('API_KEY_INVALID', service),
      { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message },
    ];
  if (status === 401) return [info('ACCESS_TOKEN_TYPE_UNSUPPORTED', service)];
  const violations = message.split('\n').filter((line) => /^Invalid (JSON payload|value at)/.test(line));
  if (violations.length === 0) return [];
  return [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations.map(fieldViolation) }];
}

function fieldViolation(description: string) {
  const field = /at '([^']+)'/.exec(description)?.[1];
  return field === undefined ? { description } : { field, description };
}

function quotaDetails({ type, retryAfter }: Given): object[] {
  const id = `GenerateRequestsPer${type === DAILY ? 'Day' : 'Minute'}PerProjectPerModel`;
  const violation = {
    quotaMetric: 'generativelanguage.googleapis.com/generate_content_requests',
    quotaId: id,
    quotaDimensions: { location: 'global' },
    quotaValue: '60',
  };
  const failure = { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [violation] };
  if (retryAfter === undefined) return [failure];
  return [failure, { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` }];
}

const info = (reason: string, service: string) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
  metadata: { service },
});
