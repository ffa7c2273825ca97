import type { SignInWay } from '../protocol/resources.js';
import type { Secret } from '../secret.js';
import type { PreparedRequest, ProviderResponse } from '../wire/exchange.js';

/**
 * The steps of an OAuth sign-in as a provider wants them. The core keeps the pending flow, makes `state` and verifier,
 * listens for the answer, seals the tokens, refreshes them. Nothing here is stored or logged by the steps.
 */
export interface OAuth {
  /** The setting that must be filled before anything works, as `plugins."@acme/x".oauth.clientId`; null: all is set. */
  missing(): string | null;
  /** Best first. */
  readonly ways: readonly OAuthWay[];
  /** Tokens for a code. @throws ProviderError `auth` for a code that is refused; `permanent` where no code would do */
  exchange(grant: OAuthGrant, send: SendOnce): Promise<TokenSet>;
  /**
   * New tokens for the old ones. Secrets it does not give stay as they are.
   * @throws ProviderError `auth` when the provider refuses the refresh token: only then must the person sign in anew
   */
  refresh(secrets: Readonly<Record<string, Secret>>, send: SendOnce): Promise<TokenSet>;
  /** What must be done once after signing in (find a project, say); gives further secrets to keep. */
  prepare?(
    secrets: Readonly<Record<string, Secret>>,
    options: { send: SendOnce; signal: AbortSignal },
  ): Promise<{ secrets: Readonly<Record<string, Secret>>; account?: string | undefined; note?: string | undefined }>;
}

/** One exchange over the pools of the core, bounded in time; nothing of it is kept. Throws ProviderError alone. */
export type SendOnce = (prepared: PreparedRequest) => Promise<ProviderResponse>;

export type OAuthWay =
  | {
      readonly way: Extract<SignInWay, 'browser'>;
      /** Where our listener waits: the first free port, and the path the provider sends the person to. */
      readonly redirect: { host: '127.0.0.1' | 'localhost'; ports: readonly number[] | 'any'; path: string };
      readonly secrets: OAuthSecrets;
      authorizeUrl(flow: OAuthFlow): string;
    }
  | {
      readonly way: Extract<SignInWay, 'code'>;
      /** The provider's page that shows the code. */
      readonly redirectUri: string;
      readonly secrets: OAuthSecrets;
      authorizeUrl(flow: OAuthFlow): string;
    }
  | {
      readonly way: Extract<SignInWay, 'device'>;
      begin(send: SendOnce): Promise<DeviceFlow>;
      /** Tokens once the person has agreed, null until then. */
      poll(flow: DeviceFlow, send: SendOnce): Promise<TokenSet | null>;
    };

/** How the one-time values of a flow are made; those of the reference applications differ. */
export interface OAuthSecrets {
  /** Random bytes of the verifier, written in base64url; null: this way uses no PKCE. */
  readonly verifierBytes: number | null;
  /** `verifier`: the verifier itself serves as state, because the provider's reference does it. */
  readonly state: { bytes: number; encoding: 'hex' | 'base64url' } | 'verifier';
}

export interface OAuthFlow {
  readonly redirectUri: string;
  readonly state: string;
  /** S256 of the verifier in base64url; null where the way uses no PKCE. */
  readonly challenge: string | null;
}

export interface OAuthGrant {
  readonly way: 'browser' | 'code';
  readonly code: string;
  readonly state: string;
  readonly verifier: string | null;
  readonly redirectUri: string;
}

export interface DeviceFlow {
  readonly verificationUrl: string;
  readonly userCode: string;
  /** What `poll` needs to know again. */
  readonly device: string;
  readonly intervalMs: number;
  readonly expiresInMs: number;
}

export interface TokenSet {
  /** `access_token`, `refresh_token` and whatever else the provider needs. */
  readonly secrets: Readonly<Record<string, Secret>>;
  /** Counted from now; null: it does not expire. */
  readonly expiresInMs: number | null;
  readonly account?: string | undefined;
}
