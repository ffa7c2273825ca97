import type { Secret } from '../secret.js';

/** A way to get a credential from a person. The core stores what it gives, sealed. */
export interface AuthMethod {
  readonly id: string;
  /** Id of the provider it serves. */
  readonly provider: string;
  readonly kind: 'api_key' | 'oauth';
  readonly label: string;
  /** Environment variables that serve as unsaved credentials, first found wins; each fills the field `api_key`. */
  readonly env?: readonly string[];
  /** What to ask for. */
  readonly fields: readonly AuthField[];
  /**
   * Checks what the person gave, without a network, and names the secrets to keep.
   * Throws MaestroError `credential.invalid` that says what is wrong, never echoing the value.
   */
  complete(answers: Readonly<Record<string, string>>): Readonly<Record<string, Secret>>;
}

export interface AuthField {
  name: string;
  label: string;
  hint?: string;
  secret: boolean;
}
