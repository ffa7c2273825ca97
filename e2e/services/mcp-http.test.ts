import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { McpServerResource } from '@maestro/core';
import { startTestMaestro, type TestMaestro, toolCall } from '@maestro/core/testing';
import { type HttpSim, startHttpSim } from '@maestro/mcp-sim';
import { expect } from 'chai';

const key = 'Key CANARY-of-a-header-2f81';

describe('MCP servers over HTTP that have faults', function () {
  this.timeout(60_000);
  let sim: HttpSim;
  let other: HttpSim;
  let maestro: TestMaestro;
  /** Answers in place of the server; true: it did. */
  let fault: (request: IncomingMessage, response: ServerResponse) => boolean;
  let seen: IncomingMessage[];
  let elsewhere: IncomingMessage[];
  beforeEach(async () => {
    [fault, seen, elsewhere] = [() => false, [], []];
    const before = (request: IncomingMessage, response: ServerResponse) => {
      seen.push(request);
      return fault(request, response);
    };
    sim = await startHttpSim({ before, mode: (server) => (server === 1 ? 'hang-on-call' : 'good') });
    other = await startHttpSim({ before: (request) => elsewhere.push(request) < 0 });
    maestro = await startTestMaestro({ config: { plugins: { '@maestro/mcp-bridge': {} } } });
    const headers = { 'X-Api-Key': key };
    await maestro.request('/mcp-servers', { name: 'far', transport: 'http', url: sim.url(0), headers });
    await until('connected');
  });
  afterEach(async () => {
    await maestro.close();
    await sim.close();
    await other.close();
  });
  const until = async (state: string, name = 'far') => {
    for (const end = Date.now() + 10_000; ; await delay(20)) {
      const { status } = await maestro.request<McpServerResource>(`/mcp-servers/${name}`);
      if (status?.state === state) return status;
      if (Date.now() > end) throw new Error(`it is ${status?.state}: ${status?.reason}`);
    }
  };
  const echo = (text: string) =>
    maestro.services.registries.tools
      .get('far__echo')
      .run({ text } as never, toolCall())
      .then(JSON.stringify, (error: { code: string; message: string }) => `${error.code} ${error.message}`);
  const isCall = (request: IncomingMessage) => request.method === 'POST' && request.headers['content-length'] !== '0';
  const once = (act: (response: ServerResponse) => void) => {
    let left = 1;
    fault = (request, response) => {
      if (left === 0 || !isCall(request)) return false;
      left -= 1;
      act(response);
      return true;
    };
  };
  const always = (act: (response: ServerResponse) => void) => {
    fault = (request, response) => {
      if (!isCall(request)) return false;
      act(response);
      return true;
    };
  };
  /** The first request of a call tells of directories; of later ones in the same directory it is the call. */
  const warm = async () => expect(await echo('warm')).to.include('warm');

  it('get their headers with every request, and no list shows one', async () => {
    await warm();
    expect(seen.every(({ headers }) => headers['x-api-key'] === key)).to.equal(true);
    expect(JSON.stringify(await maestro.request('/mcp-servers'))).not.to.include('CANARY');
  });

  it('that have lost the session are begun with anew, and the call is made again', async () => {
    await warm();
    const { initialized } = sim.counters(0);
    once((response) => response.writeHead(404).end('no such session'));
    expect(await echo('again')).to.include('again');
    expect(sim.counters(0).initialized).to.equal(initialized + 1);
  });

  for (const status of [401, 403, 429, 500, 503]) {
    it(`that answer ${status} give one readable error, without what was sent`, async () => {
      await warm();
      always((response) => response.writeHead(status).end(`no: ${key}`));
      const said = await echo('refused');
      expect(said).to.match(
        status === 401 ? /^mcp\.needs_login .*mcp login far/ : new RegExp(`^mcp\\.failed .*${status}`),
      );
      expect(said).not.to.include('CANARY');
      fault = () => false;
      expect(await echo('well again')).to.include('well again');
    });
  }

  it('that break off in the middle give one error at once, and the next call works', async () => {
    await warm();
    once((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: message\ndata: {"jsonrpc":"2.0",');
      setTimeout(() => response.destroy(), 50);
    });
    const began = Date.now();
    expect(await echo('half')).to.match(/^mcp\.unavailable .*not known/);
    expect(Date.now() - began).to.be.lessThan(10_000);
    expect(await echo('whole')).to.include('whole');
  });

  it('that name their events are asked for the rest from where they broke off', async () => {
    await warm();
    let asked: string | undefined;
    let id = 0;
    fault = (request, response) => {
      if (request.method === 'GET' && request.headers['last-event-id'] !== undefined) {
        asked = String(request.headers['last-event-id']);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const result = { content: [{ type: 'text', text: 'the rest' }] };
        response.end(`id: 8\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`);
        return true;
      }
      if (!isCall(request)) return false;
      request.on('data', (chunk: Buffer) => {
        ({ id } = JSON.parse(chunk.toString('utf8')) as { id: number });
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('id: 7\nretry: 100\ndata: \n\n');
        setTimeout(() => response.destroy(), 50);
      });
      return true;
    };
    expect(await echo('resumed')).to.include('the rest');
    expect(asked).to.equal('7');
  });

  it('that send elsewhere are not followed there, so that nobody else gets the headers', async () => {
    await warm();
    always((response) => response.writeHead(307, { location: other.url(0) }).end());
    expect(await echo('moved')).to.match(/^mcp\.failed .*not followed/);
    expect(elsewhere).to.deep.equal([]);
  });

  it('are told of a call that is cancelled', async () => {
    await maestro.request('/mcp-servers', { name: 'slow', transport: 'http', url: sim.url(1) });
    await until('connected', 'slow');
    const cancel = new AbortController();
    const call = toolCall({ signal: cancel.signal });
    const end = maestro.services.registries.tools.get('slow__echo').run({ text: 'x' } as never, call);
    while (sim.counters(1).calls === 0) await delay(10);
    cancel.abort();
    await end.catch(() => undefined);
    for (const limit = Date.now() + 5_000; sim.counters(1).cancelled === 0 && Date.now() < limit; ) await delay(10);
    expect(sim.counters(1).cancelled).to.equal(1);
  });

  it('are followed within seconds when another process changes their rows', async () => {
    const change = (isOn: boolean) =>
      maestro.services.database.query(
        "update mcp_servers set is_enabled = $1, updated_at = clock_timestamp() where name = 'far'",
        [isOn],
      );
    await change(false);
    await until('off');
    await change(true);
    await until('connected');
    await maestro.services.database.query("delete from mcp_servers where name = 'far'");
    const tools = () => maestro.services.registries.tools.all().filter(({ group }) => group?.kind === 'server');
    for (const limit = Date.now() + 10_000; tools().length > 0 && Date.now() < limit; ) await delay(50);
    expect(tools()).to.deep.equal([]);
  });
});
