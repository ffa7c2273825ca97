import type { Model, PreparedRequest, SendOnce } from '@maestro/core';
import { jsonOf, type Secrets } from './answer.js';

export interface ModelFacts extends Model {
  contextTokens: number;
  /** The longest reply it can give; less where nobody told. */
  outputTokens: number;
  /** How the model is told to think: it decides, it gets a budget, or it cannot. */
  thinking: 'adaptive' | 'budget' | 'none';
}

const adaptive = (id: string, label: string, outputTokens = 128_000): ModelFacts => ({
  id,
  label,
  contextTokens: 1_000_000,
  outputTokens,
  thinking: 'adaptive',
});

const budget = (id: string, label: string, outputTokens = 64_000): ModelFacts => ({
  id,
  label,
  contextTokens: 200_000,
  outputTokens,
  thinking: 'budget',
});

/**
 * Models known without asking. Ids: types of `@anthropic-ai/sdk` 1.14.0. Sizes and thinking: the model pages of
 * platform.claude.com/docs/en/models (1M tokens for 4.6 and later, 200k before), read 2026-11-26.
 */
export const MODELS: readonly ModelFacts[] = [
  adaptive('claude-opus-5-5', 'Claude Opus 5.5'),
  adaptive('claude-sonnet-5-5', 'Claude Sonnet 5.5'),
  adaptive('claude-haiku-5-5', 'Claude Haiku 5.5'),
  adaptive('claude-fable-5-2', 'Claude Fable 5.2'),
  adaptive('claude-opus-5', 'Claude Opus 5'),
  adaptive('claude-sonnet-5', 'Claude Sonnet 5'),
  adaptive('claude-opus-4-8', 'Claude Opus 4.8'),
  adaptive('claude-opus-4-7', 'Claude Opus 4.7'),
  adaptive('claude-opus-4-6', 'Claude Opus 4.6'),
  adaptive('claude-sonnet-4-6', 'Claude Sonnet 4.6', 64_000),
  budget('claude-haiku-4-5', 'Claude Haiku 4.5'),
];

/** Facts on any model, also one we never heard of: then by the version in its name, careful where there is none. */
export function factsOf(id: string): ModelFacts {
  const known = MODELS.find((model) => model.id === id);
  if (known) return known;
  const [, major = 0, minor = 0] = /-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$/.exec(id)?.map(Number) ?? [];
  if (major > 4 || (major === 4 && minor >= 6)) return adaptive(id, id, major > 4 ? 128_000 : 64_000);
  if (major === 4) return budget(id, id, minor === 5 ? 64_000 : 32_000);
  return { id, label: id, contextTokens: 200_000, outputTokens: 8_000, thinking: 'none' };
}

/** What the server offers now. @throws ProviderError when it cannot be asked or refuses */
export async function fetchModels(prepared: PreparedRequest, secrets: Secrets, send: SendOnce): Promise<Model[]> {
  const { data } = await jsonOf(await send(prepared), secrets);
  return (Array.isArray(data) ? data.filter(isListed) : []).map((listed) => {
    const known = MODELS.find(({ id }) => id === listed.id);
    return {
      id: listed.id,
      label: listed.display_name ?? listed.id,
      contextTokens: listed.max_input_tokens ?? known?.contextTokens ?? null,
      outputTokens: listed.max_tokens ?? known?.outputTokens ?? null,
      capabilities: capabilitiesOf(listed.id, listed.capabilities),
    };
  });
}

/** Models known without asking. */
export const builtIn = (): Model[] =>
  MODELS.map(({ id, label, contextTokens, outputTokens }) => ({
    ...{ id, label, contextTokens, outputTokens },
    capabilities: capabilitiesOf(id),
  }));

interface Listed {
  id: string;
  display_name?: string;
  max_input_tokens?: number | null;
  max_tokens?: number | null;
  capabilities?: Readonly<Record<string, { supported?: boolean } | undefined>> | null;
}

const isListed = (item: unknown): item is Listed => typeof (item as Listed | null)?.id === 'string';

/** Every model of this API calls tools; the rest is as the list says, else as the version in its name suggests. */
function capabilitiesOf(id: string, listed?: Listed['capabilities']): NonNullable<Model['capabilities']> {
  return {
    images: listed?.image_input?.supported ?? true,
    files: listed?.pdf_input?.supported ?? true,
    thinking: listed?.thinking?.supported ?? factsOf(id).thinking !== 'none',
    tools: true,
  };
}
