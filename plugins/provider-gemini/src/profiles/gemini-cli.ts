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

/**
 * gemini-cli 0.61.0 on Node 20.20.2, as recorded. The User-Agent and the x-goog-api-client are its own: its name, its
 * versions, Linux on x64 in a terminal. Whoever does not want to be taken for it chooses another profile.
 */
const reference = { app: 'gemini-cli', version: '0.61.0' };
const userAgent = 'GeminiCLI-tui/0.61.0/{model} (linux; x64; terminal)';
const authLibrary = 'google-api-nodejs-client/10.9.0';
const node = '20.20.2';

const dialect: Omit<Dialect, 'contentKeys' | 'callKeys'> = {
  responseKeys: ['name', 'response', 'id'],
  result: 'output',
  schema: 'parametersJsonSchema',
  system: 'instruction',
  generation: { temperature: 1, topP: 0.95, topK: 64 },
  asksToThink: true,
};

/** With a key it calls through the fetch of Node. */
const keyHeaders: Headers = [
  ['host', '{host}'],
  ['connection', 'keep-alive'],
  ['User-Agent', userAgent],
  ['x-goog-api-client', `google-genai-sdk/1.30.0 gl-node/v${node}`],
  ['Content-Type', 'application/json'],
  ['Authorization', 'Bearer {bearer}'],
  ['x-gemini-api-privileged-user-id', '{installation_id}'],
  ['x-goog-api-key', '{api_key}'],
  ['accept', '*/*'],
  ['accept-language', '*'],
  ['sec-fetch-mode', 'cors'],
  ['accept-encoding', '{accept_encoding}'],
  ['content-length', '{content_length}'],
];

const keyCall = (operation: string, path: string, body: WireProfile['body']): WireProfile => ({
  id: `gemini/api_key/gemini-cli/${operation}`,
  method: 'POST',
  path: `/v1beta/models/{model}:${path}`,
  headers: keyHeaders,
  ...(body && { body }),
});

export const geminiCliKey: KeySet = {
  name: 'gemini-cli',
  reference,
  dialect: { ...dialect, contentKeys: ['parts', 'role'], callKeys: ['id', 'args', 'name'] },
  stream: keyCall('stream', 'streamGenerateContent?alt=sse', keyBodies.generate),
  generate: keyCall('generate', 'generateContent', keyBodies.generate),
  countTokens: keyCall('count-tokens', 'countTokens', keyBodies.countTokens),
};

/** With an account it calls through the library of the auth client, which sorts what it sends. */
const oauthHeaders = (accept: string): Headers => [
  ['accept', accept],
  ['accept-encoding', 'gzip, deflate, br'],
  ['authorization', 'Bearer {access_token}'],
  ['content-length', '{content_length}'],
  ['content-type', 'application/json'],
  ['user-agent', `${userAgent} ${authLibrary}`],
  ['x-goog-api-client', `gl-node/${node}`],
  ['Host', '{host}'],
  ['Connection', 'keep-alive'],
];

const assistCall = (operation: string, body: WireProfile['body']): WireProfile => ({
  id: `gemini/oauth/gemini-cli/${operation}`,
  method: 'POST',
  path: `/v1internal:${operation}`,
  headers: oauthHeaders('application/json'),
  ...(body && { body }),
});

export const geminiCliCodeAssist: CodeAssistSet = {
  name: 'gemini-cli',
  reference,
  dialect: { ...dialect, contentKeys: ['role', 'parts'], callKeys: ['name', 'args', 'id'] },
  stream: {
    ...assistCall('streamGenerateContent?alt=sse', codeAssistBodies.generate),
    id: 'gemini/oauth/gemini-cli/stream',
    headers: oauthHeaders('*/*'),
  },
  generate: assistCall('generateContent', codeAssistBodies.generate),
  countTokens: assistCall('countTokens', codeAssistBodies.countTokens),
  loadCodeAssist: assistCall('loadCodeAssist', codeAssistBodies.loadCodeAssist),
  onboardUser: assistCall('onboardUser', codeAssistBodies.onboardUser),
  retrieveUserQuota: assistCall('retrieveUserQuota', codeAssistBodies.retrieveUserQuota),
  listExperiments: assistCall('listExperiments', codeAssistBodies.listExperiments),
  getOperation: {
    id: 'gemini/oauth/gemini-cli/getOperation',
    method: 'GET',
    path: '/v1internal/operations/{operation}',
    headers: withoutLength(oauthHeaders('application/json')),
  },
  promptId: (_conversationId, turnId) => turnId,
  sendsSession: true,
};

/** Requests of signing in; llxprt's are not recorded, so these serve with every profile. */
const tokenHeaders: Headers = [
  ['accept', '*/*'],
  ['accept-encoding', 'gzip, deflate, br'],
  ['content-length', '{content_length}'],
  ['content-type', 'application/x-www-form-urlencoded;charset=UTF-8'],
  ['user-agent', authLibrary],
  ['x-goog-api-client', `gl-node/${node}`],
  ['Host', '{host}'],
  ['Connection', 'keep-alive'],
];

const tokenCall = (operation: string, ...keys: string[]): WireProfile => ({
  id: `gemini/oauth/gemini-cli/${operation}`,
  method: 'POST',
  path: '/token',
  headers: tokenHeaders,
  body: { encoding: 'form', keys },
});

export const geminiCliSignIn = {
  reference,
  exchange: tokenCall('exchange', 'client_id', 'code_verifier', 'code', 'grant_type', 'redirect_uri', 'client_secret'),
  refresh: tokenCall('refresh', 'refresh_token', 'client_id', 'client_secret', 'grant_type'),
  tokenInfo: {
    id: 'gemini/oauth/gemini-cli/token-info',
    method: 'POST',
    path: '/tokeninfo',
    headers: tokenHeaders.toSpliced(2, 0, ['authorization', 'Bearer {access_token}']),
  },
  userInfo: {
    id: 'gemini/oauth/gemini-cli/user-info',
    method: 'GET',
    path: '/oauth2/v2/userinfo',
    headers: [
      ['host', '{host}'],
      ['connection', 'keep-alive'],
      ['Authorization', 'Bearer {access_token}'],
      ['accept', '*/*'],
      ['accept-language', '*'],
      ['sec-fetch-mode', 'cors'],
      ['user-agent', 'node'],
      ['accept-encoding', '{accept_encoding}'],
    ],
  },
} satisfies Record<string, WireProfile | typeof reference>;
