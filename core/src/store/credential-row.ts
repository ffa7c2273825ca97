import type { CredentialFailure, CredentialResource } from '../protocol/resources.js';
import { Secret } from '../secret.js';
import { type Binding, type Envelope, type KeyRing, seal, unseal } from './envelope.js';

/** A saved credential as the table has it. */
export interface CredentialRow {
  id: string;
  provider: string;
  auth_type: 'api_key' | 'oauth';
  method: string;
  label: string;
  credentials: Envelope;
  account: string | null;
  expires_at: Date | null;
  refresh_attempt_at: Date | null;
  next_refresh_at: Date | null;
  last_success_at: Date | null;
  failure: CredentialFailure | null;
  needs_login: boolean;
  gen: number;
  created_at: Date;
  /** When its secrets were written. */
  updated_at: Date;
}

export const binding = (row: Pick<CredentialRow, 'id' | 'provider' | 'auth_type'>): Binding => ({
  rowId: row.id,
  provider: row.provider,
  authType: row.auth_type,
});

export function sealSecrets(keys: KeyRing, bound: Binding, secrets: Readonly<Record<string, Secret>>): Envelope {
  const plain = Object.entries(secrets).map(([name, secret]) => [name, secret.use((value) => value)]);
  return seal(keys, bound, JSON.stringify(Object.fromEntries(plain)));
}

/** @throws MaestroError `credential.corrupt` */
export function openSecrets(keys: KeyRing, row: CredentialRow): Readonly<Record<string, Secret>> {
  const plain = JSON.parse(unseal(keys, binding(row), row.credentials)) as Record<string, string>;
  return Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, new Secret(value)]));
}

/** Shown as corrupt in the list; a session that names it gets the error. */
export function opens(keys: KeyRing, row: CredentialRow): boolean {
  try {
    unseal(keys, binding(row), row.credentials);
    return true;
  } catch {
    return false;
  }
}

export function describeRow(keys: KeyRing, row: CredentialRow): CredentialResource {
  return {
    id: row.id,
    provider: row.provider,
    auth_type: row.auth_type,
    label: row.label,
    source: 'saved',
    method: row.method,
    account: row.account,
    expires_at: row.expires_at?.toISOString() ?? null,
    next_refresh_at: row.next_refresh_at?.toISOString() ?? null,
    last_success_at: row.last_success_at?.toISOString() ?? null,
    failure: row.failure,
    state: opens(keys, row) ? (row.needs_login ? 'needs_login' : 'ready') : 'corrupt',
    created_at: row.created_at.toISOString(),
  };
}
