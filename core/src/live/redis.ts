import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Dispose } from '../extension/registry.js';
import type { Logger } from '../log.js';
import { MemoryLive } from './memory.js';
import type { Live } from './port.js';

/** A presence that is not renewed for this long is of a process that died. */
const presenceMs = 15_000;
/** A hint is small; anything larger is not ours. */
const maxBytes = 1024 * 1024;

interface Envelope {
  v: 1;
  /** The process that sent it: it has heard itself already. */
  from: string;
  topic: string;
  message: unknown;
}

/**
 * Messages between processes through Redis. Subscribers of this process hear directly, so that without Redis
 * they still do; the other processes then hear nothing until it is back, and read the tables again.
 */
export class RedisLive implements Live {
  readonly #local: MemoryLive;
  readonly #log: Logger;
  readonly #prefix: string;
  readonly #id = randomUUID();
  readonly #commands: Redis;
  /** A connection that subscribes can do nothing else. */
  readonly #hearing: Redis;
  readonly #renewal: NodeJS.Timeout;
  readonly #reconnected = new Set<() => void>();
  #down = false;
  #listening = false;
  #closed = false;

  constructor(url: string, log: Logger, { prefix = 'maestro' } = {}) {
    this.#log = log;
    this.#local = new MemoryLive(log);
    this.#prefix = prefix;
    // With its defaults the client keeps commands for a server that may never come back.
    const options = {
      // It would name itself with a command that servers before 7.2 do not know.
      disableClientInfo: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      connectTimeout: 3000,
      retryStrategy: (attempt: number) => Math.min(100 * 2 ** Math.min(attempt, 6), 5000),
    };
    this.#commands = new Redis(url, options);
    this.#hearing = new Redis(url, { ...options, autoResubscribe: false });
    for (const client of [this.#commands, this.#hearing]) {
      client.on('error', (cause) => this.#lost(cause));
      client.on('close', () => this.#lost(undefined));
    }
    this.#commands.on('ready', () => {
      this.#renew();
      this.#back();
    });
    this.#hearing.on('ready', () => void this.#listen());
    this.#hearing.on('close', () => {
      this.#listening = false;
    });
    this.#hearing.on('message', (_channel, text) => this.#hear(text));
    this.#renewal = setInterval(() => this.#renew(), presenceMs / 3).unref();
  }

  publish(topic: string, message: unknown): void {
    this.#local.publish(topic, message);
    const envelope: Envelope = { v: 1, from: this.#id, topic, message };
    this.#try(this.#commands.publish(this.#channel, JSON.stringify(envelope)));
  }

  subscribe(topic: string, fn: (message: unknown) => void): Dispose {
    return this.#local.subscribe(topic, fn);
  }

  enter(topic: string, member: string): Dispose {
    const leave = this.#local.enter(topic, member);
    this.#renew();
    return async () => {
      await leave();
      if ((await this.#local.present(topic)).includes(member)) return;
      this.#try(this.#commands.zrem(this.#key(topic), this.#member(member)));
    };
  }

  async present(topic: string): Promise<string[]> {
    const here = await this.#local.present(topic);
    const others = await this.#commands
      .zrangebyscore(this.#key(topic), Date.now() - presenceMs, '+inf')
      .catch((cause: unknown) => {
        this.#lost(cause);
        return [];
      });
    // What this process knows of itself is newer than what it wrote.
    const elsewhere = others.filter((entry) => !entry.startsWith(`${this.#id} `));
    return [...new Set([...here, ...elsewhere.map((entry) => entry.slice(entry.indexOf(' ') + 1))])].sort();
  }

  health(): 'ok' | 'down' {
    return this.#listening && this.#commands.status === 'ready' && !this.#down ? 'ok' : 'down';
  }

  /** Called each time messages may have been missed: whoever follows something reads it again. */
  onReconnect(fn: () => void): Dispose {
    this.#reconnected.add(fn);
    return () => void this.#reconnected.delete(fn);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#renewal);
    const left = this.#local
      .entered()
      .map(({ topic, member }) => this.#commands.zrem(this.#key(topic), this.#member(member)).catch(() => 0));
    await Promise.all(left);
    await this.#local.close();
    this.#commands.disconnect();
    this.#hearing.disconnect();
  }

  get #channel(): string {
    return `${this.#prefix}:live`;
  }

  #key(topic: string): string {
    return `${this.#prefix}:present:${topic}`;
  }

  #member(member: string): string {
    return `${this.#id} ${member}`;
  }

  async #listen(): Promise<void> {
    try {
      await this.#hearing.subscribe(this.#channel);
      this.#listening = true;
      this.#back();
      for (const tell of this.#reconnected) tell();
    } catch (cause) {
      this.#lost(cause);
    }
  }

  #back(): void {
    if (!this.#down || this.#commands.status !== 'ready' || this.#hearing.status !== 'ready') return;
    this.#down = false;
    this.#log.info('redis is back');
  }

  #hear(text: string): void {
    const envelope = parse(text);
    if (!envelope) this.#log.warn('a message on the redis channel was not ours and is ignored');
    else if (envelope.from !== this.#id) this.#local.publish(envelope.topic, envelope.message);
  }

  #renew(): void {
    if (this.#commands.status !== 'ready') return;
    const now = Date.now();
    for (const { topic, member } of this.#local.entered()) {
      const key = this.#key(topic);
      const renewed = this.#commands
        .multi()
        .zadd(key, now, this.#member(member))
        .zremrangebyscore(key, '-inf', now - presenceMs)
        .pexpire(key, presenceMs * 2)
        .exec();
      this.#try(renewed);
    }
  }

  /** Sends and forgets: what does not arrive is read from the tables later. */
  #try(sent: Promise<unknown>): void {
    sent.catch((cause: unknown) => this.#lost(cause));
  }

  /** Tells once per outage. */
  #lost(cause: unknown): void {
    if (this.#closed || this.#down) return;
    this.#down = true;
    this.#log.warn('redis is not reachable; other processes hear late until it is back', { cause });
  }
}

function parse(text: string): Envelope | undefined {
  if (text.length > maxBytes) return undefined;
  try {
    const value: Partial<Envelope> | null = JSON.parse(text);
    const ours = value?.v === 1 && typeof value.from === 'string' && typeof value.topic === 'string';
    return ours ? (value as Envelope) : undefined;
  } catch {
    // Anybody may write to a shared Redis.
    return undefined;
  }
}
