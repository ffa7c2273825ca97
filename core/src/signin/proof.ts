import { MaestroError, type ProviderError } from '../errors.js';
import type { Credential, Provider } from '../extension/provider.js';
import type { Logger } from '../log.js';
import type { SendOnce } from '../oauth/oauth.js';
import { providerError } from './failures.js';

/** What a real call with a credential showed: that it works, or why nobody knows. */
export type Proof = { state: 'proved' | 'unprovable'; note?: string } | { state: 'unknown'; error: ProviderError };

/**
 * Proves a credential with a call that costs nothing.
 *
 * @throws ProviderError when the provider says that it does not take it
 */
export async function prove(
  provider: Provider,
  credential: Credential,
  { log, ...options }: { send: SendOnce; signal: AbortSignal; log: Logger },
): Promise<Proof> {
  if (!provider.verify) return { state: 'unprovable' };
  try {
    const { note } = await provider.verify(credential, options);
    return { state: 'proved', ...(note !== undefined && { note }) };
  } catch (cause) {
    if (!(cause instanceof MaestroError)) log.error('a check of a credential failed', { provider: provider.id, cause });
    const error = providerError(cause, `checking the credential of ${provider.label}`);
    if (error.kind === 'auth' || error.kind === 'refused' || error.permanent) throw error;
    return { state: 'unknown', error };
  }
}

/** The same for people. */
export function toldOf(proof: Proof, provider: Provider): string | undefined {
  if (proof.state === 'unknown') return `not verified: ${proof.error.message}`;
  if (proof.state === 'unprovable') return `${provider.label} has no way to check it; the first message will tell`;
  return proof.note;
}
