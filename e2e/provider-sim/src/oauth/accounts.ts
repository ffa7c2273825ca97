import { createHash } from 'node:crypto';
import type { Echo } from './echo.js';

export type Vendor = 'anthropic' | 'openai' | 'google';

/** How the token servers behave; tests change it as they need. */
export interface OAuthState {
  /** Life of access tokens issued from now on. */
  expiresInSeconds: number;
  /** The person says no. */
  denies: boolean;
  /** How often a device code is asked after before the person has agreed. */
  deviceLooks: number;
  /** Anthropic's tokens are for its own applications alone. */
  restricted: boolean;
  /** Requests that are refused with what they said; null: none. */
  echo: Echo | null;
}

export interface OAuthCounts {
  exchanges: number;
  refreshes: number;
  /** Codes and refresh tokens that were not taken. */
  refused: number;
  /** Families that ended because a refresh token came twice. */
  revoked: number;
}

interface Family {
  vendor: Vendor;
  refresh: string;
  isRevoked: boolean;
}

interface Access {
  family: Family;
  until: number;
}

type Kind = 'code' | 'access' | 'refresh' | 'identity' | 'device';

/** Something secret that was given out. */
export interface Issued {
  kind: Kind;
  vendor: Vendor;
  value: string;
}

/** What an authorization code stands for. */
export interface CodeGrant {
  vendor: Vendor;
  clientId: string;
  redirectUri: string;
  state: string;
  challenge: string | null;
}

const newState = (): OAuthState => ({
  expiresInSeconds: 3_600,
  denies: false,
  deviceLooks: 1,
  restricted: false,
  echo: null,
});
const newCounts = (): OAuthCounts => ({ exchanges: 0, refreshes: 0, refused: 0, revoked: 0 });

/**
 * Codes and tokens of all three vendors. A code is good for once. A refresh token of Anthropic and OpenAI is good for
 * once as well, and one that comes again ends its family; those of Google stay.
 */
export class Accounts {
  readonly state = newState();
  readonly counts = newCounts();
  /** Every code and token, oldest first. */
  readonly issued: Issued[] = [];
  readonly #codes = new Map<string, CodeGrant>();
  readonly #used = new Map<string, Family>();
  readonly #families = new Map<string, Family>();
  readonly #access = new Map<string, Access>();
  #count = 0;

  constructor(private readonly seed: string) {}

  code(grant: CodeGrant): string {
    const code = this.#make('code', grant.vendor);
    this.#codes.set(code, grant);
    return code;
  }

  /** Names a sign-in on another device to whoever waits for it. */
  device(): string {
    return this.#make('device', 'openai');
  }

  /** Takes a code that fits in everything; null for any other. */
  redeem(code: string, given: { vendor: Vendor; clientId: string; redirectUri: string; verifier: string | null }) {
    const grant = this.#codes.get(code);
    this.#codes.delete(code);
    const challenge = given.verifier === null ? null : createHash('sha256').update(given.verifier).digest('base64url');
    const fits =
      grant?.vendor === given.vendor &&
      grant.clientId === given.clientId &&
      grant.redirectUri === given.redirectUri &&
      (grant.challenge === null || grant.challenge === challenge);
    if (!grant || !fits) {
      this.counts.refused += 1;
      return null;
    }
    this.counts.exchanges += 1;
    return { grant, tokens: this.#issue({ vendor: given.vendor, refresh: '', isRevoked: false }) };
  }

  refresh(token: string, vendor: Vendor) {
    const reused = this.#used.get(token);
    if (reused && !reused.isRevoked) {
      reused.isRevoked = true;
      this.counts.revoked += 1;
    }
    const family = this.#families.get(token);
    if (!family || family.vendor !== vendor || family.isRevoked) {
      this.counts.refused += 1;
      return { refused: reused ? ('reused' as const) : ('unknown' as const) };
    }
    this.counts.refreshes += 1;
    return { tokens: this.#issue(family) };
  }

  /** Whether it was issued here and is not good any more. Others are judged by their looks alone. */
  isSpent(token: string): boolean {
    const access = this.#access.get(token);
    return access !== undefined && (access.family.isRevoked || access.until <= Date.now());
  }

  /** Ends all access tokens at once. */
  expire(): void {
    for (const access of this.#access.values()) access.until = 0;
  }

  reset(): void {
    Object.assign(this.state, newState());
    Object.assign(this.counts, newCounts());
  }

  #issue(family: Family) {
    const { vendor } = family;
    const { expiresInSeconds } = this.state;
    const access = this.#make('access', vendor);
    const identity = vendor === 'openai' ? this.#make('identity', vendor) : undefined;
    if (vendor !== 'google' || family.refresh === '') this.#rotate(family);
    this.#access.set(access, { family, until: Date.now() + expiresInSeconds * 1_000 });
    return { access, identity, refresh: family.refresh, expiresInSeconds };
  }

  #rotate(family: Family): void {
    if (family.refresh !== '') {
      this.#used.set(family.refresh, family);
      this.#families.delete(family.refresh);
    }
    family.refresh = this.#make('refresh', family.vendor);
    this.#families.set(family.refresh, family);
  }

  #make(kind: Kind, vendor: Vendor): string {
    this.#count += 1;
    const random = createHash('sha256').update(`${this.seed} ${kind} ${this.#count}`).digest('base64url');
    const isWebToken = vendor === 'openai' && (kind === 'access' || kind === 'identity');
    const value = isWebToken ? this.#webToken(random) : `${this.#prefix(kind, vendor)}${random}`;
    this.issued.push({ kind, vendor, value });
    return value;
  }

  #webToken(signature: string): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const iat = Math.floor(Date.now() / 1_000);
    const auth = { chatgpt_account_id: 'account-sim', chatgpt_plan_type: 'plus' };
    const exp = iat + this.state.expiresInSeconds;
    const payload = { email: 'ada@example.com', iat, exp, 'https://api.openai.com/auth': auth };
    return `${part({ alg: 'none' })}.${part(payload)}.${signature}`;
  }

  #prefix(kind: Kind, vendor: Vendor): string {
    if (kind === 'code') return vendor === 'google' ? '4/' : '';
    if (kind === 'device') return 'deviceauth_';
    if (vendor === 'google') return kind === 'access' ? 'ya29.' : '1//';
    if (vendor === 'openai') return 'rt_';
    if (kind === 'refresh') return 'sk-ant-ort01-';
    return this.state.restricted ? 'sk-ant-oat-restricted-' : 'sk-ant-oat01-';
  }
}
