import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { OAuthSecrets } from '../oauth/oauth.js';
import { Secret } from '../secret.js';

/** The values of one flow, made as its way wants them. As secrets they are kept out of logs. */
export interface OneTimeValues {
  state: Secret;
  verifier: Secret | null;
  /** S256 of the verifier. */
  challenge: string | null;
}

const stateBytes = 32;

export function oneTimeValues({ verifierBytes, state }: OAuthSecrets): OneTimeValues {
  const verifier = verifierBytes === null ? null : randomBytes(verifierBytes).toString('base64url');
  const challenge = verifier === null ? null : createHash('sha256').update(verifier).digest('base64url');
  return {
    state: new Secret(stateOf(state, verifier)),
    verifier: verifier === null ? null : new Secret(verifier),
    challenge,
  };
}

function stateOf(state: OAuthSecrets['state'], verifier: string | null): string {
  if (state !== 'verifier') return randomBytes(state.bytes).toString(state.encoding);
  return verifier ?? randomBytes(stateBytes).toString('base64url');
}

/** Compares in a time that tells nothing of where they differ. */
export function isSameState(state: Secret, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(state.use(digest), digest(given));
}
