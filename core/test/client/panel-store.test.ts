import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { WebSocket, WebSocketServer } from 'ws';
import { MaestroRest, MaestroSocket, PanelStore, type SocketLike, SystemStore } from '../../src/client/index.js';
import type { ClientFrame, PanelResource, PanelShown, View } from '../../src/protocol/index.js';

const panel: PanelResource = { id: 'p', title: 'P', slot: 'dashboard', size: 's', plugin: 'x', actions: [] };
const text: View = { type: 'markdown', text: 'hello' };
const growing: View = { type: 'row', items: [{ type: 'series', label: 'L', lines: [] }] };
const shows = (set: Partial<PanelShown>): PanelShown => ({
  ...{ panel, state: 'live', view: text, at: 'now', error: null, left_out: [] },
  ...set,
});

describe('what clients keep of panels', () => {
  let server: WebSocketServer;
  let socket: MaestroSocket;
  let line: WebSocket;
  let heard: ClientFrame[];
  let now = 0;
  const say = (frame: object) => line.send(JSON.stringify(frame));
  const until = async (is: () => boolean) => {
    while (!is()) await delay(2);
  };

  beforeEach(async () => {
    heard = [];
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (opened) => {
      line = opened;
      opened.on('message', (data) => heard.push(JSON.parse(String(data))));
    });
    await once(server, 'listening');
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connect = () => new WebSocket(url) as unknown as SocketLike;
    socket = new MaestroSocket({ connect, times: { reconnectMin: 300, reconnectMax: 400 } });
    socket.open();
    await until(() => socket.state === 'online');
  });
  afterEach(() => {
    socket.close();
    for (const client of server.clients) client.terminate();
    server.close();
  });

  const open = async (session_id?: string) => {
    const rest = new MaestroRest({ url: 'http://127.0.0.1:1', token: () => null });
    const store = new PanelStore({ rest, socket, id: 'p', session_id, now: () => now }).open();
    await until(() => heard.length > 0);
    return store;
  };
  const tell = async (store: PanelStore, data: PanelShown) => {
    const before = store.shown;
    say({ op: 'change', topic: 'panel:p', data });
    await until(() => store.shown !== before);
  };

  it('is what the server told last, from loading to live, error and off', async () => {
    const store = await open();
    expect([heard, store.state]).to.deep.equal([[{ op: 'join', topic: 'panel:p' }], 'loading']);
    const states: string[] = [];
    store.subscribe(() => states.push(store.state));
    await tell(store, shows({}));
    await tell(store, shows({ state: 'error', error: { code: 'panel.failed', message: 'snapped' } }));
    await tell(store, shows({ state: 'loading' }));
    await tell(store, shows({ state: 'off', panel: null, view: null }));
    expect(states).to.deep.equal(['live', 'error', 'stale', 'off']);
    store.close();
    await until(() => heard.length > 1);
    expect(heard.at(-1)).to.deep.equal({ op: 'leave', topic: 'panel:p' });
  });

  it('of a session has a topic with its id, and a refused one says why', async () => {
    const store = await open('s1');
    expect(heard[0]).to.deep.equal({ op: 'join', topic: 'panel:p/s1' });
    say({ op: 'error', topic: 'panel:p/s1', code: 'panel.session', message: 'no' });
    await until(() => store.state === 'error');
    expect(store.shown.error).to.deep.equal({ code: 'panel.session', message: 'no' });
    say({ op: 'error', topic: 'panel:p/s1', code: 'panel.unknown', message: 'gone' });
    await until(() => store.state === 'off');
  });

  it('is stale without a connection, and when lines have missed three updates', async () => {
    const store = await open();
    for (let n = 0; n < 4; n += 1) {
      now += 2_000;
      await tell(store, shows({ view: growing, at: String(n) }));
    }
    expect(store.state).to.equal('live');
    now += 7_000;
    expect(store.state).to.equal('stale');
    await tell(store, shows({ view: growing, at: 'again' }));
    expect(store.state).to.equal('live');
    await tell(store, shows({ view: text, at: 'text' }));
    now += 1e9;
    expect(store.state, 'a text may stand as long as it likes').to.equal('live');
    line.terminate();
    await until(() => socket.state !== 'online');
    expect(store.state).to.equal('stale');
  });

  it('the system tells which lists changed, to all who want to hear it over one topic', async () => {
    const store = new SystemStore(socket);
    const [a, b]: [string[], string[]] = [[], []];
    const [leaveA, leaveB] = [store.onChange((part) => a.push(part)), store.onChange((part) => b.push(part))];
    await until(() => heard.length > 0);
    say({ op: 'snapshot', topic: 'system', data: {} });
    say({ op: 'change', topic: 'system', data: { changed: 'plugins' } });
    say({ op: 'change', topic: 'system', data: { stats: {} } });
    await until(() => b.length > 0);
    leaveA();
    say({ op: 'snapshot', topic: 'system', data: {} });
    await until(() => b.length > 1);
    expect([a, b]).to.deep.equal([['plugins'], ['plugins', 'all']]);
    leaveB();
    await until(() => heard.length > 1);
    expect(heard.map(({ op }) => op)).to.deep.equal(['join', 'leave']);
  });
});
