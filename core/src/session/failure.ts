import { MaestroError, ProviderError } from '../errors.js';
import type { Failure } from '../protocol/events.js';
import { redactSecrets } from '../secret.js';

/** A failure as a person reads it and as it is stored: without any secret that a server or a plugin repeated. */
export function failureOf(error: unknown, provider: string): Failure {
  if (error instanceof MaestroError) return { code: error.code, message: redactSecrets(error.message) };
  const what = error instanceof Error ? error.message : String(error);
  const message = `provider "${provider}" failed in a way it should not: ${redactSecrets(what)}`;
  return { code: 'provider.broken', message };
}

const worthSayingMs = 60_000;

/** Also says when it is worth trying again, where the provider named a time that nobody waited for. */
export function finalFailure(error: unknown, provider: string): Failure {
  const failure = failureOf(error, provider);
  const afterMs = error instanceof ProviderError ? (error.retryAfterMs ?? 0) : 0;
  if (afterMs < worthSayingMs) return failure;
  const time = new Date(Date.now() + afterMs);
  // A server may name any number.
  if (Number.isNaN(time.getTime())) return failure;
  const at = time.toISOString().slice(0, 16).replace('T', ' ');
  return { ...failure, message: `${failure.message}; it takes requests again at ${at} UTC` };
}
