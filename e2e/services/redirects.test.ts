import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { AllFormats, accountFormats, formats, signIn } from '../support/all-formats.js';
import { MaestroProcess, makeHome } from '../support/maestro-process.js';
import { trio } from '../support/three-providers.js';

/** Those that keep the method and body, and those that do not. */
const statuses = [301, 302, 303, 307, 308];

describe('V9 a redirect to another server', function () {
  this.timeout(60_000);
  let world: AllFormats;
  let folder: string;
  let evil: Server;
  let location: string;
  const reached: string[] = [];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-redirects-'));
    evil = createServer((request, response) => {
      reached.push(`${request.method} ${request.url}`);
      response.end('{}');
    });
    await once(evil.listen(0, '127.0.0.1'), 'listening');
    location = `http://127.0.0.1:${(evil.address() as AddressInfo).port}/stolen`;
    world = await AllFormats.open();
  });
  after(async () => {
    await world?.close();
    evil.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    world.sim.faults.clear();
    world.sim.requests.length = 0;
  });
  afterEach('nobody went there', () => expect(reached).to.deep.equal([]));

  const points = (status: number, path?: string) =>
    world.sim.fault({ type: 'status', status, headers: { location } }, path === undefined ? {} : { path });
  const wasAnswered = () => world.sim.requests.some(({ fault }) => fault === 'status');

  for (const format of [...formats, ...accountFormats]) {
    for (const status of statuses)
      it(`is not followed by a conversation: ${format.name}, ${status}`, async () => {
        points(status, format.path);
        const { events } = await world.say(format, 'hello', folder);
        const failed = events.find((event) => event.type === 'turn.failed');
        expect(failed?.type === 'turn.failed' && failed.data.error.code).to.equal('provider.bad_request');
        expect(failed?.type === 'turn.failed' && failed.data.error.message).to.contain(`points to ${location}`);
        expect(world.sim.requests).to.have.length(1);
        const hosts = world.sim.requests.flatMap(({ headers }) => headers.filter(([name]) => /^host$/i.test(name)));
        expect(hosts.map(([, host]) => `http://${host}`)).to.deep.equal([world.sim.url]);
      });
  }

  for (const { id: provider } of trio) {
    it(`is not followed by a list of models or the check of a key: ${provider}`, async () => {
      points(307);
      // The list is that of a key only where there is no account.
      await world.chats.request(`/providers/${provider}/models?refresh=true`).catch(() => undefined);
      expect(wasAnswered(), 'the list was asked for').to.equal(true);
      world.sim.requests.length = 0;
      points(307);
      const { id } = world.credential({ provider, auth: 'api_key' });
      await world.maestro.request(`/credentials/${id}/verify`, {}).catch(() => undefined);
      expect(wasAnswered(), 'the key was checked').to.equal(true);
    });
  }

  for (const format of accountFormats) {
    it(`is not followed by a sign-in, a refresh or the check of an account: ${format.name}`, async () => {
      points(307, format.tokenPath);
      const flow = await signIn(world.maestro, format.provider);
      expect(flow.state).to.equal('failed');
      expect(wasAnswered(), 'the code was sent').to.equal(true);
      world.sim.faults.clear();
      for (const action of ['refresh', 'verify']) {
        world.sim.requests.length = 0;
        points(307);
        await world.maestro.request(`/credentials/${world.credential(format).id}/${action}`, {}).catch(() => undefined);
        expect(wasAnswered(), action).to.equal(true);
        world.sim.faults.clear();
      }
      const [kept] = (await world.maestro.request<{ items: { id: string }[] }>('/credentials')).items.filter(
        ({ id }) => id === world.credential(format).id,
      );
      expect(kept, 'the account is still there').to.not.equal(undefined);
    });
  }

  it('and connections that nobody checks are refused at the start', async () => {
    const home = await makeHome();
    const server = MaestroProcess.launch({ home, env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
    expect(await server.exited).to.not.equal(0);
    expect(server.output).to.contain('NODE_TLS_REJECT_UNAUTHORIZED=0').and.contain('NODE_EXTRA_CA_CERTS');
    await rm(home, { recursive: true, force: true });
  });
});
