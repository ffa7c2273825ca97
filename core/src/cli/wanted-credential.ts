import type { CredentialResource } from '../protocol/index.js';
import { UsageError } from './command.js';

/** A credential by its id, by `provider/label`, or by a label that only one has. */
export function wantedCredential(items: readonly CredentialResource[], wanted: string): CredentialResource {
  const found = [
    (one: CredentialResource) => one.id === wanted,
    (one: CredentialResource) => `${one.provider}/${one.label}` === wanted,
    (one: CredentialResource) => one.label === wanted,
  ].map((fits) => items.filter(fits));
  const [match] = found.filter((list) => list.length > 0);
  if (match?.length === 1) return match[0]!;
  const names = items.map((one) => `${one.provider}/${one.label}`).join(', ') || 'none';
  throw new UsageError(`"${wanted}" is ${match ? 'not the name of one alone' : 'no credential'}; there are: ${names}`);
}
