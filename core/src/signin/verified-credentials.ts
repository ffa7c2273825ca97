import { MaestroError, ProviderError } from '../errors.js';
import type { AuthMethod } from '../extension/auth.js';
import type { Credential, Provider } from '../extension/provider.js';
import type { AuthMethods, Providers } from '../extension/registry.js';
import type { Logger } from '../log.js';
import type { SendOnce } from '../oauth/oauth.js';
import type { CredentialResource } from '../protocol/resources.js';
import { redactSecrets } from '../secret.js';
import type { Credentials } from '../store/credentials.js';
import type { FreshCredentials } from './fresh-credentials.js';
import { type Proof, prove, toldOf } from './proof.js';

export interface VerifiedParts {
  credentials: Credentials;
  fresh: FreshCredentials;
  providers: Providers;
  methods: AuthMethods;
  send: SendOnce;
  log: Logger;
}

export interface KeyGiven {
  provider: string;
  /** Id of the auth method. */
  method: string;
  fields: Readonly<Record<string, string>>;
  label?: string | undefined;
  verify?: boolean | undefined;
}

export type Told = CredentialResource & { note?: string };

const environment = 'env';
const never = new AbortController().signal;

/** Keys that were proved with a real call before they were saved, and a look at saved ones whenever somebody asks. */
export class VerifiedCredentials {
  constructor(private readonly parts: VerifiedParts) {}

  /** @throws MaestroError `credential.refused` for one the provider does not take; `.invalid`, `.method_unknown`, `.exists` */
  async saveKey(given: KeyGiven, signal: AbortSignal = never): Promise<Told> {
    const { credentials, send, log } = this.parts;
    const { provider, method } = this.methodOf(given.provider, given.method);
    if (method.kind === 'oauth') throw unfit(provider, given.method, 'is a sign-in, not a key; use maestro auth login');
    const secrets = method.complete(given.fields);
    const candidate: Credential = { id: '', provider: provider.id, method: method.id, kind: method.kind, secrets };
    const proof =
      given.verify === false
        ? undefined
        : await prove(provider, candidate, { send, signal, log }).catch(refuse(provider));
    // Whoever cancels meanwhile wants nothing saved.
    signal.throwIfAborted();
    const label = given.label ?? (await credentials.freeLabel(provider.id));
    const { id: _, ...rest } = candidate;
    const saved = await credentials.create({ ...rest, label });
    return this.noted(saved.id, provider, proof);
  }

  /** Tries a saved credential, or that of the environment, and keeps what came of it. Its failure is in the answer. */
  async verify(id: string, providerId?: string): Promise<Told> {
    const { fresh, credentials, providers, send, log } = this.parts;
    const credential = await fresh.open(id, providerId);
    const provider = providers.get(credential.provider);
    const ask = (one: Credential) => prove(provider, one, { send, signal: never, log });
    const proof = await ask(credential)
      .catch(async (error: ProviderError) => {
        if (error.kind !== 'auth' || error.permanent || credential.kind !== 'oauth') throw error;
        return ask(await fresh.refresh(credential));
      })
      .catch((error: unknown): Proof => {
        if (error instanceof ProviderError) return { state: 'unknown', error };
        throw error;
      });
    if (id !== environment) return this.noted(id, provider, proof);
    const listed = (await credentials.list()).find((one) => one.id === id && one.provider === provider.id)!;
    return { ...listed, ...noteOf(proof, provider) };
  }

  /** Keeps a proof with the credential it is of. */
  async noted(id: string, provider: Provider, proof: Proof | undefined): Promise<Told> {
    const { credentials, fresh } = this.parts;
    const row = await credentials.row(id);
    if (proof?.state === 'proved') await fresh.used(credentials.opened(row), 'ok');
    if (proof?.state === 'unknown') await fresh.used(credentials.opened(row), proof.error);
    return { ...credentials.describe(await credentials.row(id)), ...(proof && noteOf(proof, provider)) };
  }

  /** @throws MaestroError `contribution.unknown`, `credential.method_unknown` */
  methodOf(providerId: string, methodId: string): { provider: Provider; method: AuthMethod } {
    const provider = this.parts.providers.get(providerId);
    const method = this.parts.methods.find(methodId);
    if (method && provider.auth.includes(method.id)) return { provider, method };
    const accepted = provider.auth.join(', ') || 'nothing, it needs no key';
    throw unfit(provider, methodId, `is not accepted; it accepts ${accepted}`);
  }
}

function noteOf(proof: Proof, provider: Provider): { note?: string } {
  const note = toldOf(proof, provider);
  return note === undefined ? {} : { note: redactSecrets(note) };
}

function unfit({ id }: Provider, method: string, why: string): MaestroError {
  return new MaestroError('credential.method_unknown', `method: of ${id}, "${method}" ${why}`);
}

function refuse({ label }: Provider): (error: ProviderError) => never {
  return (cause) => {
    const message = `${label} does not take it, so it was not saved: ${redactSecrets(cause.message)}`;
    throw new MaestroError('credential.refused', message, { cause });
  };
}
