import { hkdfSync, randomBytes } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MaestroError } from '../errors.js';
import { Secret } from '../secret.js';
import type { Database } from './database.js';
import { type Envelope, type KeyRing, seal, unseal } from './envelope.js';
import { currentKey, type KeyFile, keyBytes, parseGivenKey, parseKeyFile, writtenKeyFile } from './key-file.js';
import { createPrivate, privateFolder, readPrivate } from './private-file.js';

/**
 * The keys of the key file. They leave it only as keys derived for one use. A file that was changed - another process
 * rotated its key - is read again before something is sealed, and where a key is not known.
 */
export class MasterKey implements KeyRing {
  #keys: ReadonlyMap<string, Secret>;
  #current: string;
  #stamp: string;

  /** @param path of the file; null for keys that come from the environment */
  constructor(
    file: KeyFile,
    readonly path: string | null,
  ) {
    this.#keys = secretsOf(file);
    this.#current = file.current;
    this.#stamp = stampOf(path);
  }

  /** The key to seal with. */
  get current(): string {
    this.#lookAgain();
    return this.#current;
  }

  /** The key that wraps data keys of credentials. */
  kek(kid: string): Buffer {
    if (!this.#keys.has(kid)) this.#lookAgain();
    const master = this.#keys.get(kid);
    if (!master) throw new MaestroError('key.wrong', `the key file holds no key "${kid}"; restore the one that does`);
    const derived = master.use((key) =>
      hkdfSync('sha256', Buffer.from(key, 'base64'), 'maestro', 'kek/v1/credentials', keyBytes),
    );
    return Buffer.from(derived);
  }

  #lookAgain(): void {
    const stamp = stampOf(this.path);
    if (!this.path || stamp === this.#stamp) return;
    try {
      const file = parseKeyFile(readFileSync(this.path, 'utf8'), this.path);
      this.#keys = secretsOf(file);
      this.#current = file.current;
      this.#stamp = stamp;
    } catch {
      // A file that cannot be read takes nothing from what is known; the next start says what is wrong with it.
    }
  }
}

const secretsOf = ({ keys }: KeyFile) => new Map(keys.map(({ kid, key }) => [kid, new Secret(key)]));

function stampOf(path: string | null): string {
  const found = path === null ? undefined : lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return found?.isFile() ? `${found.ino} ${found.mtimeNs} ${found.size}` : '';
}

export interface MasterKeyOptions {
  db: Database;
  keysDir: string;
  /** `MAESTRO_MASTER_KEY_FILE`: a key file kept elsewhere. */
  file?: string | undefined;
  /** `MAESTRO_MASTER_KEY`: the key itself. */
  given?: string | undefined;
}

/**
 * Reads the master key and proves it against the database before anything is opened with it. It is made only
 * when nothing was ever sealed here: a missing key is an error, never a reason to make a new one.
 *
 * @throws MaestroError `key.missing`, `key.wrong`, `key.permissions`, `key.unwritable`, `key.sources_disagree`
 */
export async function openMasterKey(options: MasterKeyOptions): Promise<MasterKey> {
  const { db } = options;
  const key = (await fromSources(options)) ?? (await makeKey(options));
  await verify(db, key, key.path ?? 'the value of MAESTRO_MASTER_KEY');
  return key;
}

/** The first source that is there; any other that is there too must hold the same key. */
async function fromSources(options: MasterKeyOptions): Promise<MasterKey | undefined> {
  const usual = join(options.keysDir, 'master.key');
  if (!options.file && options.given === undefined) await privateFolder(options.keysDir);
  const paths = [...(options.file ? [options.file] : []), usual];
  const found: { name: string; file: KeyFile; path: string | null }[] = [];
  for (const path of paths) {
    const text = await readPrivate(path);
    if (text !== undefined) found.push({ name: path, file: parseKeyFile(text, path), path });
  }
  if (options.given !== undefined) {
    found.push({ name: 'MAESTRO_MASTER_KEY', file: parseGivenKey(options.given), path: null });
  }
  const [first, ...others] = found;
  if (!first) return undefined;
  // A file that is named and not there is not made while another source has a key.
  if (options.file && first.path !== options.file) throw disagree(options.file, first.name);
  for (const other of others) {
    if (currentKey(other.file) !== currentKey(first.file)) throw disagree(first.name, other.name);
  }
  return new MasterKey(first.file, first.path);
}

function disagree(first: string, second: string): MaestroError {
  const message = `${first} and ${second} do not hold the same master key; keep the right one and remove the other`;
  return new MaestroError('key.sources_disagree', message);
}

async function makeKey({ db, keysDir, file }: MasterKeyOptions): Promise<MasterKey> {
  const path = file ?? join(keysDir, 'master.key');
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
  const made: KeyFile = { v: 1, keys: [newKey('k1')], current: 'k1' };
  await createPrivate(path, writtenKeyFile(made)).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
  return new MasterKey(made, path);
}

export const newKey = (kid: string) => ({
  kid,
  created: new Date().toISOString(),
  key: randomBytes(keyBytes).toString('base64'),
});

export function unwritable(path: string, cause: unknown): MaestroError {
  const message = `cannot write the master key to ${dirname(path)}; check the folder`;
  return new MaestroError('key.unwritable', message, { cause });
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
  await leaveMark(db, key);
}

/** What proves the current key at the next start. */
export async function leaveMark(db: Database, key: KeyRing): Promise<void> {
  await db.query('insert into key_check (kid, envelope) values ($1, $2) on conflict (kid) do nothing', [
    key.current,
    JSON.stringify(seal(key, bound(key.current), constant)),
  ]);
}
