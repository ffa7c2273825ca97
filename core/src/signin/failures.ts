import { MaestroError, ProviderError } from '../errors.js';
import type { CredentialFailure } from '../protocol/resources.js';
import { redactSecrets } from '../secret.js';
import type { CredentialRow } from '../store/credential-row.js';

/** Why something with a credential failed, as it is kept and shown: without any secret a provider may have repeated. */
export function failureOf(error: MaestroError, at: Date): CredentialFailure {
  const wait = error instanceof ProviderError ? error.retryAfterMs : undefined;
  return {
    code: error.code,
    message: redactSecrets(error.message),
    at: at.toISOString(),
    ...(wait !== undefined && { retry_at: new Date(at.getTime() + wait).toISOString() }),
  };
}

/** What a plugin threw, as the ProviderError it should have been. */
export function providerError(error: unknown, what: string): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof MaestroError) return new ProviderError('bad_request', error.message, { cause: error });
  return new ProviderError('malformed', `${what} failed in its plugin; the log says why`, { cause: error });
}

/** Whether signing in anew is what it takes. */
export const isRefused = (error: ProviderError): boolean => error.kind === 'auth' && !error.permanent;

/** A sign-in that only a person can mend; nothing of it was deleted. */
export function needsLogin(row: Pick<CredentialRow, 'provider' | 'label' | 'failure'>): ProviderError {
  const reason = row.failure ? `: ${row.failure.message}` : '';
  const message = `the sign-in "${row.label}" of ${row.provider} has ended${reason}. Sign in again: maestro auth login ${row.provider}`;
  return new ProviderError('auth', message, { permanent: true });
}
