import type { OAuth } from '../oauth/oauth.js';
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
  /** What to ask for. Empty for OAuth. */
  readonly fields: readonly AuthField[];
  /** What a person should know before they use it, such as a vendor's terms. */
  readonly warning?: string;
  /**
   * Checks what the person gave, without a network, and names the secrets to keep.
   * Throws MaestroError `credential.invalid` that says what is wrong, never echoing the value.
   */
  complete(answers: Readonly<Record<string, string>>): Readonly<Record<string, Secret>>;
  /** With the kind `oauth`. */
  readonly oauth?: OAuth;
}

export interface AuthField {
  name: string;
  label: string;
  hint?: string;
  secret: boolean;
}
