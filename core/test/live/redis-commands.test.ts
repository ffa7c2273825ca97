import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { RedisLive } from '../../src/live/redis.js';
import { silentLog } from '../../src/log.js';

const redisUrl = process.env.MAESTRO_TEST_REDIS_URL;

/** Every command the port sends, after the reference of Redis, with the version that brought it. */
const commands: Readonly<Record<string, string>> = {
  exec: '1.2.0',
  hello: '6.0.0',
  info: '1.0.0',
  multi: '1.2.0',
  pexpire: '2.6.0',
  ping: '1.0.0',
  publish: '2.0.0',
  subscribe: '2.0.0',
  unsubscribe: '2.0.0',
  zadd: '1.2.0',
  zrangebyscore: '1.0.5',
  zrem: '1.2.0',
  zremrangebyscore: '1.2.0',
};

/** Notes what every connection of this process sends while it is held. */
function noting(): { sent: Set<string>; [Symbol.dispose](): void } {
  const sent = new Set<string>();
  const { sendCommand } = Redis.prototype;
  Redis.prototype.sendCommand = function note(this: Redis, ...given) {
    sent.add(given[0].name.toLowerCase());
    return sendCommand.apply(this, given);
  };
  return {
    sent,
    [Symbol.dispose]() {
      Redis.prototype.sendCommand = sendCommand;
    },
  };
}

if (redisUrl) {
  describe('Redis', () => {
    it('answers PING', async () => {
      const redis = new Redis(redisUrl);
      expect(await redis.ping()).to.equal('PONG');
      await redis.quit();
    });

    it('is sent the listed commands and no others through a life of the port', async () => {
      using noted = noting();
      const heard = Promise.withResolvers<unknown>();
      const prefix = `test-${randomUUID()}`;
      const [one, two] = [
        new RedisLive(redisUrl, silentLog, { prefix }),
        new RedisLive(redisUrl, silentLog, { prefix }),
      ];
      while ([one, two].some((live) => live.health() !== 'ok')) await new Promise((resolve) => setTimeout(resolve, 5));
      const leave = two.subscribe('topic', heard.resolve);
      while ((await subscribers(redisUrl, prefix)) < 1) await new Promise((resolve) => setTimeout(resolve, 5));
      one.publish('topic', 'words');
      expect(await heard.promise).to.equal('words');
      await leave();
      await Promise.all([one.close(), two.close()]);
      // Of the test itself.
      noted.sent.delete('pubsub');
      noted.sent.delete('quit');
      expect([...noted.sent].filter((name) => !(name in commands))).to.deep.equal([]);
      expect([...noted.sent]).to.include.members(['publish', 'subscribe']);
    });

    it('has had each of these commands since 6.2 or longer, as it says itself', async () => {
      const redis = new Redis(redisUrl);
      for (const [name, since] of Object.entries(commands)) {
        const [major = 0, minor = 0] = since.split('.').map(Number);
        expect(major * 100 + minor, name).to.be.at.most(602);
        // Servers before 7 do not document themselves; there the command itself must be known.
        const [documented] = (await redis.call('COMMAND', 'INFO', name)) as unknown[];
        expect(documented, name).to.be.an('array');
      }
      await redis.quit();
    });
  });
}

async function subscribers(url: string, prefix: string): Promise<number> {
  const redis = new Redis(url, { disableClientInfo: true });
  const channels = (await redis.pubsub('CHANNELS', `${prefix}*`)) as string[];
  await redis.quit();
  return channels.length;
}
