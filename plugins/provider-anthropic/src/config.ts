import { type Static, Type } from 'typebox';

/** An address without query; a gateway may have a path. */
const address = (address: string, description: string) =>
  Type.String({ default: address, pattern: '^https?://[^/?#\\s]+[^?#\\s]*$', description });

export const Config = Type.Object({
  baseUrl: address('https://api.anthropic.com', 'Where the API answers; a gateway may have a path'),
  wireProfile: Type.Object(
    {
      apiKey: Type.Enum(['prd', 'llxprt', 'llxprt-0.9'], {
        default: 'prd',
        description: 'Form of requests that carry an API key',
      }),
      oauth: Type.Enum(['prd', 'llxprt', 'llxprt-0.9'], {
        default: 'llxprt',
        description: 'Form of requests that carry an OAuth token',
      }),
    },
    { default: {}, additionalProperties: false },
  ),
  identity: Type.String({
    default: 'llxprt/1.0',
    pattern: '^[\\x20-\\x7e]{1,200}$',
    description: 'What requests with an OAuth token say they come from',
  }),
  oauth: Type.Object(
    {
      clientId: Type.String({ default: '', description: 'Client id to sign in with; empty: no sign-in' }),
      authorizeUrl: address('https://claude.ai/oauth/authorize', 'Where a person allows the access'),
      tokenUrl: address('https://console.anthropic.com/v1/oauth/token', 'Where codes become tokens'),
      toolPrefix: Type.String({
        default: 'llxprt_',
        pattern: '^[A-Za-z0-9_-]{0,32}$',
        description: 'Before the names of tools in requests of the llxprt profiles that carry an OAuth token',
      }),
    },
    { default: {}, additionalProperties: false },
  ),
});

export type AnthropicConfig = Static<typeof Config>;
