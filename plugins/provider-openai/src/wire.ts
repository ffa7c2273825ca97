import { randomBytes, randomUUID } from 'node:crypto';
import { type Credential, type PreparedRequest, Secret, type WireExample, type WireOperation } from '@maestro/core';
import type { OpenAiConfig } from './config.js';
import { Fallbacks } from './fallback.js';
import type { BodyRequest } from './history.js';
import {
  deviceBeginRequest,
  devicePollRequest,
  deviceRedirect,
  exchangeRequest,
  refreshRequest,
} from './oauth/sign-in.js';
import { account, frame, upgrade } from './profiles/account.js';
import { CHAT, type KeyProfile, RESPONSES } from './profiles/replies.js';
import { codeExchange, deviceBegin, devicePoll, refresh } from './profiles/sign-in.js';
import { responsesFrame } from './responses-request.js';
import { prepareReply, routeOf } from './route.js';
import { type Api, accountSlots } from './target.js';

const API = 'https://api.openai.com';
const CHATGPT = 'https://chatgpt.com';
const ISSUER = 'https://auth.openai.com';
const llxprt = { app: 'llxprt', version: '0.11.0' };
const llxprt09 = { app: 'llxprt', version: '0.9.3' };

/** The lists of the requirements document. */
const prd = { app: 'prd', version: '1.0' };

/** Requests made after the reference application, with made-up secrets. */
export function wireOperations(config: OpenAiConfig): WireOperation[] {
  return [
    key('prd', 'chat', prd, config),
    key('prd', 'responses', prd, config),
    key('llxprt', 'chat', llxprt, config),
    key('llxprt-vercel', 'chat', llxprt, config),
    key('llxprt', 'responses', llxprt, config),
    key('llxprt-0.9', 'chat', llxprt09, config),
    key('llxprt-0.9', 'responses', llxprt09, config),
    {
      profile: account.profile,
      reference: llxprt,
      origin: CHATGPT,
      samples: (example) => [reply({ ...config, chatgptUrl: example.origin }, signedIn, requestOf(example))],
    },
    {
      profile: upgrade,
      reference: llxprt,
      origin: CHATGPT,
      samples: ({ origin }) => [{ profile: upgrade, origin, slots: upgradeSlots(config), body: Buffer.alloc(0) }],
    },
    {
      profile: frame,
      frameOf: upgrade.id,
      reference: llxprt,
      origin: CHATGPT,
      samples: (example) => [
        {
          profile: frame,
          origin: example.origin,
          slots: {},
          body: responsesFrame(
            requestOf(example),
            account,
            { provider: 'openai', model: example.model },
            'resp_sample',
          ),
        },
      ],
    },
    ...signInOperations(config),
  ];
}

/** With and without what a user may set: an organization, a project, an effort. */
function key(name: KeyProfile, api: Api, reference: WireOperation['reference'], config: OpenAiConfig): WireOperation {
  const { profile } = (api === 'chat' ? CHAT : RESPONSES)[name];
  const samples = (example: WireExample) => {
    const wireProfile = { ...config.wireProfile, apiKey: name };
    const plain = { ...config, api, wireProfile, baseUrl: example.origin, organization: '', project: '' };
    const organized = { ...plain, organization: 'org-fake' };
    const request = requestOf(example);
    return [
      reply(plain, keyed, request),
      reply(organized, keyed, request),
      reply({ ...organized, project: 'proj-fake' }, keyed, request),
      reply(plain, keyed, { ...request, effort: 'high' }),
    ];
  };
  return { profile, reference, origin: API, samples };
}

function signInOperations(config: OpenAiConfig): WireOperation[] {
  const at = ({ origin }: WireExample) => ({ ...config.oauth, clientId: 'client-sample', issuerUrl: origin });
  const operation = (
    profile: WireOperation['profile'],
    samples: (example: WireExample) => readonly PreparedRequest[],
  ): WireOperation => ({ profile, reference: llxprt, origin: ISSUER, samples });
  const code = { code: 'code-sample', verifier: 'verifier-sample' };
  return [
    operation(codeExchange, (example) => [
      exchangeRequest(at(example), { ...code, redirectUri: 'http://localhost:1455/auth/callback' }),
      exchangeRequest(at(example), { ...code, redirectUri: deviceRedirect({ issuerUrl: ISSUER }) }),
    ]),
    operation(refresh, (example) => [refreshRequest(at(example), 'token-sample')]),
    operation(deviceBegin, (example) => [deviceBeginRequest(at(example))]),
    operation(devicePoll, (example) => [
      devicePollRequest(at(example), { device: 'device-sample', userCode: 'ABCD-1234' }),
    ]),
  ];
}

const base = { id: 'sample', provider: 'openai' };
const keyed: Credential = {
  ...base,
  method: 'openai/api_key',
  kind: 'api_key',
  secrets: { api_key: new Secret('sk-sample-key') },
};
const signedIn: Credential = {
  ...base,
  method: 'openai/oauth',
  kind: 'oauth',
  secrets: { access_token: new Secret('token-sample'), account_id: new Secret('account-sample') },
};

const upgradeSlots = (config: OpenAiConfig) => ({
  ...accountSlots(config, signedIn, randomUUID()),
  websocket_key: randomBytes(16).toString('base64'),
});

const requestOf = ({ model, system, messages, tools }: WireExample): BodyRequest => ({
  model,
  system,
  messages,
  tools,
  effort: null,
  conversationId: randomUUID(),
  notice: () => undefined,
});

function reply(config: OpenAiConfig, credential: Credential, request: BodyRequest): PreparedRequest {
  const fallbacks = new Fallbacks();
  const route = routeOf(config, credential, request.model, fallbacks);
  return prepareReply(route, { config, credential, request, media: new Map(), provider: 'openai', fallbacks });
}
