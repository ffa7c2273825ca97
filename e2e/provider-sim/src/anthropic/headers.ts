import { Refusal, type SimRequest } from '../wire-format.js';

/** Beta values the API takes: those of the client's types that matter here, and the one the Messages API began with. */
const KNOWN_BETAS = new Set([
  'messages-2023-12-15',
  'prompt-caching-2024-07-31',
  'token-counting-2024-11-01',
  'interleaved-thinking-2025-05-14',
  'extended-cache-ttl-2025-04-11',
  'oauth-2025-04-20',
  'context-1m-2025-08-07',
]);

export interface HeaderRules {
  /** Keys that are right; undefined: all that do not begin with `invalid`. */
  apiKeys: readonly string[] | undefined;
  /** Beta values to refuse although the API knows them. */
  refusedBetas: ReadonlySet<string>;
}

/** Version, key and beta values, in the order in which the API looks at them. */
export function checkHeaders(request: SimRequest, { apiKeys, refusedBetas }: HeaderRules): void {
  checkProof(request, apiKeys);
  const version = request.header('anthropic-version');
  if (!version) throw new Refusal(400, 'invalid_request_error', 'anthropic-version: header is required');
  if (!['2023-06-01', '2026-10-21'].includes(version))
    throw new Refusal(400, 'invalid_request_error', `anthropic-version: "${version}" is not a valid version`);
  const betas = (request.header('anthropic-beta') ?? '').split(',').map((value) => value.trim());
  const wrong = betas.filter((value) => value && (refusedBetas.has(value) || !KNOWN_BETAS.has(value)));
  if (wrong.length === 0) return;
  const list = wrong.map((value) => `\`${value}\``).join(', ');
  throw new Refusal(
    400,
    'invalid_request_error',
    `Unexpected value(s) ${list} for the \`anthropic-beta\` header. Please consult our documentation at docs.claude.com or try again without the header.`,
  );
}

const OAUTH_TOKEN = 'sk-ant-oat';
const OAUTH_BETA = 'oauth-2025-04-20';
/** Tokens that begin so are of accounts which the vendor serves in its own applications alone. */
const RESTRICTED = `${OAUTH_TOKEN}-restricted`;

/** A key, or a token of an account as bearer. Version 2026-10-21 takes a key as bearer as well; the vendor's clients send it so. */
function checkProof(request: SimRequest, apiKeys: readonly string[] | undefined): void {
  const bearer = request.header('authorization')?.replace(/^Bearer /, '');
  const proof = request.header('x-api-key') ?? bearer;
  const unauthorized = (message: string) => new Refusal(401, 'authentication_error', message);
  if (!proof) throw unauthorized('x-api-key header is required');
  const isToken = proof.startsWith(OAUTH_TOKEN);
  const isRight = apiKeys ? apiKeys.includes(proof) : !/^(sk-ant-oat-)?invalid/.test(proof);
  if (!isRight || (isToken && proof !== bearer))
    throw unauthorized(proof === bearer && isToken ? 'Invalid bearer token' : 'invalid x-api-key');
  if (isToken && !(request.header('anthropic-beta') ?? '').includes(OAUTH_BETA))
    throw unauthorized('OAuth authentication is currently not supported.');
  if (proof.startsWith(RESTRICTED))
    throw new Refusal(
      400,
      'invalid_request_error',
      'This credential is only authorized for use with Claude Code and cannot be used for other API requests.',
    );
}
