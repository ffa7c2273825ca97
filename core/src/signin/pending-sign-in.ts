import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { AuthMethod } from '../extension/auth.js';
import type { Provider } from '../extension/provider.js';
import type { OAuth } from '../oauth/oauth.js';
import type { SignInFlow, SignInWay } from '../protocol/resources.js';
import { redactSecrets } from '../secret.js';
import type { CallbackAnswer } from './callback-listener.js';
import type { OneTimeValues } from './one-time-values.js';
import type { Told } from './verified-credentials.js';

export interface SignInStart {
  provider: Provider;
  method: AuthMethod;
  way: SignInWay;
  label: string | undefined;
  lifeMs: number;
}

/** What the ways that lead to a code remember until it comes. */
export interface CodeAwaited {
  oauth: OAuth;
  way: 'browser' | 'code';
  values: OneTimeValues;
  redirectUri: string;
}

/** A sign-in on its way: it ends once, and everything it holds open goes with it. */
export class PendingSignIn {
  readonly id = randomUUID();
  readonly awaited: CodeAwaited | null = null;
  readonly #controller = new AbortController();
  readonly #expiresAt: Date;
  readonly #timer: NodeJS.Timeout;
  readonly #ends: (() => void)[] = [];
  #state: SignInFlow['state'] = 'pending';
  #isAnswered = false;
  #authorizeUrl: string | null = null;
  #userCode: string | null = null;
  #error: SignInFlow['error'] = null;
  #credential: Told | null = null;

  constructor(readonly start: SignInStart) {
    this.#expiresAt = new Date(Date.now() + start.lifeMs);
    this.#timer = setTimeout(() => this.#end('expired'), start.lifeMs).unref();
  }

  /** Aborts when it ends without having come to anything. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isPending(): boolean {
    return this.#state === 'pending';
  }

  /** Where the person goes, and what is awaited from there. */
  leadsTo(url: string, given: { userCode?: string; awaited?: CodeAwaited } = {}): void {
    this.#authorizeUrl = url;
    this.#userCode = given.userCode ?? null;
    Object.assign(this, { awaited: given.awaited ?? null });
  }

  /** Runs when it ends, however it does. */
  onEnd(act: () => void): void {
    this.#ends.push(act);
  }

  /** The one answer it takes. @throws MaestroError `sign_in.over` */
  take(): void {
    if (!this.isPending || this.#isAnswered) {
      throw new MaestroError('sign_in.over', 'this sign-in has its answer already, or its time is over; begin again');
    }
    this.#isAnswered = true;
  }

  done(credential: Told): void {
    this.#credential = credential;
    this.#end('done');
  }

  fail(error: MaestroError): void {
    if (!this.isPending) return;
    this.#error = { code: error.code, message: redactSecrets(error.message) };
    this.#end('failed');
  }

  cancel(): void {
    this.#end('cancelled');
  }

  describe(): SignInFlow {
    const { provider, method, way } = this.start;
    const { note, ...credential } = this.#credential ?? {};
    return {
      flow_id: this.id,
      provider: provider.id,
      method: method.id,
      way,
      state: this.#state,
      authorize_url: this.#authorizeUrl,
      user_code: this.#userCode,
      expires_at: this.#expiresAt.toISOString(),
      error: this.#error,
      credential: this.#credential && (credential as Told),
      ...(note !== undefined && { note }),
    };
  }

  #end(state: Exclude<SignInFlow['state'], 'pending'>): void {
    if (!this.isPending) return;
    this.#state = state;
    clearTimeout(this.#timer);
    if (state !== 'done') this.#controller.abort(new MaestroError('sign_in.interrupted', `the sign-in is ${state}`));
    for (const act of this.#ends) act();
  }
}

/** Why the provider sent the person back without a code. */
export function denied(provider: Provider, answer: Extract<CallbackAnswer, { error: string }>): MaestroError {
  const words = [answer.error, answer.description].flatMap((text) => text ?? []).join(': ');
  // Before it is shortened: half a secret would not be recognised afterwards.
  const told = redactSecrets(words)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 300);
  const reason = answer.error === 'access_denied' ? 'access was not given' : 'the sign-in did not go well';
  return new MaestroError('sign_in.denied', `${provider.label} says that ${reason} (${told}); begin again to try anew`);
}
