import type { Logger } from '../log.js';
import { MemoryLive } from './memory.js';
import type { Live } from './port.js';

/** By `redis.url`: `none` keeps to this process. */
export async function openLive(url: string, log: Logger): Promise<Live> {
  if (url === 'none') return new MemoryLive(log);
  // Loaded only where it is used: most installations have no Redis.
  const { RedisLive } = await import('./redis.js');
  return new RedisLive(url, log);
}
