import { headerOf, ProviderError, type ProviderResponse, type Secret } from '@maestro/core';
import { errorOfResponse, failure, without } from './errors.js';

/** A body as text. */
export async function textOf({ body }: ProviderResponse): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The JSON object of a good answer.
 *
 * @param secrets what must not stand in an error although the server repeats it
 * @throws ProviderError for any other
 */
export async function jsonOf(
  response: ProviderResponse,
  secrets: readonly (Secret | undefined)[],
): Promise<Record<string, unknown>> {
  const text = await textOf(response);
  const { status, headers } = response;
  if (status < 200 || status > 299) throw errorOfResponse(status, headers, without(secrets, text));
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, with what came instead.
  }
  const type = headerOf(headers, 'content-type') ?? 'no content type';
  throw failure('malformed', `answered with ${type} instead of a JSON object`, { status });
}

/** For what is good to know and no more: only a credential that does not count is a failure. */
export async function ifTold<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof ProviderError && error.kind !== 'auth') return undefined;
    throw error;
  }
}

/** Errors leave without the secrets that a server may have repeated in the middle of them. */
export function cleaned(error: unknown, secrets: readonly (Secret | undefined)[]): unknown {
  if (error instanceof ProviderError) error.message = without(secrets, error.message);
  return error;
}
