import type { Situation } from '@maestro/core/testing';
import type { ServerConfig } from '../src/config.js';
import type { Fake } from './fake-server.js';

/**
 * The four servers as their documentation and sources show them, read 2026-11-27. They differ in how they name thinking,
 * cut calls into pieces and write errors.
 */
export const fakes: Readonly<Record<Exclude<ServerConfig['kind'], 'openai'>, Fake>> = {
  ollama: {
    routes: {
      'GET /api/tags': { models: [{ name: 'qwen3:8b', model: 'qwen3:8b' }, { name: 'gemma3:4b' }, { name: 'bge-m3' }] },
      'POST /api/show': ({ model }: { model: string }) => SHOWN[model],
    },
    chunks: (situation) => spoken(situation, { thinking: 'reasoning', pieces: 1, id: 'call_x1' }),
    error: (_, message) => ({ error: { message, type: 'api_error', param: null, code: null } }),
  },
  'llama.cpp': {
    routes: {
      'GET /v1/models': {
        object: 'list',
        data: [{ id: '/models/gpt-oss-20b.gguf', object: 'model', meta: { n_ctx_train: 131_072 } }],
      },
      'GET /props': { default_generation_settings: { n_ctx: 16_384 }, modalities: { vision: false, audio: false } },
    },
    chunks: (situation) => spoken(situation, { thinking: 'reasoning_content', pieces: 3, id: 'x1' }),
    error: (code, message) => ({ error: { code, message, type: code === 503 ? 'unavailable_error' : 'invalid' } }),
  },
  lmstudio: {
    routes: {
      'GET /api/v0/models': {
        object: 'list',
        data: [
          { id: 'qwen2-vl-7b', type: 'vlm', state: 'not-loaded', max_context_length: 32_768 },
          {
            id: 'meta/llama-3.1-8b',
            type: 'llm',
            state: 'loaded',
            max_context_length: 131_072,
            loaded_context_length: 4096,
            capabilities: ['tool_use'],
          },
          { id: 'nomic-embed', type: 'embeddings', max_context_length: 2048 },
        ],
      },
    },
    chunks: (situation) => spoken(situation, { thinking: 'reasoning_content', pieces: 2, id: '365174485' }),
    error: (_, message) => ({ error: message }),
  },
  vllm: {
    routes: {
      'GET /v1/models': {
        object: 'list',
        data: [{ id: 'Qwen/Qwen3-32B', object: 'model', owned_by: 'vllm', max_model_len: 40_960 }],
      },
    },
    chunks: (situation) => spoken(situation, { thinking: 'reasoning', pieces: 2, id: 'chatcmpl-tool-1' }),
    error: (code, message) => ({ error: { message, type: 'BadRequestError', param: null, code } }),
  },
};

const SHOWN: Readonly<Record<string, object>> = {
  'qwen3:8b': {
    parameters: 'num_ctx                        8192\ntemperature                    0.6',
    model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': 40_960 },
    capabilities: ['completion', 'tools', 'thinking'],
  },
  'gemma3:4b': {
    model_info: { 'general.architecture': 'gemma3', 'gemma3.context_length': 131_072 },
    capabilities: ['completion', 'vision'],
  },
  'bge-m3': { model_info: { 'general.architecture': 'bert' }, capabilities: ['embedding'] },
};

interface Manner {
  thinking: 'reasoning' | 'reasoning_content';
  /** Into how many chunks the arguments of a call are cut. */
  pieces: number;
  id: string;
}

function spoken(situation: Situation, { thinking, pieces, id }: Manner): object[] {
  const calls = situation === 'parallel_calls' ? 2 : situation === 'tool_call' ? 1 : 0;
  const deltas = [
    { role: 'assistant', content: null, [thinking]: 'Hm.' },
    { content: 'Hello' },
    { content: ' there.' },
    ...Array.from({ length: calls }, (_, index) => call(index, id, pieces)).flat(),
    {},
  ];
  const chunks = deltas.map((delta, index) => {
    const finish_reason = index < deltas.length - 1 ? null : calls > 0 ? 'tool_calls' : 'stop';
    return { object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] };
  });
  return [...chunks, { choices: [], usage: { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 } }];
}

function call(place: number, id: string, pieces: number): object[] {
  const args = JSON.stringify({ at: 'it' });
  const size = Math.ceil(args.length / pieces);
  return Array.from({ length: pieces }, (_, index) => {
    const part = { arguments: args.slice(index * size, (index + 1) * size) };
    const first = { id: `${id}${place}`, type: 'function', function: { name: 'look', ...part } };
    return { tool_calls: [{ index: place, ...(index === 0 ? first : { function: part }) }] };
  });
}
