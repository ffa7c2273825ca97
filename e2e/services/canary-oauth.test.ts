import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CallResource, List, SignInWay } from '@maestro/core/protocol';
import { testDatabase } from '@maestro/core/testing';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { CommandLines, dump, filesOf, leaks, overhear, type Place } from '../support/canary.js';
import { dropHome, MaestroProcess, makeHome } from '../support/maestro-process.js';
import { SignInActor } from '../support/sign-in-actor.js';
import { converse, newSession, trio } from '../support/three-providers.js';
import { until } from '../support/until.js';
import { withAccounts } from '../support/with-accounts.js';

const clientSecret = 'GOCSPX-CANARY-7c1e5b9a3d2f4068';
const tokenPaths = { anthropic: '/v1/oauth/token', openai: '/oauth/token', gemini: '/token' } as const;
const page = 'http://127.0.0.1:1/callback';
/** Messages of errors are shortened at 300 or 400 letters: these put what is repeated on both sides of that, and across. */
const offsets = [0, 200, 240, 280, 320, 350, 370, 385];

describe('K1 the canaries of sign-ins', function () {
  this.timeout(300_000);
  let sim: ProviderSim;
  let server: MaestroProcess;
  let folder: string;
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let socket: WebSocket;
  let answers: string[];
  let commandLines: CommandLines;
  let actor: SignInActor;
  const frames: string[] = [];

  before(async () => {
    sim = await startProviderSim({ seed: 'canaries of sign-ins' });
    database = await testDatabase();
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-canary-'));
    const { url } = sim;
    const home = await makeHome(`log: { level: debug }\n${withAccounts(url, clientSecret)}`);
    server = await MaestroProcess.start({ home, env: { MAESTRO_DATABASE_URL: database.url } });
    answers = overhear(server);
    actor = new SignInActor(server, sim);
    commandLines = new CommandLines();
    socket = new WebSocket(`${server.url.replace('http', 'ws')}/socket/tui`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    socket.on('message', (data) => frames.push(String(data)));
    await until('the socket to open', () => socket.readyState === WebSocket.OPEN);
    for (const topic of ['sessions', 'system']) socket.send(JSON.stringify({ op: 'join', topic }));
  });
  after(async () => {
    commandLines?.stop();
    socket?.close();
    await server?.stop();
    await sim.close();
    await database.drop();
    if (server) await dropHome(server.home);
    await rm(folder, { recursive: true, force: true });
  });

  for (const provider of trio) {
    const { id } = provider;
    /** The way whose answer can be pasted: OpenAI has no page that shows a code, and takes the address instead. */
    const pastes: SignInWay = id === 'openai' ? 'browser' : 'code';

    it(`${id}: are used in sign-ins that go well, and in those with a wrong code or state`, async () => {
      const flow = await actor.begin(id, 'browser');
      await fetch(flow.authorize_url!);
      expect(await actor.over(flow)).to.include({ state: 'done' });
      const other = await actor.begin(id, pastes);
      const state = (await actor.back(other)).searchParams.get('state');
      for (const wrong of [`${actor.wrong()}#${actor.wrong()}`, `${page}?code=${actor.wrong()}&state=${actor.wrong()}`])
        expect((await actor.complete(other, wrong)).status, wrong).to.equal(422);
      expect((await actor.complete(other, `${actor.wrong()}#${state}`)).body).to.include({ state: 'failed' });
      const third = await actor.begin(id, pastes);
      expect((await actor.complete(third, (await actor.back(third)).href)).body).to.include({ state: 'done' });
      for (const word of ['access_denied', 'server_error', 'x'.repeat(270)]) {
        const denied = await actor.begin(id, pastes);
        const own = (await actor.back(denied)).searchParams.get('state');
        const answer = `${page}?error=${word}&error_description=${own}&state=${own}`;
        expect((await actor.complete(denied, answer)).body).to.include({ state: 'failed' });
      }
      expect((await actor.command(id, 'browser')).code).to.equal(0);
      expect((await actor.command(id, pastes, actor.wrong())).code).not.to.equal(0);
    });

    it(`${id}: are used in turns, and renewed by refusal, by age and by wish`, async () => {
      const session = await newSession(server, provider, folder);
      socket.send(JSON.stringify({ op: 'join', topic: `session:${session.session_id}` }));
      const talk = async (text: string, status = 'idle') =>
        expect(await converse(server, session.session_id, text), text).to.include({ status });
      const before = sim.oauth.counts.refreshes;
      await talk('write note.txt');
      sim.oauth.state.expiresInSeconds = 2;
      sim.oauth.expire();
      await talk('after a refusal');
      await new Promise((resolve) => setTimeout(resolve, 2_100));
      sim.oauth.state.expiresInSeconds = 3_600;
      await talk('after its time');
      await server.must('POST', `/credentials/${(await actor.saved(id)).id}/refresh`, {});
      expect(sim.oauth.counts.refreshes - before).to.be.greaterThanOrEqual(3);
      for (const after of offsets) {
        sim.fault({ type: 'status', status: 400, message: `${'x'.repeat(after)} ${actor.token}` });
        await talk(`a complaint that repeats the token after ${after}`, 'error');
        sim.fault({ type: 'status', status: 403, message: `${'x'.repeat(after)} ${actor.token}` });
        await server.call('POST', `/credentials/${(await actor.saved(id)).id}/verify`, {});
      }
      await server.call('GET', `/sessions/${session.session_id}/messages?limit=200`);
      const calls = await server.must<List<CallResource>>('GET', `/sessions/${session.session_id}/calls`);
      for (const call of calls.items) {
        const { request_headers } = await server.must<CallResource>('GET', `/calls/${call.id}`);
        const authorization = request_headers.find(([name]) => name.toLowerCase() === 'authorization');
        expect(authorization?.[1]).to.match(/^Bearer <redacted:\w+:[0-9a-f]{4}>$/);
        await server.bytes(`/calls/${call.id}/request`);
      }
    });

    it(`${id}: are repeated by a token server that refuses everything`, async () => {
      const place = tokenPaths[id];
      const credential = await actor.saved(id);
      const { session_id } = await newSession(server, provider, folder);
      const asked = sim.requests.length;
      for (const status of [500, 400] as const)
        for (const as of ['values', 'body'] as const)
          for (const after of offsets) {
            sim.oauth.state.echo = { path: place, status, as, after };
            const flow = await actor.begin(id, pastes);
            expect((await actor.complete(flow, (await actor.back(flow)).href)).body).to.include({ state: 'failed' });
            if (status === 500) await server.call('POST', `/credentials/${credential.id}/refresh`, {});
          }
      await server.call('POST', `/credentials/${credential.id}/refresh`, {});
      expect((await actor.saved(id)).state).to.equal('needs_login');
      expect(await converse(server, session_id, 'without tokens')).to.include({ status: 'error' });
      const refused = sim.requests.slice(asked).filter((one) => one.path === place && one.refusal !== null);
      expect(refused).to.have.lengthOf(6 * offsets.length + 1);
      sim.oauth.state.echo = null;
    });
  }

  it('are used with a code on another device, and repeated', async () => {
    const device = await actor.begin('openai', 'device');
    expect(await actor.over(device)).to.include({ state: 'done' });
    for (const place of ['/api/accounts/deviceauth/token', '/oauth/token'])
      for (const after of [0, 350, 380]) {
        const flow = await actor.begin('openai', 'device');
        sim.oauth.state.echo = { path: place, status: 400, as: 'values', after };
        expect(await actor.over(flow)).to.include({ state: 'failed' });
        sim.oauth.state.echo = null;
      }
  });

  it('stand in no log, answer, event, table, file or command line, in no form and no piece', async () => {
    for (const route of ['/credentials', '/providers', '/plugins', '/health', '/sessions'])
      await server.call('GET', route);
    const secrets = actor.secrets();
    const kinds = 'access, client_secret, code, code_verifier, device, identity, pasted, refresh, state';
    expect([...secrets.keys()].sort().join(', ')).to.equal(kinds);
    expect(frames.length).to.be.greaterThan(20);
    const places: Place[] = [
      ['the output', server.output],
      ['the answers', shown(answers)],
      ['the commands', shown(actor.printed)],
      ['the events', frames.join('\n')],
      ['the command lines', commandLines.text],
      ['the database', await dump(database.url)],
      ...(await filesOf(server.home)).filter(([file]) => path.basename(file) !== 'maestro.yaml'),
    ];
    const found = leaks(
      places,
      [...secrets.values()].flatMap((values) => [...values]),
    );
    expect(found, found.join('\n')).to.deep.equal([]);
  });

  it('would have been found: an answer with any of them is reported', () => {
    for (const [kind, values] of actor.secrets())
      for (const value of values) {
        expect(leaks([['an answer', shown([`"${value}"`])]], [value]), kind).not.to.deep.equal([]);
        expect(leaks([['an answer', `"${value.slice(-18, -1)}"`]], [value]), kind).not.to.deep.equal([]);
      }
  });

  /**
   * Without the addresses of the providers' pages: the state must stand there, since the browser brings it to the
   * provider, and with Anthropic the verifier is the state. Nothing but the very addresses is left out.
   */
  function shown(texts: readonly string[]): string {
    return [...actor.addresses].reduce((rest, address) => rest.replaceAll(address, ''), texts.join('\n'));
  }
});
