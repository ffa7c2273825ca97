import { type Static, Type } from 'typebox';

const url = (value: string, description: string) =>
  Type.String({ default: value, pattern: '^https?://[^/?#\\s]+[^?#\\s]*$', description });
const text = (description: string) => Type.String({ default: '', pattern: '^[\\x20-\\x7e]*$', description });

export const Config = Type.Object({
  baseUrl: url('https://api.openai.com', 'Where the API answers; any server that speaks it, and it may have a path'),
  organization: text('Organization that pays; empty: OPENAI_ORG_ID, else the default of the key'),
  project: text('Project that pays; empty: OPENAI_PROJECT_ID, else the default of the key'),
  api: Type.Union([Type.Literal('auto'), Type.Literal('responses'), Type.Literal('chat')], {
    default: 'auto',
    description: 'API to speak; auto: Responses with OpenAI itself except for gpt-3.5 and gpt-4, else Chat Completions',
  }),
  chatgptUrl: url('https://chatgpt.com', 'Where calls with a ChatGPT account go'),
  wireProfile: Type.Object(
    {
      apiKey: Type.Union(
        [Type.Literal('prd'), Type.Literal('llxprt'), Type.Literal('llxprt-0.9'), Type.Literal('llxprt-vercel')],
        { default: 'prd', description: 'Shape of requests that carry an API key' },
      ),
      oauth: Type.Literal('llxprt', { default: 'llxprt', description: 'Shape of requests of a ChatGPT account' }),
    },
    { default: {}, additionalProperties: false },
  ),
  oauth: Type.Object(
    {
      clientId: text('Client id to sign in with; empty: signing in is off'),
      issuerUrl: url('https://auth.openai.com', 'Where a person signs in'),
      originator: Type.String({
        default: 'llxprt/1.0',
        pattern: '^[\\x21-\\x7e]+$',
        description: 'How Maestro names itself to a ChatGPT account',
      }),
    },
    { default: {}, additionalProperties: false },
  ),
});

export type OpenAiConfig = Static<typeof Config>;
