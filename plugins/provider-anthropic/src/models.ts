import { type Credential, type Http, headerOf, type Model, type WireProfile } from '@maestro/core';
import { prd } from './profiles/prd.js';

export interface ModelFacts extends Model {
  contextTokens: number;
  /** What we ask for at most in one reply; what the model could give may be more. */
  maxTokens: number;
  /** How the model is told to think: it decides, it gets a budget, or it cannot. */
  thinking: 'adaptive' | 'budget' | 'none';
}

const adaptive = (id: string, label: string): ModelFacts => ({
  id,
  label,
  contextTokens: 1_000_000,
  maxTokens: 64_000,
  thinking: 'adaptive',
});

const budget = (id: string, label: string): ModelFacts => ({
  id,
  label,
  contextTokens: 200_000,
  maxTokens: 32_000,
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
  adaptive('claude-sonnet-4-6', 'Claude Sonnet 4.6'),
  budget('claude-haiku-4-5', 'Claude Haiku 4.5'),
];

/** Facts on any model, also one we never heard of: then by the version in its name, careful where there is none. */
export function factsOf(id: string): ModelFacts {
  const known = MODELS.find((model) => model.id === id);
  if (known) return known;
  const [, major = 0, minor = 0] = /-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$/.exec(id)?.map(Number) ?? [];
  if (major > 4 || (major === 4 && minor >= 6)) return adaptive(id, id);
  if (major === 4) return budget(id, id);
  return { id, label: id, contextTokens: 200_000, maxTokens: 8_000, thinking: 'none' };
}

export interface Refresh {
  http: Http;
  origin: string;
  /** Path of the base URL, without a slash at its end. */
  basePath: string;
  credential: Credential;
  signal: AbortSignal;
}

/** What the server offers now. Throws when it cannot be asked. */
export async function fetchModels({ http, origin, basePath, credential, signal }: Refresh): Promise<Model[]> {
  const profile: WireProfile = {
    id: 'anthropic/api_key/models',
    method: 'GET',
    path: `${basePath}/v1/models?limit=1000`,
    headers: prd.headers.filter(([name]) => name !== 'anthropic-beta'),
  };
  const slots = { api_key: credential.secrets.api_key };
  const response = await http.send(http.render({ profile, origin, slots, body: Buffer.alloc(0) }), { signal });
  const chunks: Buffer[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  if (response.status !== 200) throw new Error(`${origin} answered ${response.status} to the list of models`);
  const type = headerOf(response.headers, 'content-type') ?? 'no type';
  if (!type.includes('json')) throw new Error(`${origin} answered ${type} to the list of models`);
  const { data } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { data: Listed[] };
  return data.map(({ id, display_name, max_input_tokens }) => ({
    id,
    label: display_name ?? id,
    contextTokens: max_input_tokens ?? MODELS.find((model) => model.id === id)?.contextTokens ?? null,
  }));
}

interface Listed {
  id: string;
  display_name?: string;
  max_input_tokens?: number | null;
}
