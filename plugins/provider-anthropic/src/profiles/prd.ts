import { type Headers, type MessagesSet, messagesBody } from './profile-set.js';

const set = (auth: 'api_key' | 'oauth', headers: Headers): MessagesSet => ({
  name: 'prd',
  reference: { app: 'prd', version: '1.0' },
  dialect: { sortsTools: false, writesBareText: false, system: 'field', prefixesTools: false, maxTokens: 64_000 },
  messages: { id: `anthropic/${auth}/prd/messages`, method: 'POST', path: '/v1/messages', headers, body: messagesBody },
});

/** The six headers of the requirements document (1.2), to the letter: names, casing, order, values. */
export const prdKey = set('api_key', [
  ['x-api-key', '{api_key}'],
  ['anthropic-version', '2023-06-01'],
  ['anthropic-beta', 'messages-2023-12-15'],
  ['User-Agent', 'llxprt/1.0'],
  ['Accept', 'application/json'],
  ['X-Client-Version', '1.0.0'],
]);

/** The document lists nothing for OAuth: the token takes the place of the key, and the API wants a beta value for it. */
export const prdOauth = set('oauth', [
  ['authorization', 'Bearer {access_token}'],
  ['anthropic-version', '2023-06-01'],
  ['anthropic-beta', 'oauth-2025-04-20, messages-2023-12-15'],
  ['User-Agent', '{identity}'],
  ['Accept', 'application/json'],
  ['X-Client-Version', '1.0.0'],
]);
