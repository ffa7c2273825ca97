import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { AuthMethod } from '../extension/auth.js';
import type { Credential } from '../extension/provider.js';
import type { CredentialResource } from '../protocol/resources.js';
import { Secret } from '../secret.js';
import type { Database } from './database.js';
import { type Binding, type Envelope, type KeyRing, seal, unseal } from './envelope.js';

export interface NewCredential {
  provider: string;
  method: string;
  kind: 'api_key' | 'oauth';
  label: string;
  secrets: Readonly<Record<string, Secret>>;
}

interface Row {
  id: string;
  provider: string;
  auth_type: 'api_key' | 'oauth';
  method: string;
  label: string;
  credentials: Envelope;
  expires_at: Date | null;
  created_at: Date;
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
  constructor(
    private readonly db: Database,
    private readonly keys: KeyRing,
    private readonly methods: () => readonly AuthMethod[],
    private readonly env: Readonly<Record<string, string | undefined>> = process.env,
  ) {}

  /** What there is, without what is secret: saved ones oldest first, then those of the environment. */
  async list(): Promise<CredentialResource[]> {
    const { rows } = await this.db.query<Row>('select * from saved_authentications order by created_at, id');
    return [...rows.map((row) => this.#describe(row)), ...this.#fromEnvironment().map(describeEnvironment)];
  }

  /** @throws MaestroError `credential.exists` when the provider has one of this label */
  async create(credential: NewCredential): Promise<CredentialResource> {
    const id = randomUUID();
    const { provider, method, kind, label, secrets } = credential;
    const plain = Object.fromEntries(
      Object.entries(secrets).map(([name, secret]) => [name, secret.use((value) => value)]),
    );
    const envelope = seal(this.keys, { rowId: id, provider, authType: kind }, JSON.stringify(plain));
    const { rows } = await this.db.query<Row>(
      `insert into saved_authentications (id, provider, auth_type, method, label, credentials)
        values ($1, $2, $3, $4, $5, $6) on conflict (provider, label) do nothing returning *`,
      [id, provider, kind, method, label, JSON.stringify(envelope)],
    );
    const [row] = rows;
    if (!row) {
      throw new MaestroError(
        'credential.exists',
        `${provider} has a credential "${label}" already; choose another label, or remove that one`,
      );
    }
    return this.#describe(row);
  }

  /** @throws MaestroError `credential.unknown`, `credential.environment` for one that is not ours to remove */
  async remove(id: string): Promise<void> {
    if (id === environment) {
      throw new MaestroError(
        'credential.environment',
        'this credential comes from the environment; unset its variable and start the server again',
      );
    }
    const { rowCount } = await this.db.query('delete from saved_authentications where id::text = $1', [id]);
    if (rowCount !== 1) throw unknown(id);
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
      if (!found) throw unknown(provider ? `${id} of ${provider}` : id);
      return found;
    }
    const { rows } = await this.db.query<Row>('select * from saved_authentications where id::text = $1', [id]);
    const [row] = rows;
    if (!row) throw unknown(id);
    return this.#open(row);
  }

  /**
   * The credential to use for a provider when a session names none: the newest saved one that opens, else that
   * of the environment.
   *
   * @param accepted ids of auth methods the provider accepts; none given, all
   * @returns undefined when there is none
   */
  async pick(provider: string, accepted?: readonly string[]): Promise<Credential | undefined> {
    const fits = (method: string) => !accepted?.length || accepted.includes(method);
    const { rows } = await this.db.query<Row>(
      'select * from saved_authentications where provider = $1 order by created_at desc, id',
      [provider],
    );
    const saved = rows.find((row) => fits(row.method) && this.#opens(row));
    if (saved) return this.#open(saved);
    return this.#fromEnvironment().find((credential) => credential.provider === provider && fits(credential.method));
  }

  #open(row: Row): Credential {
    const text = unseal(this.keys, binding(row), row.credentials);
    const plain = JSON.parse(text) as Record<string, string>;
    const secrets = Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, new Secret(value)]));
    return { id: row.id, provider: row.provider, method: row.method, kind: row.auth_type, secrets };
  }

  #opens(row: Row): boolean {
    try {
      unseal(this.keys, binding(row), row.credentials);
      return true;
    } catch {
      // Shown as corrupt in the list; a session that names it gets the error.
      return false;
    }
  }

  #describe(row: Row): CredentialResource {
    return {
      id: row.id,
      provider: row.provider,
      auth_type: row.auth_type,
      label: row.label,
      source: 'saved',
      expires_at: row.expires_at?.toISOString() ?? null,
      state: this.#opens(row) ? 'ready' : 'corrupt',
      created_at: row.created_at.toISOString(),
    };
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

const binding = (row: Row): Binding => ({ rowId: row.id, provider: row.provider, authType: row.auth_type });

function describeEnvironment({ provider, kind }: Credential): CredentialResource {
  return {
    id: environment,
    provider,
    auth_type: kind,
    label: environment,
    source: 'env',
    expires_at: null,
    state: 'ready',
    created_at: null,
  };
}

function unknown(id: string): MaestroError {
  return new MaestroError('credential.unknown', `there is no credential ${id}; list them with: maestro auth list`);
}
