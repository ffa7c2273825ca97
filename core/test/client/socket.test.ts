import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { WebSocket, WebSocketServer } from 'ws';
import { MaestroSocket, RestError, type SocketLike, type SocketState } from '../../src/client/index.js';
import type { ClientFrame, ServerFrame } from '../../src/protocol/index.js';

type Line = { socket: WebSocket; heard: ClientFrame[]; say(frame: ServerFrame): void };

describe('a socket', () => {
  let server: WebSocketServer;
  let url: string;
  let lines: Line[];
  let react: (frame: ClientFrame, line: Line) => void;
  let client: MaestroSocket;

  beforeEach(async () => {
    lines = [];
    react = () => undefined;
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket) => {
      const line: Line = { socket, heard: [], say: (frame) => socket.send(JSON.stringify(frame)) };
      lines.push(line);
      socket.on('message', (data) => {
        line.heard.push(JSON.parse(String(data)));
        react(line.heard.at(-1)!, line);
      });
    });
    await once(server, 'listening');
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = follow();
  });
  afterEach(() => {
    client.close();
    for (const { socket } of lines) socket.terminate();
    server.close();
  });

  const quick = { reconnectMin: 1, reconnectMax: 5 };
  const follow = (times: object = quick) => {
    const connect = () => new WebSocket(url) as unknown as SocketLike;
    return new MaestroSocket({ connect, times });
  };

  it('joins every topic again from where its follower stands', async () => {
    let after = 3;
    client.join('session:a', { position: () => ({ after }), frame: () => undefined });
    client.open();
    await until(() => lines[0]?.heard.length === 1);
    after = 7;
    lines[0]!.socket.terminate();
    await until(() => lines[1]?.heard.length === 1);
    expect(lines.map(({ heard }) => heard[0])).to.deep.equal([
      { op: 'join', topic: 'session:a', after: 3 },
      { op: 'join', topic: 'session:a', after: 7 },
    ]);
  });

  it('joins a topic again once the database of the server is back, and tells the follower nothing of it', async () => {
    let joins = 0;
    react = (frame, line) => {
      if (frame.op !== 'join') return;
      joins += 1;
      if (joins < 3) line.say({ op: 'error', topic: frame.topic, code: 'database.unreachable', message: 'away' });
      else line.say({ op: 'joined', topic: frame.topic, conversation_id: 'c', seq: 1 });
    };
    const told: string[] = [];
    client.join('session:a', { position: () => ({}), frame: ({ op }) => told.push(op) });
    client.open();
    await until(() => told.length > 0);
    expect(told).to.deep.equal(['joined']);
    expect(lines).to.have.lengthOf(1);
  });

  it('sends again under the same key until the server says that it has the message', async () => {
    react = (frame, line) => {
      if (frame.op !== 'send') return;
      if (lines.length === 1) line.socket.terminate();
      else line.say({ op: 'ack', client_key: frame.client_key, message_id: 'm1', queued: false });
    };
    client.open();
    const ack = await client.send('session:a', 'key-1', 'hello');
    expect(ack.message_id).to.equal('m1');
    expect(lines).to.have.lengthOf(2);
  });

  it('rejects a message that the server refuses', async () => {
    react = (frame, line) => {
      if (frame.op === 'send') line.say({ op: 'error', client_key: frame.client_key, code: 'x.y', message: 'no' });
    };
    client.open();
    const refused = await client.send('session:a', 'key-1', 'hello').catch((error: unknown) => error);
    expect(refused).to.include({ code: 'x.y', message: 'no' });
  });

  it('takes a server that says nothing for dead, and one that answers pings for alive', async function () {
    this.timeout(30_000);
    client = follow({ ...quick, heartbeat: 20, dead: 1_000 });
    react = (frame, line) => {
      if (frame.op === 'ping' && lines.length > 1) line.say({ op: 'pong' });
    };
    const states: SocketState[] = [];
    client.onState((state) => states.push(state));
    client.open();
    await until(() => lines.length === 2 && lines[1]!.heard.length > 60);
    expect(states).to.deep.equal(['online', 'reconnecting', 'online']);
    expect(lines).to.have.lengthOf(2);
  });

  it('tells how far the server is, and when it tries again', async () => {
    client = follow({ reconnectMin: 500, reconnectMax: 600, firstPing: 1 });
    react = (frame, line) => {
      if (frame.op === 'ping') setTimeout(() => line.say({ op: 'pong' }), 30);
    };
    const measured: (number | null)[] = [];
    client.onLatency(() => measured.push(client.latency));
    client.open();
    await until(() => client.latency !== null);
    expect(client.latency).to.be.within(25, 5_000);
    expect(client.next).to.equal(null);
    const now = Date.now();
    lines[0]!.socket.terminate();
    await until(() => client.next !== null);
    expect(client.next?.attempt).to.equal(1);
    expect(client.next?.at).to.be.within(now + 500, now + 5_000);
    expect(measured.slice(-1)).to.deep.equal([null]);
  });

  it('ends for good when its token is revoked or no longer let in', async () => {
    client.open();
    const waiting = client.send('session:a', 'key-1', 'hello').catch((error: unknown) => error);
    await until(() => lines.length === 1 && lines[0]!.heard.length === 1);
    lines[0]!.socket.close(4001, 'revoked');
    await until(() => client.state === 'offline');
    expect(client.reason).to.equal('revoked');
    expect(await waiting).to.include({ code: 'socket.closed' });

    const refused = new MaestroSocket({ connect: () => Promise.reject(new RestError(401, 'x', 'no')), times: quick });
    refused.open();
    await until(() => refused.state === 'offline');
    expect(refused.reason).to.equal('unauthorized');
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
