import { setTimeout as after } from 'node:timers/promises';
import { ProviderError } from '../errors.js';
import type { Credential } from '../extension/provider.js';
import type { AuthMethods, Dispose } from '../extension/registry.js';
import type { Logger } from '../log.js';
import type { SendOnce, TokenSet } from '../oauth/oauth.js';
import type { CredentialResource } from '../protocol/resources.js';
import type { CredentialRow } from '../store/credential-row.js';
import { type Credentials, type Grant, unknownCredential } from '../store/credentials.js';
import { Subscribers } from '../store/subscribers.js';
import type { LockedRow, TokenRefreshes } from '../store/token-refreshes.js';
import { failureOf, isRefused, needsLogin, providerError } from './failures.js';
import { type SignInClock, systemSignInClock, TokenLives, timesOf, retryAt as whenToRetry } from './token-life.js';

export interface FreshParts {
  credentials: Credentials;
  refreshes: TokenRefreshes;
  methods: Pick<AuthMethods, 'find'>;
  send: SendOnce;
  log: Logger;
  clock?: SignInClock;
}

const environment = 'env';
/** Another process is between its claim and its lock. */
const gapMs = 50;
/** Failures that say something about the call rather than about the credential. */
const ofTheCall: readonly ProviderError['kind'][] = ['interrupted', 'bad_request', 'too_long', 'malformed'];
const noteEveryMs = 60_000;
const dueAtOnce = 4;
const dueMost = 200;

/**
 * Credentials as calls need them: tokens of a sign-in are refreshed before they end, once for all who wait, in this
 * process and in others. What a provider refuses is never deleted; it waits for a person.
 */
export class FreshCredentials {
  readonly #running = new Map<string, Promise<Credential>>();
  readonly #noted = new Map<string, { outcome: string; at: number }>();
  readonly #subscribers = new Subscribers();
  readonly #clock: SignInClock;
  readonly #lives: TokenLives;

  constructor(private readonly parts: FreshParts) {
    this.#clock = parts.clock ?? systemSignInClock;
    this.#lives = new TokenLives(this.#clock);
  }

  /** @throws ProviderError `auth` where a person must sign in anew; MaestroError `credential.unknown`, `.corrupt` */
  async open(id: string, provider?: string): Promise<Credential> {
    const { credentials } = this.parts;
    if (id === environment) return credentials.open(id, provider);
    const row = await credentials.row(id);
    // A session may have changed its provider meanwhile, and no secret may go to a server it is not for.
    if (provider && row.provider !== provider) throw unknownCredential(`${id} of ${provider}`);
    return this.#fresh(row);
  }

  async pick(provider: string, accepted?: readonly string[]): Promise<Credential | undefined> {
    const picked = await this.parts.credentials.pick(provider, accepted);
    return picked && picked.kind === 'oauth' && picked.id !== environment ? this.open(picked.id) : picked;
  }

  /**
   * Another credential in place of one that was refused: what somebody else has got meanwhile, else a fresh one.
   *
   * @throws ProviderError `auth` where a person must sign in anew
   */
  async refresh(refused: Credential): Promise<Credential> {
    const { credentials } = this.parts;
    if (refused.kind !== 'oauth' || refused.id === environment) throw keyRefused(refused);
    const row = await credentials.row(refused.id);
    if (row.needs_login) throw needsLogin(row);
    const current = credentials.opened(row);
    if (!isSame(current, refused)) return current;
    return this.#renew(row);
  }

  /** Keeps what came of a call; the same again is not written each time. */
  async used(credential: Credential, outcome: 'ok' | ProviderError): Promise<void> {
    if (credential.id === environment) return;
    if (outcome !== 'ok' && ofTheCall.includes(outcome.kind)) return;
    const what = outcome === 'ok' ? outcome : outcome.code;
    const noted = this.#noted.get(credential.id);
    if (noted?.outcome === what && this.#clock.monotonic() - noted.at < noteEveryMs) return;
    this.#noted.set(credential.id, { outcome: what, at: this.#clock.monotonic() });
    const kept = outcome === 'ok' ? { success: true as const } : { failure: failureOf(outcome, new Date()) };
    await this.parts.credentials.note(credential.id, kept);
  }

  /** New tokens now, because a person wants it. */
  async renew(id: string): Promise<CredentialResource> {
    const { credentials } = this.parts;
    const row = await credentials.row(id);
    if (row.auth_type !== 'oauth') throw keyRefused(credentials.opened(row));
    if (row.needs_login) throw needsLogin(row);
    await this.#renew(row);
    return credentials.describe(await credentials.row(id));
  }

  /** Refreshes all whose time has come. Safe to run at the same time elsewhere, and late. */
  async refreshDue(signal: AbortSignal): Promise<void> {
    const { refreshes, log } = this.parts;
    const rows = await refreshes.due({ skewMs: this.#clock.skewMs(), most: dueMost });
    const waiting = rows.values();
    const work = async () => {
      for (const row of waiting) {
        if (signal.aborted) return;
        await this.#renew(row).catch((cause: unknown) =>
          log.warn('a sign-in was not refreshed', { credential: row.id, provider: row.provider, cause }),
        );
      }
    };
    await Promise.all(Array.from({ length: dueAtOnce }, work));
  }

  /** The shared time, as the clock has it. */
  async now(): Promise<number> {
    return (await this.parts.refreshes.now()).getTime() + this.#clock.skewMs();
  }

  async #fresh(row: CredentialRow): Promise<Credential> {
    const { credentials } = this.parts;
    if (row.auth_type !== 'oauth') return credentials.opened(row);
    if (row.needs_login) throw needsLogin(row);
    if (!row.expires_at) return credentials.opened(row);
    const now = await this.now();
    if (!this.#lives.isDue(row, now)) return credentials.opened(row);
    const isGood = this.#lives.left(row, now) > 0;
    const waits = row.failure !== null && row.next_refresh_at !== null && row.next_refresh_at.getTime() > now;
    if (isGood && waits) return credentials.opened(row);
    return this.#renew(row).catch((error: unknown) => {
      // What is left of the old token is worth using while the token server is away.
      if (isGood && error instanceof ProviderError && error.kind !== 'auth') return credentials.opened(row);
      throw error;
    });
  }

  /** Called after a sign-in was refreshed, or could not be. */
  onChange(fn: () => void): Dispose {
    return this.#subscribers.add(fn);
  }

  /** One refresh in this process for all who want it. */
  #renew(row: CredentialRow): Promise<Credential> {
    const running = this.#running.get(row.id);
    if (running) return running;
    const started = this.#renewAcross(row).finally(() => {
      this.#running.delete(row.id);
      this.#subscribers.tell();
    });
    this.#running.set(row.id, started);
    return started;
  }

  /** One refresh in all processes. */
  async #renewAcross(seen: CredentialRow): Promise<Credential> {
    const { credentials, refreshes } = this.parts;
    for (;;) {
      const claim = await refreshes.claim(seen);
      const after = await this.#underLock(seen, claim);
      if (!after) throw unknownCredential(seen.id);
      if (after !== 'wait') return credentials.opened(after);
      await pause();
    }
  }

  async #underLock(seen: CredentialRow, claim: Claim): Promise<CredentialRow | 'wait' | undefined> {
    const { refreshes } = this.parts;
    let received: Grant | undefined;
    let refusal: unknown;
    const keep = (grant: Grant) => {
      received = grant;
    };
    try {
      const after = await refreshes.locked(seen.id, async (locked) => {
        const { row } = locked;
        if (row.gen !== seen.gen) return row;
        if (row.needs_login) throw needsLogin(row);
        if (somebodyFailed(row, seen)) throw new ProviderError('network', row.failure!.message);
        if (!claim || locked.mark !== claim.mark) return 'wait' as const;
        return this.#ask(locked, claim.leftBehind, keep).catch((error: unknown) => {
          // What failed is committed with the lock; whoever waits hears of it afterwards.
          refusal = error;
          return row;
        });
      });
      if (refusal) throw refusal;
      return after;
    } catch (error) {
      if (!received) throw error;
      return this.#rescue(seen, received, error);
    }
  }

  async #ask(locked: LockedRow, leftBehind: boolean, keep: (grant: Grant) => void): Promise<CredentialRow> {
    const { credentials, log } = this.parts;
    const { row } = locked;
    const began = this.#clock.monotonic();
    const now = () => locked.now.getTime() + this.#clock.skewMs() + (this.#clock.monotonic() - began);
    const { secrets } = credentials.opened(row);
    const tokens = await this.#tokens(row, secrets).catch(async (failed: ProviderError) => {
      const error = explained(failed, row, leftBehind);
      const at = new Date(now());
      const needsLogin = isRefused(error);
      const nextRefreshAt = needsLogin || error.permanent ? null : whenToRetry(row, at.getTime());
      await locked.fail({ failure: failureOf(error, at), needsLogin, nextRefreshAt });
      throw error;
    });
    const times = timesOf(now(), tokens.expiresInMs);
    const grant = { ...times, account: tokens.account, secrets: { ...secrets, ...tokens.secrets } };
    keep(grant);
    const renewed = await locked.renew(grant);
    this.#lives.left(renewed, now());
    log.info('refreshed a sign-in', { credential: row.id, provider: row.provider });
    return renewed;
  }

  /** @throws ProviderError alone */
  async #tokens(row: CredentialRow, secrets: Credential['secrets']): Promise<TokenSet> {
    const { methods, send, log } = this.parts;
    const oauth = methods.find(row.method)?.oauth;
    if (!oauth) throw new ProviderError('unavailable', `the plugin that refreshes ${row.provider} is not loaded`);
    try {
      return await oauth.refresh(secrets, send);
    } catch (cause) {
      if (!(cause instanceof ProviderError)) log.error('a sign-in method failed', { method: row.method, cause });
      throw providerError(cause, `refreshing ${row.provider}`);
    }
  }

  /** The provider gave tokens and the commit failed: nobody else has them, and the old ones are used up. */
  async #rescue(seen: CredentialRow, grant: Grant, cause: unknown): Promise<CredentialRow> {
    const { credentials, refreshes, log } = this.parts;
    log.warn('refreshed tokens could not be saved and are saved again', { credential: seen.id, cause });
    for (let tries = 1; tries <= rescueTries; tries += 1) {
      await after(tries * rescueMs);
      const saved = await refreshes.save(seen, grant).catch(() => null);
      // Nothing to save them in: the commit was done after all, somebody has signed in anew, or the row was removed.
      if (saved !== null) return saved ?? credentials.row(seen.id);
    }
    throw cause;
  }
}

type Claim = { mark: string; leftBehind: boolean } | null;

const rescueTries = 5;
const rescueMs = 200;

const pause = () => after(gapMs);

/** Somebody asked since we looked, and got no answer: asking again at once would make all who wait wait in turn. */
const somebodyFailed = (row: CredentialRow, seen: CredentialRow) =>
  row.failure !== null &&
  row.refresh_attempt_at === null &&
  row.next_refresh_at !== null &&
  row.next_refresh_at.getTime() !== seen.next_refresh_at?.getTime();

const tokenOf = ({ secrets }: Credential) => secrets.access_token?.use((value) => value);
const isSame = (one: Credential, other: Credential) => tokenOf(one) === tokenOf(other);

function keyRefused({ provider }: Credential): ProviderError {
  const message = `${provider} refused this key, and a key cannot be refreshed; save another: maestro auth login ${provider}`;
  return new ProviderError('auth', message, { permanent: true });
}

function explained(error: ProviderError, row: CredentialRow, leftBehind: boolean): ProviderError {
  if (!leftBehind || !isRefused(error)) return error;
  const message =
    `the server stopped while it refreshed this sign-in, and ${row.provider} does not take the old token any more ` +
    `(${error.message})`;
  return new ProviderError('auth', message, { cause: error });
}
