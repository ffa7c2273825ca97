import { Refusal, type SimRequest } from '../wire-format.js';
import { KEY_INVALID, KEY_MISSING, unauthenticated } from './errors.js';

export interface GoogleRules {
  /** Keys that are right; undefined: all that do not begin with `invalid`. */
  apiKeys: readonly string[] | undefined;
}

/** A key in its header or the query, or a token as bearer. */
export function checkKeyOrToken(request: SimRequest, { apiKeys }: GoogleRules): void {
  const key = request.header('x-goog-api-key') ?? request.query.get('key');
  if (!key) {
    if (request.header('authorization')) return void checkToken(request);
    throw new Refusal(403, 'PERMISSION_DENIED', KEY_MISSING);
  }
  const isRight = apiKeys ? apiKeys.includes(key) : !key.startsWith('invalid');
  if (!isRight) throw new Refusal(400, 'INVALID_ARGUMENT', KEY_INVALID);
}

/** The token of a request that must have one. Those that begin with `invalid` or `expired` are no longer good. */
export function checkToken(request: SimRequest): string {
  const token = /^Bearer (\S+)$/.exec(request.header('authorization') ?? '')?.[1];
  if (!token)
    throw new Refusal(
      401,
      'UNAUTHENTICATED',
      unauthenticated('Request is missing required authentication credential.'),
    );
  if (/^(invalid|expired)/.test(token))
    throw new Refusal(401, 'UNAUTHENTICATED', unauthenticated('Request had invalid authentication credentials.'));
  return token;
}
