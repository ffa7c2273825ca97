import type { CredentialResource, ProviderResource, Session } from '@maestro/core/protocol';

/** A choice of how the next message is signed in for. */
export interface AuthOption {
  /** Id of a credential; empty: whichever is ready. */
  value: string;
  label: string;
}

const KINDS = { api_key: 'API key', oauth: 'Account' } as const;

/** What a session can sign in with: one of the saved credentials of its provider, or the first that is ready. */
export function authOptions(
  { provider, auth_type }: Pick<Session, 'provider' | 'auth_type'>,
  credentials: readonly CredentialResource[],
): AuthOption[] {
  const own = credentials.filter((one) => one.provider === provider);
  if (own.length === 0) return [];
  const first = auth_type === null ? 'Any that works' : KINDS[auth_type];
  const named = own.map(({ id, label, auth_type: kind, account, state }) => {
    const who = account ?? label;
    const words = who === '' || who === KINDS[kind] ? KINDS[kind] : `${KINDS[kind]}: ${who}`;
    return { value: id, label: state === 'ready' ? words : `${words} (sign in again)` };
  });
  return [{ value: '', label: first }, ...named];
}

/** Whether a provider wants a credential and none is there. */
export function lacksCredential(id: string, providers: readonly ProviderResource[]): boolean {
  const provider = providers.find((one) => one.id === id);
  return provider !== undefined && provider.auth.length > 0 && !provider.ready;
}
