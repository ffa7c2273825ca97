import { existsSync, readdirSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { PluginResource, Session } from '@maestro/core/protocol';
import { expect } from 'chai';
import { maestro } from '../support/command.js';
import { dropHome, MaestroProcess, makeHome, repository } from '../support/maestro-process.js';

/** Every plugin that ships, whatever they are by now. */
const shipped = readdirSync(path.join(repository, 'plugins'));
const off = shipped.map((name) => `  "@maestro/${name}": false`).join('\n');

describe('the life of the process', function () {
  this.timeout(180_000);
  let home: string;
  const running: MaestroProcess[] = [];
  const start = async (options: { env?: Record<string, string>; config?: string } = {}) => {
    const server = await MaestroProcess.start({ home, env: options.env ?? {} });
    running.push(server);
    return server;
  };
  beforeEach(async () => {
    home = await makeHome();
  });
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop();
    await dropHome(home);
  });

  it('says where it listens, keeps its files to its owner, and leaves nothing when it stops', async () => {
    const server = await start();
    const { url, pid } = JSON.parse(await readFile(path.join(home, 'run', 'server.json'), 'utf8')) as {
      url: string;
      pid: number;
    };
    expect(url).to.equal(server.url);
    expect(pid).to.equal(server.child.pid);
    for (const [place, mode] of [
      ['run/token', 0o600],
      ['keys/master.key', 0o600],
      ['maestro.yaml', 0o600],
      ['data', 0o700],
      ['keys', 0o700],
    ] as const) {
      expect((await stat(path.join(home, place))).mode & 0o777, place).to.equal(mode);
    }
    expect(await server.stop()).to.equal(0);
    expect(existsSync(path.join(home, 'run', 'server.json'))).to.equal(false);
  });

  it('keeps everything over kill -9, and takes the running database over', async () => {
    const first = await start();
    const { session_id } = await first.must<Session>('POST', '/sessions', {
      agent_name: 'Keeper',
      working_directory: home,
    });
    await first.kill();
    const second = await start();
    expect((await second.must<Session>('GET', `/sessions/${session_id}`)).agent_name).to.equal('Keeper');
  });

  it('R8 refuses to be the second server of a home, with 75 and the name of the first', async () => {
    const first = await start();
    const second = MaestroProcess.launch({ home });
    expect(await second.exited).to.equal(75);
    expect(second.output).to.include(String(first.child.pid));
    expect((await fetch(`${first.url}/healthz`)).status).to.equal(200);
  });

  it('starts with every plugin off and says what is missing', async () => {
    await dropHome(home);
    home = await makeHome(`plugins:\n${off}\n`);
    const server = await start();
    const { items } = await server.must<{ items: PluginResource[] }>('GET', '/plugins');
    expect(items.map(({ name }) => name)).to.have.members(shipped.map((name) => `@maestro/${name}`));
    expect(new Set(items.map(({ state }) => state))).to.deep.equal(new Set(['off']));
    const refused = await server.call<{ error: { code: string; message: string } }>('POST', '/sessions', {
      working_directory: home,
    });
    expect(refused.status).to.be.within(400, 499);
    expect(refused.body.error.message).to.match(/provider/i);
    const doctor = await maestro(['doctor'], { home });
    expect(`${doctor.stdout}${doctor.stderr}`).to.match(/no provider/i);
    expect((await fetch(`${server.url}/`)).status).to.equal(200);
  });

  it('R9 stops within ten seconds with a turn in flight, and the turn goes on at the next start', async () => {
    await dropHome(home);
    home = await makeHome('plugins:\n  "@maestro/provider-rehearsal": { pauseMs: 200 }\n');
    const first = await start();
    const { session_id } = await first.must<Session>('POST', '/sessions', { working_directory: home });
    await first.must('POST', `/sessions/${session_id}/messages`, { client_key: 'one', text: 'hello' });
    const begin = performance.now();
    expect(await first.stop()).to.equal(0);
    expect(performance.now() - begin).to.be.lessThan(10_000);
    const second = await start();
    const { status } = await second.must<Session>('GET', `/sessions/${session_id}`);
    expect(status).not.to.equal('error');
  });
});
