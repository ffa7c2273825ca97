import type { Model, Secret, SendOnce } from '@maestro/core';
import { jsonOf } from './answer.js';
import { type KeyCall, keyCall, listProfile } from './calls.js';
import type { KeySet } from './profiles/profile-set.js';
import { modelId } from './request.js';
import { listIn, textIn } from './status.js';
import { thinkingOf } from './thinking.js';

const model = (id: string, label: string): Model => ({
  id,
  label,
  contextTokens: 1_048_576,
  outputTokens: 65_536,
  capabilities: { images: true, files: true, tools: true, thinking: true },
});

/**
 * Models known without asking. Ids from the types of `@google/genai` 3.3.0, sizes from the model pages of
 * ai.google.dev/gemini-api/docs/models (1,048,576 in, 65,536 out for every one of these), read 2026-11-27.
 */
export const MODELS: readonly Model[] = [
  model('gemini-3.8-flash', 'Gemini 3.8 Flash'),
  model('gemini-3.5-flash', 'Gemini 3.5 Flash'),
  model('gemini-3.5-flash-lite', 'Gemini 3.5 Flash-Lite'),
  model('gemini-3.1-pro-preview', 'Gemini 3.1 Pro Preview'),
  model('gemini-3.1-flash-lite', 'Gemini 3.1 Flash-Lite'),
  model('gemini-3-flash-preview', 'Gemini 3 Flash Preview'),
  model('gemini-2.5-pro', 'Gemini 2.5 Pro'),
  model('gemini-2.5-flash', 'Gemini 2.5 Flash'),
  model('gemini-2.5-flash-lite', 'Gemini 2.5 Flash-Lite'),
];

export interface Listing {
  set: KeySet;
  place: KeyCall['place'];
  settings: KeyCall['settings'];
  key: Secret;
  send: SendOnce;
}

/** A list of a million pages is no list. */
const MOST_PAGES = 20;

/** What the server offers now, as far as it generates content. Throws ProviderError when it cannot be asked. */
export async function fetchModels(listing: Listing): Promise<Model[]> {
  const models: Model[] = [];
  let next: string | undefined;
  for (let page = 0; page === 0 || (next !== undefined && page < MOST_PAGES); page += 1) {
    const answer = await list(listing, `pageSize=1000${next ? `&pageToken=${encodeURIComponent(next)}` : ''}`);
    models.push(...listIn(answer, 'models').flatMap((entry) => modelOf(entry) ?? []));
    next = textIn(answer, 'nextPageToken');
  }
  return models;
}

/** Asks for the shortest list there is: whoever gets it has a key that counts. */
export const checkKey = (listing: Listing): Promise<unknown> => list(listing, 'pageSize=1');

async function list({ set, place, settings, key, send }: Listing, query: string): Promise<Record<string, unknown>> {
  // The one request without a model; its User-Agent names the newest.
  const call = { place, settings, key, model: MODELS[0]!.id, fields: {} };
  return jsonOf(await send(keyCall(listProfile(set, query), call)), [key]);
}

function modelOf(entry: Record<string, unknown>): Model | undefined {
  const name = textIn(entry, 'name');
  const methods = entry.supportedGenerationMethods;
  if (!name || !Array.isArray(methods) || !methods.includes('generateContent')) return undefined;
  const id = modelId(name);
  const thinks = typeof entry.thinking === 'boolean' ? entry.thinking : thinkingOf(id) !== 'none';
  return {
    id,
    label: textIn(entry, 'displayName') ?? id,
    contextTokens: tokens(entry.inputTokenLimit),
    outputTokens: tokens(entry.outputTokenLimit),
    capabilities: { ...MODELS.find((known) => known.id === id)?.capabilities, thinking: thinks },
  };
}

const tokens = (value: unknown): number | null => (typeof value === 'number' && value > 0 ? value : null);
