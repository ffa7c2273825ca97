import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inflateRawSync, inflateSync } from 'node:zlib';
import type { Session } from '@maestro/core/protocol';
import { testDatabase } from '@maestro/core/testing';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import pg from 'pg';
import { maestro } from '../support/command.js';
import { dropHome, MaestroProcess, makeHome } from '../support/maestro-process.js';
import { until } from '../support/until.js';

const saved = 'sk-ant-CANARY-saved-9d8f7a6b5c4d3e2f';
const fromEnvironment = 'sk-ant-CANARY-env-1a2b3c4d5e6f7a8b';

describe('K1 the canary keys', function () {
  this.timeout(180_000);
  let sim: ProviderSim;
  let home: string;
  let folder: string;
  let server: MaestroProcess;
  let database: Awaited<ReturnType<typeof testDatabase>>;
  const answers: string[] = [];
  const commandLines = new Set<string>();

  before(async () => {
    sim = await startProviderSim({ apiKeys: [saved, fromEnvironment] });
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-canary-'));
    database = await testDatabase();
    home = await makeHome(
      `log: { level: debug }\nplugins:\n  "@maestro/provider-anthropic":\n    baseUrl: ${sim.url}\n`,
    );
    server = await MaestroProcess.start({
      home,
      env: { ANTHROPIC_API_KEY: fromEnvironment, MAESTRO_DATABASE_URL: database.url },
    });
  });
  after(async () => {
    await server.stop();
    await sim.close();
    await database.drop();
    await dropHome(home);
    await rm(folder, { recursive: true, force: true });
  });

  it('are used, through every kind of answer and failure', async () => {
    const login = await maestro(['auth', 'login', 'anthropic', '--label', 'canary'], { home, input: `${saved}\n` });
    expect(login.code, login.stderr).to.equal(0);
    answers.push(login.stdout, login.stderr);
    const { items } = await server.must<{ items: { id: string; label: string }[] }>('GET', '/credentials');
    const credential = items.find(({ label }) => label === 'canary');
    for (const credential_id of [credential?.id, 'env']) {
      const session = await server.must<Session>('POST', '/sessions', {
        provider: 'anthropic',
        model: 'claude-sonnet-5',
        working_directory: folder,
        credential_id,
      });
      await turn(session, 'write note.txt', 'idle');
      sim.fault({ type: 'status', status: 401 });
      await turn(session, 'hello', 'error');
      sim.fault({ type: 'status', status: 400 });
      await turn(session, 'hello again', 'error');
      answers.push(JSON.stringify(await server.call('GET', `/sessions/${session.session_id}/messages?limit=50`)));
      const calls = await server.must<{ items: { id: string }[] }>('GET', `/sessions/${session.session_id}/calls`);
      answers.push(JSON.stringify(calls));
      for (const { id } of calls.items) answers.push((await server.bytes(`/calls/${id}/request`)).toString('latin1'));
    }
    answers.push(
      JSON.stringify(
        await server.call('POST', '/credentials', {
          provider: 'anthropic',
          method: 'none',
          fields: { api_key: saved },
        }),
      ),
    );
    answers.push(
      JSON.stringify(await server.call('GET', '/credentials')),
      JSON.stringify(await server.call('GET', '/providers')),
    );
    const used = new Set(sim.requests.map(({ headers }) => headers.find(([name]) => name === 'x-api-key')?.[1]));
    expect([...used].sort()).to.deep.equal([fromEnvironment, saved].sort());
  });

  it('stand in no log, answer, table, file or command line, in no form', async () => {
    const places: [string, string][] = [
      ['the output', server.output],
      ['the answers', answers.join('\n')],
      ['the command lines', [...commandLines].join('\n')],
      ['the database', await dump(database.url)],
    ];
    for (const file of await filesOf(home)) places.push([file, (await readFile(file)).toString('latin1')]);
    const found = places.flatMap(([place, text]) =>
      [saved, fromEnvironment].flatMap((key) =>
        forms(key)
          .filter((form) => text.includes(form))
          .map((form) => `${place}: ${form}`),
      ),
    );
    expect(found).to.deep.equal([]);
  });

  it('would have been found: a log with one in it is reported', async () => {
    const file = path.join(folder, 'leak.log');
    await writeFile(file, `x ${Buffer.from(saved).toString('base64')} y`);
    expect(forms(saved).some((form) => readFileSync(file, 'latin1').includes(form))).to.equal(true);
  });

  async function turn(session: Session, text: string, ends: string): Promise<void> {
    await server.must('POST', `/sessions/${session.session_id}/messages`, {
      client_key: randomUUID(),
      text,
    });
    await until(`the turn to end as ${ends}`, async () => {
      lookAtCommandLines();
      return (await server.must<Session>('GET', `/sessions/${session.session_id}`)).status === ends;
    });
  }

  function lookAtCommandLines(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        commandLines.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        // It ended while we looked.
      }
    }
  }
});

/** A secret as it is, and as it would look inside other things. */
function forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const escaped = [...secret].map((letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
  return [
    secret,
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    escaped,
    encodeURIComponent(secret),
  ];
}

/** Every value of every table as text; compressed columns are opened too. */
async function dump(url: string): Promise<string> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  const tables = await db.query(
    `select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const texts: string[] = [];
  for (const { table_name } of tables.rows) {
    const { rows } = await db.query(`select * from "${table_name}"`);
    for (const row of rows)
      for (const value of Object.values(row))
        texts.push(Buffer.isBuffer(value) ? opened(value) : JSON.stringify(value));
  }
  await db.end();
  return texts.join('\n');
}

function opened(bytes: Buffer): string {
  const tries = [inflateRawSync, inflateSync].map((inflate) => {
    try {
      return inflate(bytes).toString('latin1');
    } catch {
      return ''; // not compressed that way
    }
  });
  return [bytes.toString('latin1'), ...tries].join('\n');
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}
