import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Session } from '@maestro/core/protocol';
import { testDatabase } from '@maestro/core/testing';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { CommandLines, dump, filesOf, leaks, overhear } from '../support/canary.js';
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
  let answers: string[];
  let commandLines: CommandLines;

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
    answers = overhear(server);
    commandLines = new CommandLines();
  });
  after(async () => {
    commandLines.stop();
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
      await server.call('GET', `/sessions/${session.session_id}/messages?limit=50`);
      const calls = await server.must<{ items: { id: string }[] }>('GET', `/sessions/${session.session_id}/calls`);
      for (const { id } of calls.items) await server.bytes(`/calls/${id}/request`);
    }
    await server.call('POST', '/credentials', { provider: 'anthropic', method: 'none', fields: { api_key: saved } });
    await server.call('GET', '/credentials');
    await server.call('GET', '/providers');
    const used = new Set(sim.requests.map(({ headers }) => headers.find(([name]) => name === 'x-api-key')?.[1]));
    expect([...used].sort()).to.deep.equal([fromEnvironment, saved].sort());
  });

  it('stand in no log, answer, table, file or command line, in no form', async () => {
    const places = [
      ['the output', server.output],
      ['the answers', answers.join('\n')],
      ['the command lines', commandLines.text],
      ['the database', await dump(database.url)],
      ...(await filesOf(home)),
    ] as const;
    expect(leaks(places, [saved, fromEnvironment])).to.deep.equal([]);
  });

  it('would have been found: a log with one in it is reported', async () => {
    const file = path.join(folder, 'leak.log');
    for (const leak of [Buffer.from(saved).toString('base64'), saved.slice(3, 20)]) {
      await writeFile(file, `x ${leak} y`);
      expect(leaks([['a log', await readFile(file, 'latin1')]], [saved])).to.have.lengthOf(1);
    }
  });

  async function turn(session: Session, text: string, ends: string): Promise<void> {
    await server.must('POST', `/sessions/${session.session_id}/messages`, {
      client_key: randomUUID(),
      text,
    });
    await until(
      `the turn to end as ${ends}`,
      async () => (await server.must<Session>('GET', `/sessions/${session.session_id}`)).status === ends,
    );
  }
});
