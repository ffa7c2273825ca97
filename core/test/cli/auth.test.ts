import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { definePlugin } from '../../src/index.js';
import { startTestMaestro, type TestMaestro } from '../../src/testing/start.js';
import { acmeKey, acmeOAuth, acmeProvider } from '../signin/acme.js';
import { startTokenServer, type TokenServer } from '../signin/token-server.js';
import { shim } from './support.js';

describe('maestro auth and maestro keys', function () {
  this.timeout(60_000);
  let server: TokenServer;
  let maestro: TestMaestro;
  before(async () => {
    server = await startTokenServer();
    const plugin = definePlugin({
      name: '@maestro-test/acme',
      activate: (ctx) => {
        ctx.providers.add(acmeProvider(server));
        ctx.auth.add(acmeOAuth(server));
        ctx.auth.add(acmeKey);
      },
    });
    maestro = await startTestMaestro({ plugins: [{ plugin }] });
  });
  after(async () => {
    await maestro.close();
    await server.close();
  });
  const start = (...words: string[]) => {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, MAESTRO_HOME: maestro.home.root, MAESTRO_URL: maestro.url };
    const child = spawn(process.execPath, [shim, ...words], { env });
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk) => {
      said.out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      said.err += chunk;
    });
    return { child, said };
  };
  const ended = async ({ child, said }: { child: ChildProcess; said: { out: string; err: string } }) => {
    const [code] = await once(child, 'close');
    return { code, ...said };
  };
  const run = (...words: string[]) => {
    const running = start(...words);
    running.child.stdin.end();
    return ended(running);
  };
  const address = async ({ said }: ReturnType<typeof start>) => {
    for (;;) {
      const [, found] = /^ {2}(http\S+)$/m.exec(said.err) ?? [];
      if (found) return new URL(found);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('signs in with the browser, whose answer comes by itself', async () => {
    const running = start('auth', 'login', 'acme', '--method', 'oauth', '--label', 'mine');
    running.child.stdin.end();
    const { searchParams } = await address(running);
    const back = new URL(searchParams.get('redirect_uri')!);
    back.search = new URLSearchParams({ code: 'c', state: searchParams.get('state')! }).toString();
    await fetch(back);
    const { code, out, err } = await ended(running);
    expect(code).to.equal(0);
    expect(out).to.match(/^signed in to acme as ada@acme\.example: "mine" \(\S+\)\n$/);
    expect(err).to.contain('plan: pro');
  });

  it('signs in with a code that is pasted, and with one that is typed elsewhere', async () => {
    const running = start('auth', 'login', 'acme', '--way', 'code', '--json');
    const state = (await address(running)).searchParams.get('state');
    running.child.stdin.end(`the-code#${state}\n`);
    const { code, out } = await ended(running);
    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.include({ provider: 'acme', auth_type: 'oauth', state: 'ready' });
    const device = await run('auth', 'login', 'acme', '--way', 'device', '--label', 'tv');
    expect(device).to.include({ code: 0 });
    expect(device.err).to.contain('ABCD-1234');
  });

  it('gives up at Ctrl-C, at a code of another sign-in and at no code, and saves nothing', async () => {
    const before = (await maestro.request<{ items: unknown[] }>('/credentials')).items.length;
    const running = start('auth', 'login', 'acme', '--method', 'oauth');
    const back = new URL((await address(running)).searchParams.get('redirect_uri')!);
    running.child.kill('SIGINT');
    expect(await ended(running)).to.include({ code: 3, out: '' });
    expect(await fetch(back).catch(() => 'closed')).to.equal('closed');
    const wrong = start('auth', 'login', 'acme', '--way', 'code');
    await address(wrong);
    wrong.child.stdin.end('c#another\n');
    expect((await ended(wrong)).err).to.contain('(sign_in.state)');
    expect(await run('auth', 'login', 'acme', '--way', 'code')).to.include({ code: 2 });
    expect((await maestro.request<{ items: unknown[] }>('/credentials')).items.length).to.equal(before);
  });

  it('saves a key that works, and none that is refused unless it is told not to look', async () => {
    const login = async (key: string, ...more: string[]) => {
      const running = start('auth', 'login', 'acme', ...more);
      running.child.stdin.end(`${key}\n`);
      return ended(running);
    };
    expect((await login('ak-good-key-1', '--label', 'good')).err).to.contain('a key of the team');
    const refused = await login('ak-refused', '--label', 'bad');
    expect(refused).to.include({ code: 1 });
    expect(refused.err).to.contain('(credential.refused)').and.not.contain('ak-refused');
    expect(await login('ak-refused', '--label', 'bad', '--no-verify')).to.include({ code: 0 });
    const verified = await run('auth', 'verify', 'acme/bad');
    expect(verified).to.include({ code: 1 });
    expect(verified.out).to.contain('Acme answered 401');
    expect((await run('auth', 'status', 'acme/bad')).out).to.match(/failed: .*Acme answered 401 \(provider\.auth\)/);
    expect(await run('auth', 'rename', 'acme/bad', 'worse')).to.include({ code: 0 });
    const { out } = await run('auth', 'status', 'worse', '--json');
    expect(JSON.parse(out)).to.include({ label: 'worse', provider: 'acme' });
    expect(await run('auth', 'remove', JSON.parse(out).id)).to.include({ code: 0 });
  });

  it('K4 rotates the master key of a running server, and drops the old one', async () => {
    const rotated = await run('keys', 'rotate');
    expect(rotated).to.include({ code: 0 });
    expect(rotated.err).to.contain('--drop-old');
    expect((await run('keys', 'rotate', '--drop-old', '--full')).code).to.equal(2);
    expect((await run('keys', 'rotate', '--drop-old')).code).to.equal(0);
    const status = JSON.parse((await run('keys', 'status', '--json')).out);
    expect(status).to.deep.include({ current: 'k2', unreadable: [] });
    expect(status.keys).to.have.length(1);
    expect(await run('auth', 'verify', 'mine')).to.include({ code: 0 });
  });

  it('refreshes a sign-in when somebody asks for it', async () => {
    const { items } = await maestro.request<{ items: { id: string; auth_type: string }[] }>('/credentials');
    const { id } = items.find(({ auth_type }) => auth_type === 'oauth')!;
    const renewed = await maestro.request<{ next_refresh_at: string }>(`/credentials/${id}/refresh`, {});
    expect(Date.parse(renewed.next_refresh_at)).to.be.greaterThan(Date.now());
    expect((await maestro.request<{ jobs: string }>('/health')).jobs).to.be.oneOf(['ok', 'starting']);
  });
});
