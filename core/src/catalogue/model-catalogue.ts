import { setTimeout as after } from 'node:timers/promises';
import type { Config } from '../config/schema.js';
import type { Credential, Model, Provider } from '../extension/provider.js';
import type { Providers } from '../extension/registry.js';
import type { Logger } from '../log.js';
import type { ModelCapabilities, ModelPrice, ModelResource, Session } from '../protocol/resources.js';
import type { ModelSizes } from '../session/compaction-budget.js';
import { capabilitiesOf, type KnownModels, sizesOf, windowOf, withSettings } from './known-models.js';
import type { ModelLists } from './model-lists.js';

export interface CatalogueParts {
  lists: ModelLists;
  providers: Providers;
  credentials: { pick(provider: string, accepted?: readonly string[]): Promise<Credential | undefined> };
  prices: { of(provider: string, model: string): ModelPrice | null };
  settings: Config['models'];
  log: Logger;
}

const ASK_TIMEOUT_MS = 30_000;
const SIZES_TIMEOUT_MS = 1_000;

/**
 * Models of every provider: as its server lists them, kept in the database, with what the configuration and the
 * price library know on top. A model that stands in no list may be used all the same.
 */
export class ModelCatalogue {
  readonly #known = new Map<string, Model[]>();
  readonly #loading = new Map<string, Promise<Model[]>>();
  readonly #settings: KnownModels;

  constructor(private readonly parts: CatalogueParts) {
    this.#settings = { settings: parts.settings, prices: parts.prices };
  }

  /** The price of a short call now; null: not known. */
  priceOf(provider: string, model: string): ModelPrice | null {
    return this.parts.prices.of(provider, model);
  }

  /** @param refresh asks the provider's server; one that does not answer leaves the list as it was */
  async list(provider: Provider, { refresh }: { refresh: boolean }): Promise<ModelResource[]> {
    const models = refresh ? await this.#ask(provider) : (this.#known.get(provider.id) ?? (await this.#load(provider)));
    return withSettings(provider.id, models, this.#settings);
  }

  /** Asks the server of every provider that has a credential, or needs none. */
  async refreshAll(): Promise<void> {
    for (const provider of this.parts.providers.all()) await this.#ask(provider);
  }

  /** The session with the window of its model, as far as it is known by now. Never waits. */
  fill(session: Session): Session {
    const { provider: id, model } = session;
    const provider = this.parts.providers.find(id);
    if (provider && !this.#known.has(id)) void this.#load(provider);
    const window_tokens = windowOf(id, model, this.#known.get(id) ?? [], this.#settings);
    return { ...session, context: { ...session.context, window_tokens } };
  }

  /** Waits for the list of the provider where it was not read yet, though not for one that takes long: a call waits for this. */
  async sizes(provider: string, model: string): Promise<ModelSizes> {
    const found = this.parts.providers.find(provider);
    const models = this.#known.get(provider) ?? (found ? await this.#soon(found) : []);
    return sizesOf(provider, model, models, this.#settings);
  }

  /** What a model can do, as far as it is known by now. Never waits. */
  capabilities(id: string, model: string): ModelCapabilities {
    const provider = this.parts.providers.find(id);
    if (provider && !this.#known.has(id)) void this.#load(provider);
    const listed = this.#known.get(id)?.find((known) => known.id === model);
    return capabilitiesOf(id, listed ?? { id: model }, this.#settings);
  }

  #soon(provider: Provider): Promise<Model[]> {
    return Promise.race([this.#load(provider), after(SIZES_TIMEOUT_MS, [], { ref: false })]);
  }

  async #ask(provider: Provider): Promise<Model[]> {
    const { credentials, lists, log } = this.parts;
    try {
      const credential = provider.auth.length > 0 ? await credentials.pick(provider.id, provider.auth) : undefined;
      if (!credential && provider.auth.length > 0) return await this.#load(provider);
      const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
      const models = await provider.models({ signal, refresh: true, credential });
      this.#known.set(provider.id, models);
      await lists.keep(provider.id, credential?.id ?? '', models);
      return models;
    } catch (cause) {
      log.warn(`the models of ${provider.id} cannot be listed anew`, { cause });
      return this.#known.get(provider.id) ?? this.#load(provider);
    }
  }

  /** What was kept of an earlier answer, else what the provider knows without asking. Loaded once for all who wait. */
  #load(provider: Provider): Promise<Model[]> {
    const loading = this.#loading.get(provider.id);
    if (loading) return loading;
    const begun = this.#read(provider).finally(() => this.#loading.delete(provider.id));
    this.#loading.set(provider.id, begun);
    return begun;
  }

  async #read(provider: Provider): Promise<Model[]> {
    const { lists, log } = this.parts;
    try {
      const kept = await lists.newest(provider.id);
      const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
      const models = kept ?? (await provider.models({ signal, refresh: false }));
      return this.#first(provider.id, models);
    } catch (cause) {
      log.warn(`the models of ${provider.id} cannot be listed`, { cause });
      // Not asked for again with every session that is shown; a refresh brings them.
      return this.#first(provider.id, []);
    }
  }

  /** What the server said meanwhile counts above what was read. */
  #first(provider: string, models: Model[]): Model[] {
    const known = this.#known.get(provider) ?? models;
    this.#known.set(provider, known);
    return known;
  }
}
