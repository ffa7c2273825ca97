import { type Http, headerOf, type Model, type PreparedRequest } from '@maestro/core';
import { errorOfResponse } from './errors.js';

export interface ModelFacts extends Model {
  contextTokens: number;
  outputTokens: number;
  /** It reasons before it answers, and takes settings for that. */
  thinks: boolean;
}

const facts = (
  id: string,
  label: string,
  [contextTokens, outputTokens]: readonly [number, number],
  thinks = true,
): ModelFacts => ({
  id,
  label,
  contextTokens,
  outputTokens,
  thinks,
  capabilities: { images: true, files: true, thinking: thinks, tools: true },
});

const LARGE = [1_050_000, 128_000] as const;
const MEDIUM = [400_000, 128_000] as const;
const OLDER = [200_000, 100_000] as const;

/**
 * Models known without asking. Ids: types of `openai` 7.57.0. Sizes: model pages of developers.openai.com and of
 * resellers that repeat them, read 2026-11-27.
 */
export const MODELS: readonly ModelFacts[] = [
  facts('gpt-6.1-sol', 'GPT-6.1 Sol', LARGE),
  facts('gpt-6.1-terra', 'GPT-6.1 Terra', LARGE),
  facts('gpt-6-astra', 'GPT-6 Astra', LARGE),
  facts('gpt-6-sol', 'GPT-6 Sol', LARGE),
  facts('gpt-6-luna', 'GPT-6 Luna', LARGE),
  facts('gpt-5.6-sol', 'GPT-5.6 Sol', LARGE),
  facts('gpt-5.6-terra', 'GPT-5.6 Terra', LARGE),
  facts('gpt-5.6-luna', 'GPT-5.6 Luna', LARGE),
  facts('gpt-5.5', 'GPT-5.5', LARGE),
  facts('gpt-5.4', 'GPT-5.4', LARGE),
  facts('gpt-5.4-mini', 'GPT-5.4 mini', MEDIUM),
  facts('gpt-5.4-nano', 'GPT-5.4 nano', MEDIUM),
  facts('gpt-5.2', 'GPT-5.2', MEDIUM),
  facts('gpt-5.1', 'GPT-5.1', MEDIUM),
  facts('gpt-5', 'GPT-5', MEDIUM),
  facts('gpt-5-mini', 'GPT-5 mini', MEDIUM),
  facts('o3', 'o3', OLDER),
  facts('o4-mini', 'o4-mini', OLDER),
  facts('gpt-4.1', 'GPT-4.1', [1_047_576, 32_768], false),
  facts('gpt-4.1-mini', 'GPT-4.1 mini', [1_047_576, 32_768], false),
  facts('gpt-4o', 'GPT-4o', [128_000, 16_384], false),
  facts('gpt-4o-mini', 'GPT-4o mini', [128_000, 16_384], false),
];

/** What a ChatGPT account offers has a smaller window. Not documented: as other open programs list it, 2026-11-27. */
const ACCOUNT = [
  'gpt-6.1-sol',
  'gpt-6-astra',
  'gpt-6-sol',
  'gpt-6-luna',
  'gpt-5.6-sol',
  'gpt-5.6-terra',
  'gpt-5.6-luna',
];

export const accountModels = (): Model[] => ACCOUNT.map((id) => ({ ...asModel(factsOf(id)), contextTokens: 272_000 }));

export const builtInModels = (): Model[] => MODELS.map(asModel);

function asModel({ thinks: _, ...model }: ModelFacts): Model {
  return model;
}

/** Facts on any model, also a dated, tuned or unknown one: then by the family in its name. */
export function factsOf(id: string): ModelFacts {
  const name = id.replace(/^ft:/, '').replace(/:.*$/, '');
  const known = MODELS.find((model) => model.id === name.replace(/-\d{4}-\d{2}-\d{2}$/, ''));
  if (known) return known.id === id ? known : { ...known, id, label: id };
  const thinks = isNewer(id) && !/-chat-latest$/.test(id);
  return { ...facts(id, id, isNewer(id) ? MEDIUM : [128_000, 16_384], thinks) };
}

/** Families that reason. */
const isNewer = (id: string): boolean => /^(?:ft:)?(?:gpt-(?:[5-9]|\d\d)|gpt-[a-z]+-|o\d|codex)/.test(id);

/** Families that are older than the Responses API. */
export const isOlder = (id: string): boolean => /^(?:ft:)?(?:gpt-[34]|chatgpt-4)/.test(id);

/** Names of models one cannot talk to in text. */
const OTHER =
  /audio|realtime|tts|transcribe|translate|whisper|image|dall-e|sora|embed|moderation|instruct|search|rerank|babbage|davinci|computer-use|deep-research|\blive\b/;

interface Listed {
  id?: unknown;
  name?: unknown;
  /** Names that other servers of this API use. */
  context_length?: unknown;
  max_model_len?: unknown;
  max_completion_tokens?: unknown;
}

/** What the server offers now, as far as one can talk to it. Throws when it cannot be asked. */
export async function fetchModels(http: Http, prepared: PreparedRequest, signal: AbortSignal): Promise<Model[]> {
  const response = await http.send(http.render(prepared), { signal });
  const chunks: Buffer[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  if (response.status !== 200) throw errorOfResponse(response.status, response.headers, text);
  const type = headerOf(response.headers, 'content-type') ?? 'no type';
  if (!type.includes('json')) throw new Error(`${prepared.origin} answered ${type} to the list of models`);
  const { data } = JSON.parse(text) as { data?: Listed[] };
  if (!Array.isArray(data)) throw new Error(`${prepared.origin} answered without a list to the list of models`);
  return data.flatMap(modelOf);
}

function modelOf({ id, name, ...sizes }: Listed): Model[] {
  if (typeof id !== 'string' || id === '' || OTHER.test(id)) return [];
  const known = MODELS.find((model) => model.id === id);
  if (known) return [asModel(known)];
  const contextTokens = size(sizes.context_length) ?? size(sizes.max_model_len) ?? null;
  const outputTokens = size(sizes.max_completion_tokens) ?? null;
  return [{ id, label: typeof name === 'string' && name ? name : id, contextTokens, outputTokens }];
}

const size = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
