import type { SimRequest } from '../wire-format.js';
import { refuse } from './errors.js';

export interface OpenAiRules {
  /** Keys that are right; undefined: all that do not begin with `invalid`. */
  apiKeys: readonly string[] | undefined;
  /** Values of `openai-beta` to refuse. */
  refusedBetas: ReadonlySet<string>;
}

const WHERE = 'https://platform.openai.com/account/api-keys';

/** Key, organization and beta value, in the order in which the API looks at them. */
export function checkCredentials(request: SimRequest, { apiKeys, refusedBetas }: OpenAiRules): void {
  const key = /^Bearer (.+)$/.exec(request.header('authorization') ?? '')?.[1];
  if (!key)
    refuse(
      `You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from ${WHERE}.`,
      { status: 401 },
    );
  const isRight = apiKeys ? apiKeys.includes(key) : !key.startsWith('invalid');
  if (!isRight)
    refuse(`Incorrect API key provided: ${masked(key)}. You can find your API key at ${WHERE}.`, {
      status: 401,
      code: 'invalid_api_key',
    });
  const organization = request.header('openai-organization');
  if (organization?.startsWith('invalid'))
    refuse(`No such organization: ${organization}.`, { status: 401, code: 'invalid_organization' });
  const beta = request.header('openai-beta');
  if (beta !== undefined && refusedBetas.has(beta))
    refuse(`Unknown beta requested: '${beta}'.`, { code: 'invalid_beta' });
}

const masked = (key: string): string =>
  key.length < 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`;

/** Headers of every answer of the platform. */
export function platformHeaders(requestId: string, request: SimRequest): Record<string, string> {
  const project = request.header('openai-project');
  return {
    'openai-version': '2020-10-01',
    'openai-organization': request.header('openai-organization') ?? 'org-simulated',
    ...(project !== undefined && { 'openai-project': project }),
    'openai-processing-ms': '42',
    'x-request-id': requestId,
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-limit-tokens': '2000000',
    'x-ratelimit-remaining-requests': '9999',
    'x-ratelimit-remaining-tokens': '1999000',
    'x-ratelimit-reset-requests': '6ms',
    'x-ratelimit-reset-tokens': '30ms',
  };
}
