import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { WebSocket, WebSocketServer } from 'ws';
import type { Panel } from '../../src/extension/panel.js';
import type { ServerFrame } from '../../src/protocol/frames.js';
import type { PanelShown } from '../../src/protocol/panels.js';
import { Connection } from '../../src/server/connection.js';
import { PanelFeed } from '../../src/server/panel-feed.js';
import { api, Client, newSession, useServer } from './support.js';

type Change = Extract<ServerFrame, { op: 'snapshot' | 'change' }>;
const shownNothing: PanelShown = { panel: null, state: 'loading', view: null, at: null, error: null, left_out: [] };
const told = (client: Client) =>
  client.frames.flatMap((one) => (one.op === 'snapshot' || one.op === 'change' ? [one] : []));
const textOf = ({ data }: Change) => {
  const { view } = data as PanelShown;
  return view?.type === 'markdown' ? view.text : null;
};

describe('panels over REST and sockets', () => {
  const server = useServer();
  const ask = (method: string, path: string, body?: unknown) => api(server, method, path, body);
  let running = 0;
  const clock: Panel = {
    id: 'clock',
    title: 'Clock',
    slot: 'dashboard',
    size: 'm',
    async *view(_ctx, signal) {
      running += 1;
      try {
        for (let n = 0; !signal.aborted; n += 1) {
          yield { type: 'markdown', text: String(n) };
          await delay(20, undefined, { signal });
        }
      } finally {
        running -= 1;
      }
    },
    actions: {
      set: () => undefined,
      fail: () => {
        throw new Error('stuck');
      },
    },
  };
  const beside: Panel = {
    id: 'beside',
    title: 'Beside',
    slot: 'session',
    async *view({ sessionId }) {
      yield { type: 'markdown', text: `of ${sessionId}` };
    },
  };
  before(() => {
    server.services.registries.panels.add(clock, 'maker');
    server.services.registries.panels.add(beside, 'maker');
  });

  it('are listed, looked at once, and act', async () => {
    const { body } = await ask('GET', '/panels');
    expect(body.items[0]).to.deep.equal({
      ...{ id: 'clock', title: 'Clock', slot: 'dashboard', size: 'm', plugin: 'maker', actions: ['set', 'fail'] },
    });
    const shown = (await ask('GET', '/panels/clock')).body;
    expect(shown).to.deep.include({ state: 'live', error: null, view: { type: 'markdown', text: '0' } });
    expect((await ask('POST', '/panels/clock/actions/set', { input: { a: 'b', n: 1, on: true } })).status).to.equal(
      204,
    );
    expect((await ask('POST', '/panels/clock/restart', {})).status).to.equal(204);
  });

  const refused: [what: string, method: string, path: string, body: unknown, code: string][] = [
    ['an unknown panel', 'GET', '/panels/none', undefined, 'panel.unknown'],
    ['a panel of a session without one', 'GET', '/panels/beside', undefined, 'panel.session'],
    ['a session that is not there', 'GET', '/panels/beside?session_id=none', undefined, 'session.unknown'],
    ['an unknown action', 'POST', '/panels/clock/actions/constructor', {}, 'panel.action_unknown'],
    ['an action that throws', 'POST', '/panels/clock/actions/fail', {}, 'panel.failed'],
    ['input that is no plain value', 'POST', '/panels/clock/actions/set', { input: { a: {} } }, 'request.invalid'],
    ['input under a wild name', 'POST', '/panels/clock/actions/set', { input: { 'a b': 1 } }, 'request.invalid'],
  ];
  for (const [what, method, path, body, code] of refused) {
    it(`refuse ${what}`, async () => {
      expect((await ask(method, path, body)).body.error.code).to.equal(code);
    });
  }

  it('run while somebody follows their topic, one for all, and end with the last', async () => {
    const [a, b] = [await Client.open(server), await Client.open(server)];
    a.say({ op: 'join', topic: 'panel:clock' });
    await a.until((client) => told(client).length > 2);
    b.say({ op: 'join', topic: 'panel:clock' });
    const snapshot = await b.until((client) => told(client)[0]);
    expect([snapshot.op, Number(textOf(snapshot)) > 0, running]).to.deep.equal(['snapshot', true, 1]);
    a.say({ op: 'leave', topic: 'panel:clock' });
    await b.until((client) => told(client).length > 2);
    expect(running).to.equal(1);
    await b.close();
    await delay(50);
    expect(running).to.equal(0);
    await a.close();
  });

  it('of a session are followed with it', async () => {
    const { session_id } = await newSession(server);
    const client = await Client.open(server);
    client.say({ op: 'join', topic: `panel:beside/${session_id}` });
    await client.until((one) => told(one).some((frame) => textOf(frame) === `of ${session_id}`));
    client.say({ op: 'join', topic: 'panel:beside' });
    expect((await client.frame('error')).code).to.equal('panel.session');
    await client.close();
  });

  it('give a slow client the newest once it can take it, and pile nothing up', async () => {
    let tell: (shown: PanelShown) => void = () => undefined;
    const show = (n: number) =>
      tell({ ...shownNothing, view: { type: 'markdown', text: `${n} ${'x'.repeat(60_000)}` } });
    const feed = new PanelFeed('panel:wide', (given) => {
      tell = given;
      return () => undefined;
    });
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(sockets, 'listening');
    const texts: (string | null)[] = [];
    const client = new WebSocket(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`);
    client.on('message', (data) => {
      const content = JSON.parse(String(data)) as ServerFrame;
      if (content.op === 'change') texts.push(textOf(content)?.split(' ')[0] ?? null);
    });
    const [socket] = (await once(sockets, 'connection')) as [WebSocket];
    feed.join(new Connection(socket, { id: 'test', name: 'test', kind: 'api' }), shownNothing);
    await once(client, 'message');
    client.pause();
    for (let n = 1; n <= 400; n += 1) {
      show(n);
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.resume();
    while (texts.at(-1) !== '400') await delay(10);
    expect(texts.length).to.be.lessThan(200);
    client.close();
    sockets.close();
    feed.close();
  });

  it('the topic system tells which lists changed, and what the machine does', async function () {
    this.timeout(15_000);
    const client = await Client.open(server);
    client.say({ op: 'join', topic: 'system' });
    await client.frame('snapshot');
    const changes = () => client.frames.flatMap((one) => (one.op === 'change' ? [one.data] : []));
    const remove = server.services.registries.panels.add({ ...beside, id: 'late' }, 'maker');
    await client.until(() => changes().some((change) => (change as { changed?: string }).changed === 'panels'));
    await remove();
    await ask('POST', '/budgets', { scope: 'day', limit_usd: '5' });
    await client.until(() => changes().some((change) => (change as { changed?: string }).changed === 'budgets'));
    const { stats } = (await client.until(() => changes().find((one) => 'stats' in (one as object)))) as {
      stats: { memory: { rss_bytes: number } };
    };
    expect(stats.memory.rss_bytes).to.be.greaterThan(1e6);
    await client.close();
  });
});
