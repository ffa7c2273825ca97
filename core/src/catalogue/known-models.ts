import type { Config } from '../config/schema.js';
import type { Model } from '../extension/provider.js';
import type { ModelCapabilities, ModelPrice, ModelResource } from '../protocol/resources.js';
import type { ModelSizes } from '../session/compaction-budget.js';
import { libraryWindow } from '../usage/library-rates.js';

/** What is known of models besides what providers say. */
export interface KnownModels {
  settings: Config['models'];
  prices: { of(provider: string, model: string): ModelPrice | null };
}

type Facts = Config['models'][string];

/** The models of a list, and those the configuration adds as `provider/model`. */
export function withSettings(provider: string, models: readonly Model[], known: KnownModels): ModelResource[] {
  const listed = new Set(models.map(({ id }) => id));
  const added = Object.keys(known.settings)
    .filter((key) => key.startsWith(`${provider}/`))
    .map((key) => key.slice(provider.length + 1))
    .filter((id) => !listed.has(id))
    .map((id): Model => ({ id, label: id, contextTokens: null }));
  return [...models, ...added].map((model) => resource(provider, model, known));
}

/** Tokens of the window; null where nobody knows. */
export function windowOf(provider: string, id: string, models: readonly Model[], known: KnownModels): number | null {
  const facts = factsOf(provider, id, known);
  const listed = models.find((model) => model.id === id)?.contextTokens;
  return facts.contextTokens ?? listed ?? libraryWindow(provider, id) ?? null;
}

/** Tokens of the window and of the longest reply; null where nobody knows. */
export function sizesOf(provider: string, id: string, models: readonly Model[], known: KnownModels): ModelSizes {
  const listed = models.find((model) => model.id === id)?.outputTokens;
  return {
    contextTokens: windowOf(provider, id, models, known),
    outputTokens: factsOf(provider, id, known).outputTokens ?? listed ?? null,
  };
}

/** What the configuration says, else the list. */
export function capabilitiesOf(
  provider: string,
  { id, capabilities }: Pick<Model, 'id' | 'capabilities'>,
  known: KnownModels,
): ModelCapabilities {
  const facts = factsOf(provider, id, known);
  return {
    images: facts.images ?? capabilities?.images ?? null,
    files: facts.files ?? capabilities?.files ?? null,
    thinking: facts.thinking ?? capabilities?.thinking ?? null,
    tools: facts.tools ?? capabilities?.tools ?? null,
  };
}

function resource(provider: string, model: Model, known: KnownModels): ModelResource {
  const { id, label, outputTokens } = model;
  const facts = factsOf(provider, id, known);
  return {
    id,
    label,
    context_tokens: windowOf(provider, id, [model], known),
    output_tokens: facts.outputTokens ?? outputTokens ?? null,
    capabilities: capabilitiesOf(provider, model, known),
    price: known.prices.of(provider, id),
  };
}

function factsOf(provider: string, model: string, { settings }: KnownModels): Facts {
  const key = [`${provider}/${model}`, model].find((each) => Object.hasOwn(settings, each));
  return key === undefined ? {} : settings[key]!;
}
