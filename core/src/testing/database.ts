import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Database, openDatabase, type StoreLog } from '../store/database.js';
import { migrate } from '../store/migrate.js';
import { testServerUrl } from './cluster.js';

export interface TestDatabase {
  url: string;
  /** Removes it, cutting whoever is still connected. */
  drop(): Promise<void>;
}

/** A migrated database of its own, copied from a template: real PostgreSQL in well under a second. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = await testServerUrl();
  const template = await templateOn(server);
  const name = `maestro_test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, (client) => client.query(`create database ${name} template ${template}`));
  return { url: withName(server, name), drop: () => dropDatabase(server, name) };
}

/** An empty database, for tests of the migrations themselves. */
export async function emptyTestDatabase(): Promise<TestDatabase> {
  const server = await testServerUrl();
  const name = `maestro_test_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, (client) => client.query(`create database ${name}`));
  return { url: withName(server, name), drop: () => dropDatabase(server, name) };
}

/** A test database with a connection to it; `drop` closes and removes both. */
export async function openTestDatabase(): Promise<Database & TestDatabase> {
  const { url, drop } = await testDatabase();
  const db = await openDatabase({ url, log: quiet, poolSize: 5 });
  const close = async () => {
    await db.close();
    await drop();
  };
  return Object.assign(db, { drop: close });
}

/** Says nothing. */
export const quiet: StoreLog = { info: () => undefined, warn: () => undefined };

const templateLock = 0x6d61_65ff;
const templates = new Map<string, Promise<string>>();

/** Made once per server and version of the migrations, by whichever process comes first. */
function templateOn(server: string): Promise<string> {
  let template = templates.get(server);
  if (!template) {
    template = makeTemplate(server);
    templates.set(server, template);
  }
  return template;
}

async function makeTemplate(server: string): Promise<string> {
  const name = `maestro_template_${migrationsDigest()}`;
  return onServer(server, async (client) => {
    await client.query('select pg_advisory_lock($1)', [templateLock]);
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount) return name;
    const raw = `${name}_raw`;
    await client.query(`drop database if exists ${raw}`);
    await client.query(`create database ${raw}`);
    const db = await openDatabase({ url: withName(server, raw), log: quiet });
    await migrate(db);
    await db.close();
    await client.query(`alter database ${raw} rename to ${name}`);
    return name;
  });
}

function migrationsDigest(): string {
  const folder = new URL('.', import.meta.resolve('@maestro/migrations'));
  const hash = createHash('sha256');
  for (const file of readdirSync(fileURLToPath(folder)).sort()) {
    if (file.endsWith('.js')) hash.update(readFileSync(new URL(file, folder)));
  }
  return hash.digest('hex').slice(0, 12);
}

async function dropDatabase(server: string, name: string): Promise<void> {
  await onServer(server, (client) => client.query(`drop database if exists ${name} with (force)`));
}

async function onServer<T>(server: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function withName(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
