import type { WireProfile } from '@maestro/core';
import { type Dialect, type Headers, type MessagesSet, messagesBody } from './profile-set.js';

/**
 * llxprt as recorded: 0.11.0 on Bun 1.3.14, which claims to be Node 24.3.0; 0.9.3 on Node 24.21.0. Where the recording
 * names another vendor's product, `{identity}` stands, which is ours or the user's own.
 */
const key: Dialect = {
  cacheTtl: '1h',
  sortsTools: true,
  writesBareText: true,
  system: 'field',
  prefixesTools: false,
  maxTokens: 128_000,
  effort: 'high',
};
const oauth: Dialect = { ...key, system: 'first', prefixesTools: true };
const older = { maxTokens: 40_000 };

const CACHE_BETA = 'extended-cache-ttl-2025-04-11';
const OAUTH_BETAS = `oauth-2025-04-20, interleaved-thinking-2025-05-14, ${CACHE_BETA}`;

const set = (name: string, version: string, dialect: Dialect, auth: string, headers: Headers): MessagesSet => ({
  name,
  reference: { app: 'llxprt', version },
  dialect,
  messages: {
    id: `anthropic/${auth}/${name}/messages`,
    method: 'POST',
    path: '/v1/messages',
    headers,
    body: messagesBody,
  },
});

const bunSdk: Headers = [
  ['X-Stainless-Arch', '{arch}'],
  ['X-Stainless-Lang', 'js'],
  ['X-Stainless-OS', '{os}'],
  ['X-Stainless-Package-Version', '0.55.1'],
  ['X-Stainless-Retry-Count', '0'],
  ['X-Stainless-Runtime', 'node'],
  ['X-Stainless-Runtime-Version', 'v24.3.0'],
  ['X-Stainless-Timeout', '600'],
];
const bunEnd: Headers = [
  ['Host', '{host}'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Content-Length', '{content_length}'],
];

export const llxprtKey = set('llxprt', '0.11.0', key, 'api_key', [
  ['Accept', 'application/json'],
  ['Content-Type', 'application/json'],
  ['User-Agent', 'Anthropic/JS 0.55.1'],
  ...bunSdk,
  ['anthropic-beta', CACHE_BETA],
  ['anthropic-dangerous-direct-browser-access', 'true'],
  ['anthropic-version', '2023-06-01'],
  ['x-api-key', '{api_key}'],
  ['Connection', 'keep-alive'],
  ...bunEnd,
]);

export const llxprtOauth = set('llxprt', '0.11.0', oauth, 'oauth', [
  ['Accept', 'application/json'],
  ['Authorization', 'Bearer {access_token}'],
  ['Content-Type', 'application/json'],
  ['User-Agent', '{identity}'],
  ...bunSdk,
  ['anthropic-beta', OAUTH_BETAS],
  ['anthropic-dangerous-direct-browser-access', 'true'],
  ['anthropic-version', '2023-06-01'],
  ['Connection', 'keep-alive'],
  ...bunEnd,
]);

const nodeSdk: Headers = [
  ['X-Stainless-Retry-Count', '0'],
  ['X-Stainless-Timeout', '600'],
  ['X-Stainless-Lang', 'js'],
  ['X-Stainless-Package-Version', '0.55.1'],
  ['X-Stainless-OS', '{os}'],
  ['X-Stainless-Arch', '{arch}'],
  ['X-Stainless-Runtime', 'node'],
  ['X-Stainless-Runtime-Version', 'v24.21.0'],
  ['anthropic-dangerous-direct-browser-access', 'true'],
  ['anthropic-version', '2023-06-01'],
];
const nodeStart: Headers = [
  ['host', '{host}'],
  ['connection', 'keep-alive'],
  ['Accept', 'application/json'],
];
const nodeEnd: Headers = [
  ['accept-language', '*'],
  ['sec-fetch-mode', 'cors'],
  ['accept-encoding', '{accept_encoding}'],
  ['content-length', '{content_length}'],
];

/** Its build had shortened the name of the client's class; the whole name fits what was recorded. */
export const llxprt09Key = set('llxprt-0.9', '0.9.3', { ...key, ...older }, 'api_key', [
  ...nodeStart,
  ['User-Agent', 'Anthropic/JS 0.55.1'],
  ...nodeSdk,
  ['x-api-key', '{api_key}'],
  ['content-type', 'application/json'],
  ['anthropic-beta', CACHE_BETA],
  ...nodeEnd,
]);

export const llxprt09Oauth = set('llxprt-0.9', '0.9.3', { ...oauth, ...older }, 'oauth', [
  ...nodeStart,
  ...nodeSdk,
  ['authorization', 'Bearer {access_token}'],
  ['content-type', 'application/json'],
  ['anthropic-beta', OAUTH_BETAS],
  ['User-Agent', '{identity}'],
  ...nodeEnd,
]);

const tokenCall = (operation: string, type: string, encoding: 'json' | 'form', keys: string[]): WireProfile => ({
  id: `anthropic/oauth/llxprt/${operation}`,
  method: 'POST',
  path: '/v1/oauth/token',
  headers: [
    ['Content-Type', type],
    ['Connection', 'keep-alive'],
    ['User-Agent', 'Bun/1.3.14'],
    ['Accept', '*/*'],
    ...bunEnd,
  ],
  body: { encoding, keys },
});

/** A code is exchanged in JSON, and a token refreshed as a form, to the same address. */
export const llxprtSignIn = {
  reference: { app: 'llxprt', version: '0.11.0' },
  exchange: tokenCall('exchange', 'application/json', 'json', [
    'grant_type',
    'code',
    'state',
    'client_id',
    'redirect_uri',
    'code_verifier',
  ]),
  refresh: tokenCall('refresh', 'application/x-www-form-urlencoded', 'form', [
    'grant_type',
    'refresh_token',
    'client_id',
  ]),
};
