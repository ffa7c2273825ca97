import { headerOf, type ProviderResponse, type Secret } from '@maestro/core';
import { errorOfResponse, failure } from './errors.js';

export async function textOf({ body }: ProviderResponse): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The JSON object of an answer. @throws ProviderError for one that is not 2xx, or no such object */
export async function jsonOf(response: ProviderResponse, secrets: Secrets): Promise<Record<string, unknown>> {
  const { status, headers } = response;
  const text = without(secrets, await textOf(response));
  if (status < 200 || status > 299) throw errorOfResponse(status, headers, text);
  const type = headerOf(headers, 'content-type') ?? 'no type';
  const value = type.includes('json') ? parsed(text) : undefined;
  if (value) return value;
  throw failure('malformed', `answered with ${type} where JSON was expected`, { status });
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // What it is instead is told by its type.
    return undefined;
  }
}

export type Secrets = readonly (Secret | undefined)[];

/** Shorter ones are no keys in use, and their letters stand in every sentence. */
const SHORTEST = 6;

/** The text with every secret blanked out: a server may repeat them in its complaint. */
export function without(secrets: Secrets, text: string): string {
  return secrets.reduce<string>((rest, secret) => {
    if (!secret) return rest;
    return secret.use((value) => (value.length < SHORTEST ? rest : rest.replaceAll(value, '<secret>')));
  }, text);
}
