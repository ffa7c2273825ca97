import type { WireProfile } from '@maestro/core';
import {
  type CodeAssistSet,
  codeAssistBodies,
  type Dialect,
  type Headers,
  type KeySet,
  keyBodies,
  withoutLength,
} from './profile-set.js';

/** llxprt, as recorded: 0.11.0 on Bun 1.3.14, 0.9.3 on Node 24.21.0. It gives no system instruction a field. */
const dialect: Dialect = {
  contentKeys: ['parts', 'role'],
  callKeys: ['id', 'args', 'name'],
  responseKeys: ['id', 'name', 'response'],
  result: 'status',
  schema: 'parameters',
  system: 'first',
  generation: {},
  asksToThink: false,
};

function keySet(name: string, version: string, headers: Headers): KeySet {
  const call = (operation: string, path: string, body: WireProfile['body']): WireProfile => ({
    id: `gemini/api_key/${name}/${operation}`,
    method: 'POST',
    path: `/v1beta/models/{model}:${path}`,
    headers,
    ...(body && { body }),
  });
  return {
    name,
    reference: { app: 'llxprt', version },
    dialect,
    stream: call('stream', 'streamGenerateContent?alt=sse', keyBodies.generate),
    generate: call('generate', 'generateContent', keyBodies.generate),
    countTokens: call('count-tokens', 'countTokens', keyBodies.countTokens),
  };
}

/** The fetch of Bun sorts by byte value, capitals first, and adds its own at the end. */
export const llxprtKey = keySet('llxprt', '0.11.0', [
  ['Content-Type', 'application/json'],
  ['User-Agent', 'LLxprt-Code/0.11.0 (linux; x64)'],
  ['x-goog-api-client', 'google-genai-sdk/1.30.0 gl-node/v24.3.0'],
  ['x-goog-api-key', '{api_key}'],
  ['Connection', 'keep-alive'],
  ['Accept', '*/*'],
  ['Host', '{host}'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Content-Length', '{content_length}'],
]);

export const llxprt09Key = keySet('llxprt-0.9', '0.9.3', [
  ['host', '{host}'],
  ['connection', 'keep-alive'],
  ['User-Agent', 'LLxprt-Code/0.9.3 (linux; x64)'],
  ['x-goog-api-client', 'google-genai-sdk/1.30.0 gl-node/v24.21.0'],
  ['Content-Type', 'application/json'],
  ['x-goog-api-key', '{api_key}'],
  ['accept', '*/*'],
  ['accept-language', '*'],
  ['sec-fetch-mode', 'cors'],
  ['accept-encoding', '{accept_encoding}'],
  ['content-length', '{content_length}'],
]);

const authLibrary = 'google-api-nodejs-client/9.15.1';

const tail = (accept: string): Headers => [
  ['x-goog-api-client', 'gl-node/24.21.0'],
  ['Accept', accept],
  ['Content-Length', '{content_length}'],
  ['Accept-Encoding', 'gzip,deflate'],
  ['Host', '{host}'],
  ['Connection', 'keep-alive'],
];

/** A stream names the application, and does so before the token; everything else names the library alone. */
const streamHeaders: Headers = [
  ['Content-Type', 'application/json'],
  ['User-Agent', `LLxprt-Code/0.9.3 (linux; x64) ${authLibrary}`],
  ['Authorization', 'Bearer {access_token}'],
  ...tail('*/*'),
];
const callHeaders: Headers = [
  ['Content-Type', 'application/json'],
  ['Authorization', 'Bearer {access_token}'],
  ['User-Agent', authLibrary],
  ...tail('application/json'),
];

const assistCall = (operation: string, body: WireProfile['body']): WireProfile => ({
  id: `gemini/oauth/llxprt-0.9/${operation}`,
  method: 'POST',
  path: `/v1internal:${operation}`,
  headers: callHeaders,
  ...(body && { body }),
});

export const llxprt09CodeAssist: CodeAssistSet = {
  name: 'llxprt-0.9',
  reference: { app: 'llxprt', version: '0.9.3' },
  dialect: { ...dialect, contentKeys: ['role', 'parts'] },
  stream: {
    ...assistCall('streamGenerateContent?alt=sse', codeAssistBodies.generate),
    id: 'gemini/oauth/llxprt-0.9/stream',
    headers: streamHeaders,
  },
  generate: assistCall('generateContent', codeAssistBodies.generate),
  countTokens: assistCall('countTokens', codeAssistBodies.countTokens),
  loadCodeAssist: assistCall('loadCodeAssist', codeAssistBodies.loadCodeAssist),
  onboardUser: assistCall('onboardUser', codeAssistBodies.onboardUser),
  retrieveUserQuota: assistCall('retrieveUserQuota', codeAssistBodies.retrieveUserQuota),
  listExperiments: assistCall('listExperiments', codeAssistBodies.listExperiments),
  getOperation: {
    id: 'gemini/oauth/llxprt-0.9/getOperation',
    method: 'GET',
    path: '/v1internal/operations/{operation}',
    headers: withoutLength(callHeaders),
  },
  promptId: (conversationId, turnId) => `oauth-session:${conversationId}:${turnId.replaceAll('-', '')}`,
  sendsSession: false,
};
