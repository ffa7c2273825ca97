import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { MemoryLive } from '../../src/live/memory.js';
import { openLive } from '../../src/live/open.js';
import { deltaTopic, type Live } from '../../src/live/port.js';
import { RedisLive } from '../../src/live/redis.js';
import { createLog, silentLog } from '../../src/log.js';

const redisUrl = process.env.MAESTRO_TEST_REDIS_URL;

/** Asks again until it is so; the limit of the test ends a wait in vain. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}

interface Kind {
  name: string;
  open(): Promise<Live>;
}

const kinds: Kind[] = [{ name: 'in memory', open: async () => new MemoryLive(silentLog) }];
if (redisUrl) {
  kinds.push({
    name: 'through Redis',
    async open() {
      const live = new RedisLive(redisUrl, silentLog, { prefix: `test-${randomUUID()}` });
      await until(() => live.health() === 'ok');
      return live;
    },
  });
}

for (const { name, open } of kinds) {
  describe(`live, ${name}`, () => {
    let live: Live;
    beforeEach(async () => {
      live = await open();
    });
    afterEach(() => live.close());

    it('tells every subscriber of the topic, in order, at once, and nobody else', () => {
      const heard: unknown[] = [];
      live.subscribe('a', (message) => heard.push(['one', message]));
      live.subscribe('a', (message) => heard.push(['two', message]));
      live.subscribe('b', (message) => heard.push(['other', message]));
      live.publish('a', { n: 1 });
      live.publish('a', 'words');
      expect(heard).to.deep.equal([
        ['one', { n: 1 }],
        ['two', { n: 1 }],
        ['one', 'words'],
        ['two', 'words'],
      ]);
    });

    it('stops telling one who left, also in the middle of a message, and only that one', async () => {
      const heard: string[] = [];
      const fn = () => heard.push('fn');
      const first = live.subscribe('a', fn);
      live.subscribe('a', fn);
      live.publish('a', 1);
      await first();
      await first();
      live.publish('a', 2);
      expect(heard).to.deep.equal(['fn', 'fn', 'fn']);
    });

    it('goes on past a subscriber that throws', () => {
      const heard: unknown[] = [];
      live.subscribe('a', () => {
        throw new Error('deaf');
      });
      live.subscribe('a', (message) => heard.push(message));
      live.publish('a', 1);
      expect(heard).to.deep.equal([1]);
    });

    it('does not mind topics nobody listens to', () => {
      expect(() => live.publish('nobody', 1)).to.not.throw();
    });

    it('knows who is there, each once, until they leave', async () => {
      const leave = live.enter('room', 'ann');
      const leaveAgain = live.enter('room', 'ann');
      live.enter('room', 'bob');
      live.enter('elsewhere', 'eve');
      expect(await live.present('room')).to.deep.equal(['ann', 'bob']);
      await leave();
      expect(await live.present('room')).to.deep.equal(['ann', 'bob']);
      await leaveAgain();
      await leaveAgain();
      expect(await live.present('room')).to.deep.equal(['bob']);
      expect(await live.present('empty')).to.deep.equal([]);
    });

    it('tells nothing more once it is closed', async () => {
      const heard: unknown[] = [];
      live.subscribe('a', (message) => heard.push(message));
      await live.close();
      live.publish('a', 1);
      expect(heard).to.deep.equal([]);
    });
  });
}

describe('live', () => {
  it('is of this process alone without a Redis', async () => {
    const live = await openLive('none', silentLog);
    expect(live).to.be.instanceOf(MemoryLive);
    expect(live.health()).to.equal('none');
    await live.close();
  });

  it('has a topic of its own for the running text of each conversation', () => {
    expect(deltaTopic('c1')).to.equal('session:c1');
  });
});

if (redisUrl) {
  describe('live between two processes, through Redis', () => {
    const opened: Live[] = [];
    let prefix: string;
    beforeEach(() => {
      prefix = `test-${randomUUID()}`;
    });
    afterEach(() => Promise.all(opened.splice(0).map((live) => live.close())));
    const open = async (log = silentLog, url = redisUrl) => {
      const live = new RedisLive(url, log, { prefix });
      opened.push(live);
      await until(() => live.health() === 'ok');
      return live;
    };

    it('is chosen by a redis URL', async () => {
      const live = await openLive(redisUrl, silentLog);
      opened.push(live);
      expect(live).to.be.instanceOf(RedisLive);
    });

    it('carries messages to the other process, and to the own once', async () => {
      const [here, there] = await Promise.all([open(), open()]);
      const heard: unknown[] = [];
      here.subscribe('a', (message) => heard.push(['here', message]));
      there.subscribe('a', (message) => heard.push(['there', message]));
      here.publish('a', { text: 'ü\n"' });
      there.publish('a', 2);
      await until(() => heard.length === 4);
      expect(heard).to.have.deep.members([
        ['here', { text: 'ü\n"' }],
        ['there', { text: 'ü\n"' }],
        ['there', 2],
        ['here', 2],
      ]);
    });

    it('sees who is at the other process, until they leave or that process stops', async () => {
      const [here, there] = await Promise.all([open(), open()]);
      here.enter('room', 'ann');
      const leave = there.enter('room', 'bob');
      there.enter('room', 'cyd');
      await until(async () => (await here.present('room')).length === 3);
      await leave();
      await until(async () => (await here.present('room')).length === 2);
      await there.close();
      await until(async () => (await here.present('room')).length === 1);
      expect(await here.present('room')).to.deep.equal(['ann']);
    });

    it('does not count who belongs to a process that died', async () => {
      const here = await open();
      const redis = new Redis(redisUrl);
      await redis.zadd(`${prefix}:present:room`, Date.now() - 60_000, 'dead-process zoe');
      expect(await here.present('room')).to.deep.equal([]);
      await redis.quit();
    });

    it('ignores garbage on its channel, says so, and goes on', async () => {
      const lines: string[] = [];
      const here = await open(createLog({ sinks: [{ write: (line) => lines.push(line) }] }));
      const heard: unknown[] = [];
      here.subscribe('a', (message) => heard.push(message));
      const redis = new Redis(redisUrl);
      const garbage = ['', 'null', '{', '[1]', '{"v":2,"from":"x","topic":"a","message":1}', '{"v":1,"topic":"a"}'];
      for (const text of [...garbage, 'x'.repeat(1024 * 1024 + 1)]) await redis.publish(`${prefix}:live`, text);
      await redis.publish(`${prefix}:live`, JSON.stringify({ v: 1, from: 'other', topic: 'a', message: 'good' }));
      await until(() => heard.length > 0);
      expect(heard).to.deep.equal(['good']);
      expect(lines.filter((line) => line.includes('not ours'))).to.have.length(garbage.length + 1);
      await redis.quit();
    });

    it('reconnects after its connections are cut, says so once each, and hears again', async () => {
      const lines: string[] = [];
      const proxy = await proxyTo(redisUrl);
      const [here, there] = await Promise.all([
        open(createLog({ sinks: [{ write: (line) => lines.push(line) }] }), proxy.url),
        open(),
      ]);
      let missed = 0;
      const undo = here.onReconnect(() => missed++);
      proxy.cut();
      await until(() => missed === 1 && here.health() === 'ok');
      await undo();
      const heard: unknown[] = [];
      here.subscribe('a', (message) => heard.push(message));
      there.publish('a', 'again');
      await until(() => heard.length === 1);
      const told = lines.map((line) => JSON.parse(line).msg as string);
      expect(told[0]).to.contain('redis is not reachable');
      expect(told.filter((text) => text === 'redis is back')).to.have.length(1);
      await here.close();
      await proxy.close();
    });
  });
}

describe('R6 live with a Redis that is not there', () => {
  it('serves its own process at once and says once that the others hear late', async () => {
    const lines: string[] = [];
    const log = createLog({ sinks: [{ write: (line) => lines.push(line) }] });
    const live = new RedisLive(`redis://127.0.0.1:${await freePort()}`, log);
    const heard: unknown[] = [];
    live.subscribe('a', (message) => heard.push(message));
    live.publish('a', 1);
    expect(heard).to.deep.equal([1]);
    const leave = live.enter('room', 'ann');
    expect(await live.present('room')).to.deep.equal(['ann']);
    await leave();
    expect(await live.present('room')).to.deep.equal([]);
    expect(live.health()).to.equal('down');
    await live.close();
    expect(lines.filter((line) => line.includes('redis is not reachable'))).to.have.length(1);
  });
});

/** A way to Redis that can be cut without disturbing others who use it. */
async function proxyTo(target: string) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port || 6379) });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    cut();
    server.close();
    await once(server, 'close');
  };
  return { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, cut, close };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
