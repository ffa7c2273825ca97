/**
 * An error that may reach a person: what happened, to what, what to do. `code` is for machines
 * and stands in docs/reference/errors.md; `cause` is for the log and never leaves the process.
 */
export class MaestroError extends Error {
  override readonly name: string = 'MaestroError';
  constructor(
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Why a provider call failed; the engine decides by kind and never by provider. */
export type ProviderErrorKind =
  | 'auth'
  | 'rate_limit'
  | 'quota'
  | 'overloaded'
  | 'too_long'
  | 'network'
  | 'interrupted'
  | 'timeout'
  | 'bad_request'
  | 'not_found'
  | 'malformed'
  | 'refused'
  | 'unavailable';

export class ProviderError extends MaestroError {
  override readonly name = 'ProviderError';
  readonly status: number | undefined;
  /** As the provider asked, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | undefined;
  /**
   * The provider changed what it sends next (a header value that was refused is left out), so one more attempt is
   * worth making although the kind says otherwise. Each such change is made and remembered once.
   */
  readonly fallback: boolean;
  /**
   * Neither another attempt nor signing in anew helps: the provider does not want this account, client or use.
   */
  readonly permanent: boolean;
  constructor(
    readonly kind: ProviderErrorKind,
    message: string,
    options?: {
      cause?: unknown;
      status?: number;
      retryAfterMs?: number;
      requestId?: string;
      fallback?: boolean;
      permanent?: boolean;
    },
  ) {
    super(`provider.${kind}`, message, options);
    this.status = options?.status;
    this.retryAfterMs = options?.retryAfterMs;
    this.requestId = options?.requestId;
    this.fallback = options?.fallback ?? false;
    this.permanent = options?.permanent ?? false;
  }
}
