// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how variables are written in YAML
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { inject, injectable } from 'tsyringe';
import { Type } from 'typebox';
import { readServerInfo, readToken } from '../../src/config/run-files.js';
import { MaestroError } from '../../src/errors.js';
import { definePlugin, PluginConfig } from '../../src/extension/plugin.js';
import { defineTool } from '../../src/extension/tool.js';
import { startMaestro, version } from '../../src/main.js';
import type { Message } from '../../src/protocol/messages.js';
import { textOf } from '../../src/protocol/messages.js';
import type { List, Session } from '../../src/protocol/resources.js';
import type { HealthResource } from '../../src/server/health.js';
import { SessionEngine } from '../../src/session/engine.js';
import { EventLog } from '../../src/store/event-log.js';
import { testDatabase } from '../../src/testing/database.js';
import { call, ScriptedProvider, say } from '../../src/testing/scripted-provider.js';
import { startTestMaestro, type TestMaestro } from '../../src/testing/start.js';

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const failure = async (act: Promise<unknown>): Promise<MaestroError> => {
  const outcome = await act.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  expect(outcome).to.be.instanceOf(MaestroError);
  return outcome as MaestroError;
};

const logOf = ({ home }: TestMaestro) => readFileSync(home.log, 'utf8');

/** A plugin with a scripted provider and a tool that says where it ran. */
function scripted(provider: ScriptedProvider) {
  return definePlugin({
    name: 'scripted',
    activate(ctx) {
      ctx.providers.add(provider);
      ctx.tools.add(
        defineTool({
          id: 'where',
          title: 'Where',
          description: 'Says where it runs.',
          parameters: Type.Object({}),
          effects: 'read',
          retry: 'safe',
          run: async (_args, { workingDirectory }) => ({ content: [{ v: 1, type: 'text', text: workingDirectory }] }),
        }),
      );
    },
  });
}

describe('a start', () => {
  it('serves, announces itself, and takes that back when it stops', async () => {
    const maestro = await startTestMaestro();
    const { home, url } = maestro;
    expect(readServerInfo(home)).to.deep.include({ url, pid: process.pid, version });
    expect(await (await fetch(`${url}/healthz`)).json()).to.deep.equal({ ok: true });
    expect(await maestro.request<HealthResource>('/health')).to.deep.include({
      database: 'ok',
      redis: 'none',
      version,
    });
    if (process.platform !== 'win32') {
      for (const file of [home.serverInfo, home.token, home.log, home.config])
        expect(statSync(file).mode & 0o777).to.equal(0o600);
    }
    await maestro.services.database.ping();
    await Promise.all([maestro.close(), maestro.services.host.close()]);
    expect(readServerInfo(home)).to.equal(undefined);
    expect(await failureOf(fetch(url))).to.equal('TypeError');
  });

  it('says what is missing when every plugin is off, and works all the same', async () => {
    await using maestro = await startTestMaestro();
    expect(logOf(maestro)).to.contain('no provider is loaded').and.contain('no tool is loaded');
    const { plugins } = await maestro.request<HealthResource>('/health');
    expect(plugins.map(({ state }) => state)).to.deep.equal(plugins.map(() => 'off'));
    expect((await maestro.request<List<Session>>('/sessions')).items).to.deep.equal([]);
  });

  it('runs a turn with a tool from message to answer', async () => {
    const provider = new ScriptedProvider([[call('where', {})], [say('I am there.')]]);
    await using maestro = await startTestMaestro({ plugins: [{ plugin: scripted(provider) }] });
    expect(logOf(maestro)).to.contain('the default provider');
    const session = await maestro.request<Session>('/sessions', {
      provider: provider.id,
      model: 'scripted-1',
      working_directory: tmpdir(),
    });
    const path = `/sessions/${session.session_id}`;
    await maestro.request(`${path}/messages`, { client_key: 'k1', text: 'Where are you?' });
    await until(async () => (await maestro.request<List<Message>>(`${path}/messages`)).items.length === 4);
    const { items } = await maestro.request<List<Message>>(`${path}/messages`);
    expect(items.map(({ role }) => role)).to.deep.equal(['user', 'assistant', 'tool', 'assistant']);
    expect(textOf(items[3]?.parts ?? [])).to.equal('I am there.');
    expect(JSON.stringify(items[2]?.parts)).to.contain(tmpdir());
  });

  it('gives plugins the services of the core, and lists one that does not start with its reason', async () => {
    @injectable()
    class Watcher {
      constructor(
        @inject(SessionEngine) readonly engine: SessionEngine,
        @inject(EventLog) readonly events: EventLog,
        @inject(PluginConfig) readonly settings: { pace: number },
      ) {}
    }
    const seen: Watcher[] = [];
    const watcher = definePlugin({
      name: 'watcher',
      config: Type.Object({ pace: Type.Number() }),
      activate: (ctx) => void seen.push(ctx.resolve(Watcher)),
    });
    const broken = definePlugin({
      name: 'broken',
      activate: () => {
        throw new Error('no luck');
      },
    });
    await using maestro = await startTestMaestro({
      plugins: [{ plugin: watcher, settings: { pace: 3 } }, { plugin: broken }],
      config: { plugins: { '@acme/not-installed': {} } },
    });
    expect(seen[0]?.engine).to.equal(maestro.services.engine);
    expect(seen[0]?.events).to.equal(maestro.services.events);
    expect(seen[0]?.settings).to.deep.equal({ pace: 3 });
    const { plugins } = await maestro.request<HealthResource>('/health');
    const reasons = Object.fromEntries(plugins.map(({ name, reason }) => [name, reason]));
    expect(reasons.broken).to.equal('broken did not start: no luck');
    expect(reasons['@acme/not-installed']).to.contain('is not installed');
  });

  it('keeps the token of this machine while it is good, and makes a new one when it is not', async () => {
    const home = mkdtempSync(join(tmpdir(), 'maestro-start-'));
    const { url: databaseUrl, drop } = await testDatabase();
    const tokens: string[] = [];
    for (let round = 0; round < 3; round++) {
      const maestro = await startTestMaestro({ home, databaseUrl });
      tokens.push(maestro.token);
      expect(await maestro.request<HealthResource>('/health')).to.include({ database: 'ok' });
      await maestro.close();
      if (round === 1) writeFileSync(join(home, 'run', 'token'), 'mst_forgotten\n');
    }
    expect(tokens[0]).to.match(/^mst_[A-Za-z0-9_-]{43}$/);
    expect(tokens[1]).to.equal(tokens[0]);
    expect(tokens[2]).to.match(/^mst_/).and.not.equal(tokens[0]);
    await drop();
    rmSync(home, { recursive: true, force: true });
  });

  it('keeps keys out of the log, whatever is logged', async () => {
    const canary = 'canary-key-0815-4711';
    const keyed = definePlugin({
      name: 'keyed',
      activate(ctx) {
        ctx.log.info(`my key is ${canary}`, { deep: { url: `https://x/?key=${canary}` } });
      },
    });
    await using maestro = await startTestMaestro({
      plugins: [{ plugin: keyed, settings: {} }],
      env: { ACME_KEY: canary },
      config: { plugins: { '@acme/keyed': { key: '${ACME_KEY}' } } },
    });
    expect(logOf(maestro)).to.contain('my key is <redacted>').and.not.contain(canary);
  });
});

describe('a start on the embedded database', () => {
  it('makes the cluster, serves, and takes everything down again', async () => {
    const home = mkdtempSync(join(tmpdir(), 'maestro-start-'));
    const off = {
      '@maestro/provider-rehearsal': false,
      '@maestro/provider-anthropic': false,
      '@maestro/tools-files': false,
    };
    writeFileSync(join(home, 'maestro.yaml'), JSON.stringify({ plugins: off }), {
      mode: 0o600,
    });
    let shown = '';
    const terminal = {
      write(text: string) {
        shown += text;
      },
    };
    const listeners = process.listenerCount('uncaughtException');
    const maestro = await startMaestro({
      env: { MAESTRO_HOME: home },
      flags: { port: 0 },
      terminal,
      ownsProcess: true,
    });
    expect(process.listenerCount('uncaughtException')).to.equal(listeners + 1);
    expect(shown).to.contain(`ready url=${maestro.url}`);
    await maestro.services.database.ping();
    await maestro.close();
    expect(process.listenerCount('uncaughtException')).to.equal(listeners);
    expect(shown).to.match(/closed\n$/);
    rmSync(home, { recursive: true, force: true });
  }).timeout(60_000);
});

describe('a server whose database another one takes', () => {
  it('says so and closes by itself', async () => {
    const fatal = Promise.withResolvers<MaestroError>();
    const maestro = await startTestMaestro({ onFatal: fatal.resolve });
    const { database } = maestro.services;
    const { rows } = await database.query<{ pid: number; classid: number; objid: number }>(
      `select pid, classid::int, objid::int from pg_locks where locktype = 'advisory' and granted
       and database = (select oid from pg_database where datname = current_database())`,
    );
    const held = rows[0];
    // Waits in line for the same lock, and so gets it the moment its holder is cut off.
    const other = await database.connect();
    const taken = other.query('select pg_advisory_lock($1::bigint << 32 | $2)', [held?.classid, held?.objid]);
    await until(async () => {
      const waiting = await database.query(
        `select 1 from pg_locks where locktype = 'advisory' and not granted
         and database = (select oid from pg_database where datname = current_database())`,
      );
      return waiting.rowCount === 1;
    });
    await database.query('select pg_terminate_backend($1)', [held?.pid]);
    await taken;
    expect((await fatal.promise).code).to.equal('server.second');
    await other.end();
    await maestro.close();
    expect(await failureOf(fetch(maestro.url))).to.equal('TypeError');
  });
});

describe('a start that cannot be', () => {
  it('V9 refuses to send keys over connections nobody checks', async () => {
    const error = await failure(startMaestro({ env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }));
    expect(error.code).to.equal('server.tls');
    expect(error.message).to.contain('NODE_EXTRA_CA_CERTS');
  });

  it('names a database that does not answer, without its password', async () => {
    const home = mkdtempSync(join(tmpdir(), 'maestro-start-'));
    const env = { MAESTRO_HOME: home, MAESTRO_DATABASE_URL: 'postgres://me:hidden-4711@127.0.0.1:1/nothing' };
    const error = await failure(startMaestro({ env, flags: { port: 0 } }));
    expect(error.code).to.equal('database.unreachable');
    const log = readFileSync(join(home, 'logs', 'maestro.log'), 'utf8');
    expect(error.message + log)
      .to.contain('127.0.0.1:1')
      .and.not.contain('hidden-4711');
    expect(log).to.contain('the start failed');
    rmSync(home, { recursive: true, force: true });
  });

  it('names a port that is taken, and lets go of the database', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const { url: databaseUrl, drop } = await testDatabase();
    const home = mkdtempSync(join(tmpdir(), 'maestro-start-'));
    const env = { MAESTRO_HOME: home, MAESTRO_DATABASE_URL: databaseUrl };
    const error = await failure(startMaestro({ env, flags: { port } }));
    expect(error.code).to.equal('server.port_taken');
    expect(error.message).to.contain(String(port));
    expect(readServerInfo({ serverInfo: join(home, 'run', 'server.json') } as never)).to.equal(undefined);
    const again = await startMaestro({ env, flags: { port: 0 } });
    await again.close();
    other.close();
    await drop();
    rmSync(home, { recursive: true, force: true });
  });

  it('refuses a second server on the same database, and the first goes on', async () => {
    await using first = await startTestMaestro();
    const error = await failure(startTestMaestro({ databaseUrl: first.databaseUrl }));
    expect(error.code).to.equal('server.second');
    expect(await first.request<HealthResource>('/health')).to.include({ database: 'ok' });
  });

  it('never makes a new master key for a database that was sealed with another', async () => {
    const { url: databaseUrl, drop } = await testDatabase();
    const first = await startTestMaestro({ databaseUrl });
    await first.close();
    const error = await failure(startTestMaestro({ databaseUrl }));
    expect(error.code).to.equal('key.missing');
    await drop();
  });
});

const redisUrl = process.env.MAESTRO_TEST_REDIS_URL;
if (redisUrl) {
  describe('two starts with a Redis', () => {
    it('serve the same sessions', async () => {
      const home = mkdtempSync(join(tmpdir(), 'maestro-start-'));
      const env = { MAESTRO_REDIS_URL: redisUrl };
      const provider = new ScriptedProvider([[say('From here.')]]);
      const plugins = [{ plugin: scripted(provider) }];
      const first = await startTestMaestro({ home, env, plugins });
      const second = await startTestMaestro({ home, env, plugins, databaseUrl: first.databaseUrl });
      await until(async () => (await second.request<HealthResource>('/health')).redis === 'ok');
      const session = await first.request<Session>('/sessions', {
        provider: provider.id,
        model: 'scripted-1',
        working_directory: tmpdir(),
      });
      const path = `/sessions/${session.session_id}`;
      await first.request(`${path}/messages`, { client_key: 'k1', text: 'Hello?' });
      await until(async () => (await second.request<List<Message>>(`${path}/messages`)).items.length === 2);
      await second.close();
      expect((await first.request<Session>(path)).session_id).to.equal(session.session_id);
      // Both wrote run/server.json; the one that came last owned it and took it away.
      expect(readToken(first.home)).to.be.a('string');
      await first.close();
      rmSync(home, { recursive: true, force: true });
    });
  });
}

async function failureOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'it succeeded',
    (error: Error) => error.name,
  );
}
