import { tmpdir } from 'node:os';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { type Followed, Listener } from './listener.js';
import { dropHome, MaestroProcess } from './maestro-process.js';
import { newSession, type OneProvider, trio, trioHome, trioKeys } from './three-providers.js';

type Sims = Record<OneProvider['id'], ProviderSim>;

/** A server of its own with its three providers, and a client that listens to it. */
export class Site {
  #listener: Listener | undefined;

  private constructor(
    readonly server: MaestroProcess,
    readonly sims: Sims,
    private readonly home: string,
  ) {}

  /** Each provider has an origin, unless all shall share one. */
  static async start({ isShared = false } = {}): Promise<Site> {
    const one = await startProviderSim();
    const other = () => (isShared ? one : startProviderSim());
    const sims: Sims = { anthropic: one, openai: await other(), gemini: await other() };
    const home = await trioHome({ anthropic: one.url, openai: sims.openai.url, gemini: sims.gemini.url });
    const site = new Site(MaestroProcess.launch({ home, env: trioKeys }), sims, home);
    try {
      await site.#begin();
    } catch (error) {
      await site.close();
      throw error;
    }
    return site;
  }

  async #begin(): Promise<void> {
    await this.server.ready();
    this.#listener = await Listener.open(this.server);
    // What is slow only at first is none of the figures.
    for (const provider of trio) {
      const session = await this.follow(provider);
      for (let turn = 0; turn < 20; turn += 1) await took(session, 'list');
    }
  }

  async follow(provider: OneProvider): Promise<Followed> {
    const { session_id } = await newSession(this.server, provider, tmpdir());
    return this.#listener!.follow(session_id);
  }

  reset(): void {
    for (const sim of Object.values(this.sims)) sim.reset();
  }

  async close(): Promise<void> {
    this.#listener?.close();
    await this.server.stop();
    for (const sim of new Set(Object.values(this.sims))) await sim.close();
    await dropHome(this.home);
  }
}

/** How long a turn takes for the client. One that takes longer than `limitMs` is stopped, and took that long. */
export async function took(session: Followed, text: string, limitMs = 60_000): Promise<number> {
  const began = session.say(text);
  const ended = await session.perhaps(['turn.completed', 'turn.failed'], limitMs);
  if (ended?.event.type === 'turn.failed') throw new Error(`a turn failed: ${ended.event.data.error.message}`);
  if (ended) return ended.at - began;
  session.stop();
  await session.next('turn.cancelled', 'turn.completed');
  return limitMs;
}
