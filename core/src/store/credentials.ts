import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { AuthMethod } from '../extension/auth.js';
import type { Credential } from '../extension/provider.js';
import type { Dispose } from '../extension/registry.js';
import type { CredentialFailure, CredentialResource } from '../protocol/resources.js';
import { Secret } from '../secret.js';
import { binding, type CredentialRow, describeRow, openSecrets, opens, sealSecrets } from './credential-row.js';
import type { Database } from './database.js';
import type { KeyRing } from './envelope.js';
import { Subscribers } from './subscribers.js';

/** Secrets as they are at one time, and how long they are good for. */
export interface Grant {
  secrets: Readonly<Record<string, Secret>>;
  account?: string | undefined;
  issuedAt?: Date | undefined;
  /** Null: they do not expire. */
  expiresAt?: Date | null | undefined;
  nextRefreshAt?: Date | null | undefined;
}

export interface NewCredential extends Grant {
  provider: string;
  method: string;
  kind: 'api_key' | 'oauth';
  label: string;
}

/** Name and id of what comes from the environment. */
const environment = 'env';

/**
 * Keys and sign-ins: several for each provider, sealed in the database, and one from the environment where a
 * variable of an auth method is set, which is used but never saved.
 *
 * @param methods the auth methods that are loaded now
 */
export class Credentials {
  readonly #subscribers = new Subscribers();

  constructor(
    private readonly db: Database,
    private readonly keys: KeyRing,
    private readonly methods: () => readonly AuthMethod[],
    private readonly env: Readonly<Record<string, string | undefined>> = process.env,
  ) {}

  /** What there is, without what is secret: saved ones oldest first, then those of the environment. */
  async list(): Promise<CredentialResource[]> {
    const { rows } = await this.db.query<CredentialRow>('select * from saved_authentications order by created_at, id');
    return [...rows.map((row) => describeRow(this.keys, row)), ...this.#fromEnvironment().map(describeEnvironment)];
  }

  /** @throws MaestroError `credential.exists` when the provider has one of this label */
  async create(credential: NewCredential): Promise<CredentialResource> {
    const id = randomUUID();
    const { provider, method, kind, label, secrets, account, issuedAt, expiresAt, nextRefreshAt } = credential;
    const envelope = sealSecrets(this.keys, { rowId: id, provider, authType: kind }, secrets);
    const times = [expiresAt ?? null, nextRefreshAt ?? null, issuedAt ?? null];
    const { rows } = await this.db.query<CredentialRow>(
      `insert into saved_authentications
          (id, provider, auth_type, method, label, credentials, account, expires_at, next_refresh_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10::timestamptz, now()))
        on conflict (provider, label) do nothing returning *`,
      [id, provider, kind, method, label, JSON.stringify(envelope), account ?? null, ...times],
    );
    const [row] = rows;
    if (!row) throw taken(provider, label);
    this.#subscribers.tell();
    return describeRow(this.keys, row);
  }

  /**
   * Puts new secrets in the place of old ones, for whoever uses the credential by its id: after signing in anew.
   *
   * @throws MaestroError `credential.unknown`
   */
  async replace(id: string, grant: Grant): Promise<CredentialResource> {
    const row = await this.row(id);
    const envelope = sealSecrets(this.keys, binding(row), grant.secrets);
    const { rows } = await this.db.query<CredentialRow>(
      `update saved_authentications set credentials = $2, gen = gen + 1, expires_at = $3, next_refresh_at = $4,
          updated_at = coalesce($5::timestamptz, now()), account = coalesce($6, account), refresh_attempt_at = null,
          failure = null, needs_login = false
        where id = $1 returning *`,
      [
        row.id,
        JSON.stringify(envelope),
        grant.expiresAt ?? null,
        grant.nextRefreshAt ?? null,
        grant.issuedAt ?? null,
        grant.account ?? null,
      ],
    );
    if (!rows[0]) throw unknownCredential(id);
    this.#subscribers.tell();
    return describeRow(this.keys, rows[0]);
  }

  /** @throws MaestroError `credential.unknown`, `credential.environment`, `credential.exists` */
  async rename(id: string, label: string): Promise<CredentialResource> {
    if (id === environment) throw notOurs();
    const row = await this.row(id);
    const { rows } = await this.db
      .query<CredentialRow>('update saved_authentications set label = $2 where id = $1 returning *', [row.id, label])
      .catch((error: { code?: string }) => {
        throw error.code === uniqueViolation ? taken(row.provider, label) : error;
      });
    if (!rows[0]) throw unknownCredential(id);
    this.#subscribers.tell();
    return describeRow(this.keys, rows[0]);
  }

  /** A label the provider has not got yet. */
  async freeLabel(provider: string, wanted = 'default'): Promise<string> {
    const used = new Set((await this.list()).filter((one) => one.provider === provider).map(({ label }) => label));
    let label = wanted;
    for (let n = 2; used.has(label); n += 1) label = `${wanted} ${n}`;
    return label;
  }

  /** What came of the last call with it; a success ends a failure. */
  async note(id: string, outcome: { success: true } | { failure: CredentialFailure }): Promise<void> {
    if ('failure' in outcome) {
      await this.db.query('update saved_authentications set failure = $2 where id::text = $1', [
        id,
        JSON.stringify(outcome.failure),
      ]);
      this.#subscribers.tell();
      return;
    }
    await this.db.query(
      `update saved_authentications set last_success_at = now(), failure = case when needs_login then failure end
        where id::text = $1`,
      [id],
    );
    this.#subscribers.tell();
  }

  /** Called after this process wrote to a credential; not while one is refreshed: FreshCredentials tells that. */
  onChange(fn: () => void): Dispose {
    return this.#subscribers.add(fn);
  }

  /** @throws MaestroError `credential.unknown`, `credential.environment` for one that is not ours to remove */
  async remove(id: string): Promise<void> {
    if (id === environment) throw notOurs();
    const { rowCount } = await this.db.query('delete from saved_authentications where id::text = $1', [id]);
    if (rowCount !== 1) throw unknownCredential(id);
    this.#subscribers.tell();
  }

  /**
   * One credential with its secrets.
   *
   * @param provider needed for the id `env`, which every provider may have
   * @throws MaestroError `credential.unknown`, `credential.corrupt` (this row only)
   */
  async open(id: string, provider?: string): Promise<Credential> {
    if (id === environment) {
      const found = this.#fromEnvironment().find((credential) => !provider || credential.provider === provider);
      if (!found) throw unknownCredential(provider ? `${id} of ${provider}` : id);
      return found;
    }
    return this.opened(await this.row(id));
  }

  /** A saved credential as it is stored. @throws MaestroError `credential.unknown` */
  async row(id: string): Promise<CredentialRow> {
    const { rows } = await this.db.query<CredentialRow>('select * from saved_authentications where id::text = $1', [
      id,
    ]);
    if (!rows[0]) throw unknownCredential(id);
    return rows[0];
  }

  /** @throws MaestroError `credential.corrupt` */
  opened(row: CredentialRow): Credential {
    const { id, provider, method, auth_type: kind } = row;
    return { id, provider, method, kind, secrets: openSecrets(this.keys, row) };
  }

  describe(row: CredentialRow): CredentialResource {
    return describeRow(this.keys, row);
  }

  /**
   * The credential to use for a provider when a session names none: the newest saved one that opens and needs no
   * new sign-in, else that of the environment.
   *
   * @param accepted ids of auth methods the provider accepts; none given, all
   * @returns undefined when there is none
   */
  async pick(provider: string, accepted?: readonly string[]): Promise<Credential | undefined> {
    const fits = (method: string) => !accepted?.length || accepted.includes(method);
    const { rows } = await this.db.query<CredentialRow>(
      'select * from saved_authentications where provider = $1 order by created_at desc, id',
      [provider],
    );
    const saved = rows.filter((row) => fits(row.method) && opens(this.keys, row));
    const ready = saved.find((row) => !row.needs_login);
    if (ready) return this.opened(ready);
    const given = this.#fromEnvironment().find((one) => one.provider === provider && fits(one.method));
    // Whoever opens one that needs a new sign-in is told so; that says more than that there is none.
    return given ?? (saved[0] && this.opened(saved[0]));
  }

  /** One for each provider: of the first method, in its first variable that is set. */
  #fromEnvironment(): Credential[] {
    const found = new Map<string, Credential>();
    for (const { id, provider, kind, env = [] } of this.methods()) {
      const value = env.map((name) => this.env[name]?.trim()).find((value) => value);
      if (!value || found.has(provider)) continue;
      found.set(provider, { id: environment, provider, method: id, kind, secrets: { api_key: new Secret(value) } });
    }
    return [...found.values()];
  }
}

function describeEnvironment({ provider, method, kind }: Credential): CredentialResource {
  return {
    id: environment,
    provider,
    auth_type: kind,
    label: environment,
    source: 'env',
    method,
    account: null,
    expires_at: null,
    next_refresh_at: null,
    last_success_at: null,
    failure: null,
    state: 'ready',
    created_at: null,
  };
}

const uniqueViolation = '23505';

export function unknownCredential(id: string): MaestroError {
  return new MaestroError('credential.unknown', `there is no credential ${id}; list them with: maestro auth list`);
}

function taken(provider: string, label: string): MaestroError {
  const message = `${provider} has a credential "${label}" already; choose another label, or remove that one`;
  return new MaestroError('credential.exists', message);
}

function notOurs(): MaestroError {
  const message = 'this credential comes from the environment; unset its variable and start the server again';
  return new MaestroError('credential.environment', message);
}
