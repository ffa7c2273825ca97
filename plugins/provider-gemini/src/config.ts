import { type Static, Type } from 'typebox';

/** An address without query; a gateway may have a path. */
const address = (address: string, description: string) =>
  Type.String({ default: address, pattern: '^https?://[^/?#\\s]+[^?#\\s]*$', description });

export const Config = Type.Object({
  baseUrl: address('https://generativelanguage.googleapis.com', 'Where the API for keys answers'),
  codeAssistUrl: address('https://cloudcode-pa.googleapis.com', 'Where Code Assist answers, the API for sign-ins'),
  project: Type.String({
    default: '',
    description: 'Google Cloud project of Code Assist calls; empty: GOOGLE_CLOUD_PROJECT, else the one Google names',
  }),
  keyAsBearer: Type.Boolean({
    default: false,
    description: 'Send the key as a bearer token as well, as some gateways want it',
  }),
  installationId: Type.String({
    default: '',
    pattern: '^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$',
    description: 'UUID to send as x-gemini-api-privileged-user-id; empty: the header is left out',
  }),
  wireProfile: Type.Object(
    {
      apiKey: Type.Union([Type.Literal('gemini-cli'), Type.Literal('llxprt'), Type.Literal('llxprt-0.9')], {
        default: 'gemini-cli',
        description: 'Shape of requests that carry an API key',
      }),
      oauth: Type.Union([Type.Literal('gemini-cli'), Type.Literal('llxprt-0.9')], {
        default: 'gemini-cli',
        description: 'Shape of requests that carry an OAuth token',
      }),
    },
    { default: {}, additionalProperties: false },
  ),
  oauth: Type.Object(
    {
      clientId: Type.String({ default: '', description: 'Client id to sign in with; empty: none' }),
      clientSecret: Type.String({ default: '', description: 'Its secret; Google asks for one of installed apps, too' }),
      authorizeUrl: address('https://accounts.google.com/o/oauth2/v2/auth', 'Where a person agrees'),
      tokenUrl: address('https://oauth2.googleapis.com/token', 'Where codes become tokens'),
      tokenInfoUrl: address('https://oauth2.googleapis.com/tokeninfo', 'Where a token is checked'),
      userInfoUrl: address('https://www.googleapis.com/oauth2/v2/userinfo', 'Where the name of the account is asked'),
    },
    { default: {}, additionalProperties: false },
  ),
});

export type GeminiConfig = Static<typeof Config>;
