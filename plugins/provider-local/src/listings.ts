import type { Model } from '@maestro/core';
import type { ServerConfig } from './config.js';
import type { LocalServer } from './local-server.js';
import { type Asking, ask } from './server-call.js';

/** Models of one server, their ids as the server has them. */
type Listing = (server: LocalServer, asking: Asking) => Promise<Model[]>;

/** How each kind of server tells what it has. */
export const LISTINGS: Readonly<Record<ServerConfig['kind'], Listing>> = {
  ollama: ofOllama,
  'llama.cpp': ofLlamaCpp,
  lmstudio: ofLmStudio,
  vllm: (server, asking) => ofOpenAi(server, asking, ({ max_model_len }) => size(max_model_len)),
  openai: (server, asking) => ofOpenAi(server, asking, () => null),
};

async function ofOpenAi(
  server: LocalServer,
  asking: Asking,
  windowOf: (entry: Record<string, unknown>) => number | null,
): Promise<Model[]> {
  const { data } = await ask(server, '/v1/models', asking);
  return entries(data).flatMap((entry) => {
    const id = text(entry.id);
    return id ? [{ id, label: id, contextTokens: windowOf(entry) }] : [];
  });
}

/** Source: github.com/ollama/ollama/blob/main/docs/api.md, read 2026-11-27. */
async function ofOllama(server: LocalServer, asking: Asking): Promise<Model[]> {
  const { models } = await ask(server, '/api/tags', asking);
  const names = entries(models).flatMap((entry) => text(entry.model) ?? text(entry.name) ?? []);
  const shown = await Promise.all(names.map((model) => ollamaModel(server, model, asking)));
  return shown.flatMap((model) => model ?? []);
}

/** Undefined for one that cannot talk, such as a model for embeddings. */
async function ollamaModel(server: LocalServer, id: string, asking: Asking): Promise<Model | undefined> {
  const shown = await ask(server, '/api/show', asking, { model: id }).catch(() => ({}) as Record<string, unknown>);
  const can = Array.isArray(shown.capabilities) ? shown.capabilities : undefined;
  if (can && !can.includes('completion')) return undefined;
  const info = record(shown.model_info);
  const length = size(info[`${text(info['general.architecture'])}.context_length`]);
  // A model file may ask for a smaller window than the model was made for.
  const asked = /^num_ctx\s+(\d+)/m.exec(text(shown.parameters) ?? '')?.[1];
  return {
    id,
    label: id,
    contextTokens: asked === undefined ? length : Number(asked),
    ...(can && {
      capabilities: {
        images: can.includes('vision'),
        thinking: can.includes('thinking'),
        tools: can.includes('tools'),
      },
    }),
  };
}

/** Source: github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md, read 2026-11-27. */
async function ofLlamaCpp(server: LocalServer, asking: Asking): Promise<Model[]> {
  const models = await ofOpenAi(server, asking, ({ meta }) => size(record(meta).n_ctx_train));
  // What was set aside for one conversation; with several models it is that of the one in use.
  const props = await ask(server, '/props', asking).catch(() => ({}) as Record<string, unknown>);
  const window = size(record(props.default_generation_settings).n_ctx);
  const { vision } = record(props.modalities);
  return models.map((model) => ({
    ...model,
    // Ids are often paths of files.
    label: model.id.split(/[\\/]/).at(-1) || model.id,
    ...(models.length === 1 && window !== null && { contextTokens: window }),
    ...(models.length === 1 && typeof vision === 'boolean' && { capabilities: { images: vision } }),
  }));
}

/** Source: lmstudio.ai/docs/developer/rest/endpoints, read 2026-11-27. */
async function ofLmStudio(server: LocalServer, asking: Asking): Promise<Model[]> {
  const { data } = await ask(server, '/api/v0/models', asking);
  return entries(data).flatMap((entry) => {
    const id = text(entry.id);
    if (!id || entry.type === 'embeddings') return [];
    const can = Array.isArray(entry.capabilities) ? entry.capabilities : [];
    return [
      {
        id,
        label: id,
        contextTokens: size(entry.loaded_context_length) ?? size(entry.max_context_length),
        capabilities: { images: entry.type === 'vlm', ...(can.includes('tool_use') && { tools: true }) },
      },
    ];
  });
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const entries = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.map(record) : []);
const text = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);
const size = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : null;
