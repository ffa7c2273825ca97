import { setTimeout as after } from 'node:timers/promises';
import { MaestroError, ProviderError } from '../errors.js';
import type { AuthMethod } from '../extension/auth.js';
import type { Credential, Provider } from '../extension/provider.js';
import type { Logger } from '../log.js';
import type { OAuth, OAuthWay, SendOnce, TokenSet } from '../oauth/oauth.js';
import type { CompleteSignInBody } from '../protocol/api.js';
import type { CredentialResource, SignInFlow, SignInWay } from '../protocol/resources.js';
import { Secret } from '../secret.js';
import type { Credentials, Grant } from '../store/credentials.js';
import type { Http } from '../wire/http.js';
import { type CallbackAnswer, CallbackListener } from './callback-listener.js';
import { providerError } from './failures.js';
import type { FreshCredentials } from './fresh-credentials.js';
import { isSameState, oneTimeValues } from './one-time-values.js';
import { readPasted } from './pasted.js';
import { type CodeAwaited, denied, PendingSignIn } from './pending-sign-in.js';
import { prove } from './proof.js';
import { sendOnce } from './send-once.js';
import { timesOf } from './token-life.js';
import type { Told, VerifiedCredentials } from './verified-credentials.js';

export interface SignInParts {
  credentials: Credentials;
  fresh: FreshCredentials;
  verified: VerifiedCredentials;
  http: Pick<Http, 'render' | 'send'>;
  log: Logger;
  /** How long a sign-in may take. */
  lifeMs?: number;
}

const usualLifeMs = 10 * 60_000;
/** The oldest make room: nobody can fill the memory by asking. */
const most = 20;
const slowDownMs = 5_000;

/**
 * Sign-ins on their way, in memory alone. Each has values of its own, takes one answer, and ends in a saved credential
 * or in a reason. Nothing secret of one is stored or logged.
 */
export class SignIns {
  readonly #flows = new Map<string, PendingSignIn>();

  constructor(private readonly parts: SignInParts) {}

  /**
   * @param methodName id of the auth method, with or without the provider in front
   * @throws MaestroError `sign_in.setting_missing`, `.way_unknown`, `.port`, `credential.method_unknown`
   */
  async begin(
    providerId: string,
    methodName: string,
    options: { way?: SignInWay | undefined; label?: string | undefined } = {},
  ): Promise<SignInFlow> {
    const { provider, method } = this.#methodOf(providerId, methodName);
    const way = method.oauth && wayOf(method.oauth, method.id, options.way);
    const lifeMs = this.parts.lifeMs ?? usualLifeMs;
    const flow = new PendingSignIn({ provider, method, way: way?.way ?? 'code', label: options.label, lifeMs });
    try {
      if (method.oauth && way) await this.#lead(flow, method.oauth, way);
    } catch (error) {
      flow.cancel();
      throw error;
    }
    this.#keep(flow);
    return flow.describe();
  }

  /** @throws MaestroError `sign_in.unknown` */
  get(id: string): SignInFlow {
    return this.#flow(id).describe();
  }

  /**
   * Takes the answer and sees it through: `done`, or `failed` with a reason.
   *
   * @throws MaestroError `sign_in.over`, `.code_invalid` and `.state` (it goes on waiting), `credential.*` for fields
   */
  async complete(id: string, given: CompleteSignInBody): Promise<SignInFlow> {
    const flow = this.#flow(id);
    if ('fields' in given) return this.#completeFields(flow, given.fields);
    const { awaited } = flow;
    if (!awaited) {
      throw new MaestroError('sign_in.code_invalid', 'this way to sign in takes no code; it goes on by itself');
    }
    const answer = readPasted(given.code, (state) => isSameState(awaited.values.state, state));
    flow.take();
    await this.#answered(flow, awaited, answer);
    return flow.describe();
  }

  /** @throws MaestroError `sign_in.unknown` */
  cancel(id: string): void {
    this.#flow(id).cancel();
  }

  close(): void {
    for (const flow of this.#flows.values()) flow.cancel();
    this.#flows.clear();
  }

  #methodOf(provider: string, name: string) {
    const { verified } = this.parts;
    const full = `${provider}/${name}`;
    try {
      return verified.methodOf(provider, full);
    } catch {
      // An id may also stand alone; the error of that look says what there is.
      return verified.methodOf(provider, name);
    }
  }

  #flow(id: string): PendingSignIn {
    const flow = this.#flows.get(id);
    if (flow) return flow;
    throw new MaestroError('sign_in.unknown', 'there is no such sign-in on its way; begin again');
  }

  #keep(flow: PendingSignIn): void {
    this.#flows.set(flow.id, flow);
    for (const [id, oldest] of this.#flows) {
      if (this.#flows.size <= most) return;
      oldest.cancel();
      this.#flows.delete(id);
    }
  }

  async #lead(flow: PendingSignIn, oauth: OAuth, way: OAuthWay): Promise<void> {
    if (way.way === 'device') return this.#leadDevice(flow, oauth, way);
    const values = oneTimeValues(way.secrets);
    const redirectUri = way.way === 'code' ? way.redirectUri : await this.#listen(flow, way, values.state);
    const url = values.state.use((state) => way.authorizeUrl({ redirectUri, state, challenge: values.challenge }));
    flow.leadsTo(url, { awaited: { oauth, way: way.way, values, redirectUri } });
  }

  async #listen(flow: PendingSignIn, way: Extract<OAuthWay, { way: 'browser' }>, state: Secret): Promise<string> {
    const listener = await CallbackListener.open({
      redirect: way.redirect,
      isState: (given) => isSameState(state, given),
      onAnswer: (answer) => {
        try {
          flow.take();
        } catch {
          // A pasted code was faster.
          return;
        }
        // Nobody knows the state before the flow leads somewhere.
        void this.#answered(flow, flow.awaited!, answer);
      },
    });
    flow.onEnd(() => listener.close());
    return listener.redirectUri;
  }

  async #leadDevice(flow: PendingSignIn, oauth: OAuth, way: Extract<OAuthWay, { way: 'device' }>): Promise<void> {
    const send = this.#send(flow);
    const device = await way.begin(send);
    // A secret from here on: whoever has it may fetch the tokens.
    new Secret(device.device);
    flow.leadsTo(device.verificationUrl, { userCode: device.userCode });
    const late = setTimeout(() => flow.fail(tooLate(flow.start.provider)), device.expiresInMs).unref();
    flow.onEnd(() => clearTimeout(late));
    const poll = async () => {
      for (let waitMs = device.intervalMs; ; ) {
        await after(waitMs, undefined, { signal: flow.signal, ref: false });
        try {
          const tokens = await way.poll(device, send);
          if (tokens) return tokens;
        } catch (error) {
          if (!isPassing(error)) throw error;
          waitMs += slowDownMs;
        }
      }
    };
    void this.#finish(flow, oauth, poll);
  }

  /** Never throws: what goes wrong is what becomes of the flow. */
  async #answered(flow: PendingSignIn, awaited: CodeAwaited, answer: CallbackAnswer): Promise<void> {
    if ('error' in answer) return flow.fail(denied(flow.start.provider, answer));
    const { oauth, way, values, redirectUri } = awaited;
    const code = new Secret(answer.code).use((value) => value);
    const [state, verifier] = [values.state.use((value) => value), values.verifier?.use((value) => value) ?? null];
    await this.#finish(flow, oauth, () =>
      oauth.exchange({ way, code, state, verifier, redirectUri }, this.#send(flow)),
    );
  }

  async #finish(flow: PendingSignIn, oauth: OAuth, get: () => Promise<TokenSet>): Promise<void> {
    const { log } = this.parts;
    const { provider, method } = flow.start;
    try {
      const tokens = await get();
      flow.done(await this.#save(flow, oauth, tokens));
      log.info('signed in', { provider: provider.id, method: method.id });
    } catch (cause) {
      if (flow.signal.aborted) return;
      this.#failed(flow, cause);
    }
  }

  async #save(flow: PendingSignIn, oauth: OAuth, tokens: TokenSet): Promise<Told> {
    const { fresh, verified, log } = this.parts;
    const { provider, method } = flow.start;
    const [send, { signal }] = [this.#send(flow), flow];
    const times = timesOf(await fresh.now(), tokens.expiresInMs);
    const prepared = await oauth.prepare?.(tokens.secrets, { send, signal });
    const secrets = { ...tokens.secrets, ...prepared?.secrets };
    const credential: Credential = { id: '', provider: provider.id, method: method.id, kind: method.kind, secrets };
    const proof = await prove(provider, credential, { send, signal, log });
    signal.throwIfAborted();
    const account = prepared?.account ?? tokens.account;
    const { id } = await this.#keepGrant(flow, { ...times, secrets, account });
    const told = await verified.noted(id, provider, proof);
    const note = [prepared?.note, told.note].flatMap((text) => text ?? []).join(' ');
    return { ...told, ...(note !== '' && { note }) };
  }

  /** Whoever signs in again means the same credential: sessions that name it go on with it. */
  async #keepGrant({ start }: PendingSignIn, grant: Grant): Promise<CredentialResource> {
    const { credentials } = this.parts;
    const { provider, method, label } = start;
    const known = (await credentials.list()).filter(
      (one) => one.provider === provider.id && one.method === method.id && one.source === 'saved',
    );
    const same = known.find((one) =>
      label === undefined
        ? one.account === (grant.account ?? null) && (one.account !== null || one.state === 'needs_login')
        : one.label === label,
    );
    if (same && same.state !== 'corrupt') return credentials.replace(same.id, grant);
    const free = label ?? (await credentials.freeLabel(provider.id, grant.account));
    return credentials.create({ provider: provider.id, method: method.id, kind: method.kind, label: free, ...grant });
  }

  async #completeFields(flow: PendingSignIn, fields: Readonly<Record<string, string>>): Promise<SignInFlow> {
    const { provider, method, label } = flow.start;
    flow.take();
    try {
      flow.done(
        await this.parts.verified.saveKey({ provider: provider.id, method: method.id, fields, label }, flow.signal),
      );
    } catch (error) {
      this.#failed(flow, error);
      throw error;
    }
    return flow.describe();
  }

  #failed(flow: PendingSignIn, cause: unknown): void {
    const { provider, method } = flow.start;
    if (!(cause instanceof MaestroError)) this.parts.log.error('a sign-in failed', { method: method.id, cause });
    flow.fail(cause instanceof MaestroError ? cause : providerError(cause, `signing in to ${provider.label}`));
  }

  #send(flow: PendingSignIn): SendOnce {
    return sendOnce(this.parts.http, flow.signal);
  }
}

/** @throws MaestroError `sign_in.setting_missing`, `sign_in.way_unknown` */
function wayOf(oauth: OAuth, method: AuthMethod['id'], wanted: SignInWay | undefined): OAuthWay {
  const missing = oauth.missing();
  if (missing) {
    const message = `${missing} is empty, and signing in needs it; fill it in maestro.yaml and start the server again`;
    throw new MaestroError('sign_in.setting_missing', message);
  }
  const found = wanted === undefined ? oauth.ways[0] : oauth.ways.find(({ way }) => way === wanted);
  if (found) return found;
  const known = oauth.ways.map(({ way }) => way).join(', ');
  throw new MaestroError('sign_in.way_unknown', `${method} has no way "${wanted}"; it has ${known}`);
}

const passing: readonly ProviderError['kind'][] = ['network', 'timeout', 'overloaded', 'unavailable', 'rate_limit'];
const isPassing = (error: unknown) =>
  error instanceof ProviderError && !error.permanent && passing.includes(error.kind);

const tooLate = ({ label }: Provider) =>
  new MaestroError('sign_in.over', `the code for ${label} is not good any more and nobody typed it; begin again`);
