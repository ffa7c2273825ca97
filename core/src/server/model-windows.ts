import type { Providers } from '../extension/registry.js';
import type { Logger } from '../log.js';
import type { Session } from '../protocol/resources.js';

const LOAD_TIMEOUT_MS = 30_000;

/** How large the window of a model is: a fact of the provider that the store does not know. Never waits for one. */
export class ModelWindows {
  readonly #known = new Map<string, ReadonlyMap<string, number | null>>();
  readonly #loading = new Set<string>();

  constructor(
    private readonly providers: Providers,
    private readonly log: Logger,
  ) {}

  fill(session: Session): Session {
    const window_tokens = this.#of(session.provider, session.model);
    return { ...session, context: { ...session.context, window_tokens } };
  }

  /** Models that were just listed, so that they need not be asked for again. */
  learn(provider: string, models: readonly { id: string; contextTokens: number | null }[]): void {
    this.#known.set(provider, new Map(models.map(({ id, contextTokens }) => [id, contextTokens])));
  }

  #of(provider: string, model: string): number | null {
    const models = this.#known.get(provider);
    if (!models) void this.load(provider);
    return models?.get(model) ?? null;
  }

  async load(id: string): Promise<void> {
    const provider = this.providers.find(id);
    if (!provider || this.#loading.has(id)) return;
    this.#loading.add(id);
    try {
      this.learn(id, await provider.models({ signal: AbortSignal.timeout(LOAD_TIMEOUT_MS), refresh: false }));
    } catch (cause) {
      this.log.warn(`the models of ${id} cannot be listed`, { cause });
    } finally {
      this.#loading.delete(id);
    }
  }
}
