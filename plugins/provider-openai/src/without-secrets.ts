import { type Credential, ProviderError } from '@maestro/core';

/** Shorter ones are no keys in use, and their letters stand in every sentence. */
const SHORTEST = 6;

/** A text without the secrets of a credential, which a server may repeat in its complaints. */
export function withoutSecrets({ secrets }: Credential, text: string): string {
  return Object.values(secrets).reduce(
    (clean, secret) => secret.use((value) => (value.length < SHORTEST ? clean : clean.replaceAll(value, '<secret>'))),
    text,
  );
}

/** The same for an error: one that holds a secret is made anew, since stack and cause would repeat it. */
export function errorWithoutSecrets(credential: Credential, error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error;
  const said = [error.message, error.stack, describe(error.cause)].join('\n');
  if (withoutSecrets(credential, said) === said) return error;
  const { status, retryAfterMs, requestId, fallback, permanent } = error;
  return new ProviderError(error.kind, withoutSecrets(credential, error.message), {
    fallback,
    permanent,
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(requestId !== undefined && { requestId }),
  });
}

const describe = (cause: unknown): string =>
  cause instanceof Error ? `${cause.message}\n${cause.stack}` : String(cause);
