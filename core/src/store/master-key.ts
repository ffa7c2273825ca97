import { hkdfSync, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { MaestroError } from '../errors.js';
import { Secret } from '../secret.js';
import type { Database } from './database.js';
import { type Envelope, type KeyRing, seal, unseal } from './envelope.js';
import { createPrivate, privateFolder, readPrivate } from './private-file.js';

interface KeyFile {
  v: 1;
  keys: { kid: string; created: string; key: string }[];
  current: string;
}

const keyBytes = 32;

/** The keys of the key file. They leave it only as keys derived for one use. */
export class MasterKey implements KeyRing {
  readonly #keys: ReadonlyMap<string, Secret>;
  constructor(
    keys: ReadonlyMap<string, Secret>,
    readonly current: string,
  ) {
    this.#keys = keys;
  }

  /** The key that wraps data keys of credentials. */
  kek(kid: string): Buffer {
    const master = this.#keys.get(kid);
    if (!master) throw new MaestroError('key.wrong', `the key file holds no key "${kid}"; restore the one that does`);
    const derived = master.use((key) =>
      hkdfSync('sha256', Buffer.from(key, 'base64'), 'maestro', 'kek/v1/credentials', keyBytes),
    );
    return Buffer.from(derived);
  }
}

export interface MasterKeyOptions {
  db: Database;
  keysDir: string;
  /** `MAESTRO_MASTER_KEY_FILE`: a key file kept elsewhere. */
  file?: string | undefined;
}

/**
 * Reads the master key and proves it against the database before anything is opened with it. It is made only
 * when nothing was ever sealed here: a missing key is an error, never a reason to make a new one.
 *
 * @throws MaestroError `key.missing`, `key.wrong`, `key.permissions`, `key.unwritable`
 */
export async function openMasterKey(options: MasterKeyOptions): Promise<MasterKey> {
  const { db } = options;
  const path = options.file ?? join(options.keysDir, 'master.key');
  if (!options.file) await privateFolder(options.keysDir);
  const text = (await readPrivate(path)) ?? (await makeKey(db, path));
  const key = parse(text, path);
  await verify(db, key, path);
  return key;
}

async function makeKey(db: Database, path: string): Promise<string> {
  const { rows } = await db.query<{ credentials: number; checks: number }>(
    'select (select count(*) from saved_authentications) as credentials, (select count(*) from key_check) as checks',
  );
  const { credentials = 0, checks = 0 } = rows[0] ?? {};
  if (credentials + checks > 0) {
    const message =
      `the master key ${path} is missing, but the database holds ${credentials} credential(s) sealed with it. ` +
      `Restore the file from a backup; to give them up, empty the tables saved_authentications and key_check`;
    throw new MaestroError('key.missing', message);
  }
  const key = randomBytes(keyBytes).toString('base64');
  const file: KeyFile = { v: 1, keys: [{ kid: 'k1', created: new Date().toISOString(), key }], current: 'k1' };
  const text = `${JSON.stringify(file)}\n`;
  await createPrivate(path, text).catch((cause: unknown) => {
    throw new MaestroError('key.unwritable', `cannot write the master key to ${dirname(path)}; check the folder`, {
      cause,
    });
  });
  return text;
}

function parse(text: string, path: string): MasterKey {
  const file = json(text) as Partial<KeyFile> | null | undefined;
  const keys = new Map<string, Secret>();
  for (const { kid, key } of file?.v === 1 && Array.isArray(file.keys) ? file.keys : []) {
    if (typeof key === 'string' && Buffer.from(key, 'base64').length === keyBytes) keys.set(kid, new Secret(key));
  }
  if (!file?.current || !keys.has(file.current)) {
    throw new MaestroError('key.wrong', `${path} is no key file of The Maestro; restore it from a backup`);
  }
  return new MasterKey(keys, file.current);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The text is secret: not even its syntax error may be quoted.
    return undefined;
  }
}

const constant = 'maestro key check';
const bound = (kid: string) => ({ rowId: kid, provider: 'key_check', authType: 'verifier' });

/** Opens what each of our keys has sealed in this database; a key that is new here leaves its mark. */
async function verify(db: Database, key: MasterKey, path: string): Promise<void> {
  const { rows } = await db.query<{ kid: string; envelope: Envelope }>('select kid, envelope from key_check');
  for (const { kid, envelope } of rows) {
    try {
      unseal(key, bound(kid), envelope);
    } catch (cause) {
      const message = `${path} is not the master key this database was used with (its key "${kid}" does not open the mark left here); restore the right one`;
      throw new MaestroError('key.wrong', message, { cause });
    }
  }
  if (rows.some(({ kid }) => kid === key.current)) return;
  await db.query('insert into key_check (kid, envelope) values ($1, $2) on conflict (kid) do nothing', [
    key.current,
    JSON.stringify(seal(key, bound(key.current), constant)),
  ]);
}
