import { type Static, Type } from 'typebox';

const Server = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9._-]*$',
      description: 'First word of the ids of its models, as in ollama/llama3.2',
    }),
    url: Type.String({
      pattern: '^https?://[^/?#\\s]+[^?#\\s]*$',
      description: 'Where it answers, without /v1; it may have a path',
    }),
    kind: Type.Union(
      [
        Type.Literal('ollama'),
        Type.Literal('llama.cpp'),
        Type.Literal('lmstudio'),
        Type.Literal('vllm'),
        Type.Literal('openai'),
      ],
      { default: 'openai', description: 'What it is; openai: any other that speaks Chat Completions' },
    ),
    apiKey: Type.String({
      default: '',
      pattern: '^[\\x21-\\x7e]*$',
      description: 'For a server that wants one, best put in from a variable; empty: none',
    }),
  },
  { additionalProperties: false },
);

const local = (name: string, kind: ServerConfig['kind'], port: number): ServerConfig => ({
  name,
  url: `http://127.0.0.1:${port}`,
  kind,
  apiKey: '',
});

export const Config = Type.Object({
  servers: Type.Array(Server, {
    default: [
      local('ollama', 'ollama', 11_434),
      local('llama.cpp', 'llama.cpp', 8080),
      local('lmstudio', 'lmstudio', 1234),
      local('vllm', 'vllm', 8000),
    ],
    description: 'Model servers to look for; a list here replaces the four of this machine',
  }),
});

export type LocalConfig = Static<typeof Config>;
export type ServerConfig = Static<typeof Server>;
