import { setTimeout as delay } from 'node:timers/promises';
import type { McpServerResource } from '@maestro/core';
import { startTestMaestro, type TestMaestro, toolCall } from '@maestro/core/testing';
import { type HttpSim, type OAuthSim, startHttpSim, startOAuthSim } from '@maestro/mcp-sim';
import { expect } from 'chai';
import { maestro as command } from '../support/command.js';

const pageIn = (text: string) => /^ +(http\S+)$/m.exec(text)?.[1];

describe('signing in to an MCP server', function () {
  this.timeout(60_000);
  let sim: HttpSim;
  let oauth: OAuthSim;
  let maestro: TestMaestro;
  beforeEach(async () => {
    oauth = await startOAuthSim();
    sim = await startHttpSim({ before: (request, response) => oauth.guard(request, response) });
    maestro = await startTestMaestro({ config: { plugins: { '@maestro/mcp-bridge': {} } } });
    await maestro.request('/mcp-servers', { name: 'tracker', transport: 'http', url: sim.url(0) });
  });
  afterEach(async () => {
    await maestro.close();
    await sim.close();
    await oauth.close();
  });
  const read = () => maestro.request<McpServerResource>('/mcp-servers/tracker');
  const until = async (state: string) => {
    for (const end = Date.now() + 10_000; ; await delay(20)) {
      const { status } = await read();
      if (status?.state === state) return status;
      if (Date.now() > end) throw new Error(`it is ${status?.state}: ${status?.reason}`);
    }
  };
  const page = async () => {
    await until('needs_login');
    const { authorize_url } = await maestro.request<{ authorize_url: string }>('/mcp-servers/tracker/login', {});
    return authorize_url;
  };
  /** Where the browser is sent by the page. */
  const address = async (url: string) => (await fetch(url, { redirect: 'manual' })).headers.get('location')!;
  const signIn = async () => {
    await (await fetch(await address(await page()))).text();
    await until('connected');
  };
  const echo = (text: string) =>
    maestro.services.registries.tools.get('tracker__echo').run({ text } as never, toolCall());
  const failureOf = (work: Promise<unknown>) => work.then(() => 'it did not fail', String);

  it('registers, proves itself and connects; a token that is over is renewed once for all who call', async () => {
    await signIn();
    expect(JSON.stringify(await echo('hello'))).to.include('hello');
    oauth.expire();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, number) => echo(`call ${number}`)));
    expect(JSON.stringify(answers)).to.include('call 9');
    expect(oauth.refreshes).to.equal(1);
    // What came of it stands in the row: after a restart of the connection it is what is sent.
    await maestro.request('/mcp-servers/tracker', { is_enabled: false }, 'PATCH');
    await maestro.request('/mcp-servers/tracker', { is_enabled: true }, 'PATCH');
    await until('connected');
    expect(oauth.refreshes).to.equal(1);
  });

  it('ends in a state that says what to do when it is revoked, and no token is ever shown', async () => {
    await signIn();
    oauth.expire(true);
    const failure = await echo('hello').then(String, (error: Error) => `${error.message} ${error.stack}`);
    expect(failure).to.match(/sign in anew: maestro mcp login tracker/);
    const status = await until('needs_login');
    expect(status.reason).to.match(/sign in anew: maestro mcp login tracker/);
    await signIn();
    const rows = await maestro.services.database.query('select * from mcp_servers');
    const told = [failure, JSON.stringify(await read()), JSON.stringify(rows), JSON.stringify(status)].join('\n');
    expect(oauth.given.length).to.be.at.least(6);
    for (const secret of oauth.given) expect(told).not.to.include(secret);
  });

  it('is one command, which shows the page and waits for the person', async () => {
    await until('needs_login');
    let told = '';
    const { home } = maestro;
    const outcome = await command(['mcp', 'login', 'tracker'], {
      home: home.root,
      onStart: (child) => {
        child.stdout?.on('data', async (chunk: Buffer) => {
          const before = pageIn(told);
          told += chunk.toString('utf8');
          const shown = pageIn(told);
          if (!before && shown) await fetch(await address(shown));
        });
      },
    });
    expect(outcome.code, outcome.stderr).to.equal(0);
    expect(outcome.stdout).to.include('Signed in to tracker.');
    const list = await command(['mcp', 'list'], { home: home.root });
    expect(list.stdout)
      .to.match(/TOKENS/)
      .and.match(/tracker +http +connected +1 +\d+/);
  });

  it('takes the address that the browser of another machine ended at, and that of no other sign-in', async () => {
    const ended = await address(await page());
    const other = new URL(ended);
    other.searchParams.set('state', 'of-another');
    const answer = (pasted: string) => maestro.request('/mcp-servers/tracker/login/answer', { pasted });
    expect(await failureOf(answer(other.href))).to.include('sign_in.state');
    await answer(ended);
    await until('connected');
  });

  it('shows no code to an authorization server that another one answered for', async () => {
    for (const answersAs of ['https://mix-up.example', null]) {
      oauth.answersAs = answersAs;
      const ended = await address(await page());
      expect(await failureOf(maestro.request('/mcp-servers/tracker/login/answer', { pasted: ended }))).to.include(
        'mcp.login',
      );
    }
    expect(oauth.given.filter((secret) => !secret.startsWith('code'))).to.deep.equal([]);
    expect((await read()).status?.reason).to.match(/does not say whose it is/);
  });

  it('trusts no description that is that of another issuer', async () => {
    oauth.describedAs = 'https://elsewhere.example';
    expect(await failureOf(page())).to.include('mcp.login');
  });
});
