import { Refusal } from '../wire-format.js';

interface Where {
  param?: string | null;
  code?: string | null;
  status?: number;
}

/** Refuses the request as malformed. */
export function refuse(message: string, { param = null, code = null, status = 400 }: Where = {}): never {
  throw new Refusal(status, 'invalid_request_error', message, { param, code });
}

export function missing(param: string): never {
  refuse(`Missing required parameter: '${param}'.`, { param, code: 'missing_required_parameter' });
}

/** A value outside of a set. */
export function notOneOf(value: unknown, supported: readonly string[], param: string): never {
  refuse(`Invalid value: '${value}'. Supported values are: ${listed(supported)}.`, { param, code: 'invalid_value' });
}

export function listed(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`);
  if (quoted.length < 3) return quoted.join(' and ');
  return `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`;
}

/** What an error of a status says where nobody says more. Source: answers quoted in public issues. */
const STANDARD: Readonly<Record<number, readonly [type: string, code: string | null, message: string]>> = {
  400: ['invalid_request_error', null, 'Invalid request'],
  401: ['invalid_request_error', 'invalid_api_key', 'Incorrect API key provided.'],
  403: [
    'invalid_request_error',
    'missing_scope',
    "You have insufficient permissions for this operation. Check that you have the correct role in your organization, and if you're using a restricted API key, that it has the necessary scopes.",
  ],
  404: ['invalid_request_error', null, 'Not found'],
  413: ['invalid_request_error', null, 'The request body is too large.'],
  500: ['server_error', null, 'The server had an error while processing your request. Sorry about that!'],
  503: [
    'service_unavailable_error',
    'server_is_overloaded',
    'Our servers are currently overloaded. Please try again later.',
  ],
};

const QUOTA =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.';

interface Given {
  type: string | undefined;
  message: string | undefined;
  status: number;
  /** Seconds, as the header says them. */
  retryAfter?: string | undefined;
  details?: Readonly<Record<string, unknown>> | undefined;
}

export function openAiError(given: Given) {
  const [type, code, message] = standard(given);
  return {
    error: { message: given.message ?? message, type: given.type ?? type, param: null, code, ...given.details },
  };
}

function standard({ type, status, retryAfter }: Given): readonly [type: string, code: string | null, message: string] {
  if (status !== 429) return STANDARD[status] ?? STANDARD[status >= 500 ? 500 : 400]!;
  if (type === 'insufficient_quota') return [type, type, QUOTA];
  const wait = /^\d+$/.test(retryAfter ?? '') ? `${retryAfter}s` : '20ms';
  return [
    'requests',
    'rate_limit_exceeded',
    `Rate limit reached for requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in ${wait}. Visit https://platform.openai.com/account/rate-limits to learn more.`,
  ];
}
