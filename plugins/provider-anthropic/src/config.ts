import { type Static, Type } from 'typebox';

export const Config = Type.Object({
  baseUrl: Type.String({
    default: 'https://api.anthropic.com',
    pattern: '^https?://[^/?#\\s]+[^?#\\s]*$',
    description: 'Where the API answers; a gateway may have a path',
  }),
  wireProfile: Type.Object(
    {
      apiKey: Type.Literal('prd', { default: 'prd', description: 'Shape of requests that carry an API key' }),
      oauth: Type.String({ default: 'llxprt', description: 'Shape of requests that carry an OAuth token' }),
    },
    { default: {}, additionalProperties: false },
  ),
  oauth: Type.Object(
    { clientId: Type.String({ default: '', description: 'Client id to sign in with; empty: none' }) },
    { default: {}, additionalProperties: false },
  ),
});

export type AnthropicConfig = Static<typeof Config>;
