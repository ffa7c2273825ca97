import type { WireProfile } from '@maestro/core';
import {
  llxprt09ChatHead,
  llxprt09ResponsesHead,
  llxprtChatHead,
  llxprtResponsesHead,
  prdHead,
  vercelChatHead,
} from './heads.js';
import { chatBody, countBody, responsesBody, vercelChatBody } from './shapes.js';

/** A profile, and what in a body written for it is said in another way. */
export interface ChatForm {
  profile: WireProfile;
  /** `labelled`: results as lines with a name each. */
  results: 'plain' | 'labelled';
  /** What a tool says of `strict`; undefined: nothing. */
  strict?: false;
  /** Keys that help with OpenAI itself and that other servers may refuse. */
  cacheKey: boolean;
}

export interface ResponsesForm {
  profile: WireProfile;
  /** `json`: results as a JSON object with `output` or `error`. */
  results: 'plain' | 'json';
  strict: false | null;
  /** Undefined: as the server does it by itself. */
  store?: false;
  retention?: string;
  /** `asked`: only where a person chose an effort. */
  reasoning: 'always' | 'asked';
  summary: boolean;
  /** Says the longest reply where reasoning is asked for. */
  limit: boolean;
  /** Has instructions even where a session has none: the server insists. */
  insists?: true;
}

export type KeyProfile = 'prd' | 'llxprt' | 'llxprt-0.9' | 'llxprt-vercel';

const chat = (name: KeyProfile, rest: Pick<WireProfile, 'headers' | 'body'>): WireProfile => ({
  id: `openai/api_key/${name}/chat`,
  method: 'POST',
  path: '/v1/chat/completions',
  ...rest,
});

const responses = (name: KeyProfile, headers: WireProfile['headers']): WireProfile => ({
  id: `openai/api_key/${name}/responses`,
  method: 'POST',
  path: '/v1/responses',
  headers,
  body: responsesBody,
});

export const CHAT: Readonly<Record<KeyProfile, ChatForm>> = {
  prd: { profile: chat('prd', { headers: prdHead, body: chatBody }), results: 'plain', cacheKey: true },
  llxprt: {
    profile: chat('llxprt', { headers: llxprtChatHead, body: chatBody }),
    results: 'labelled',
    cacheKey: false,
  },
  'llxprt-0.9': {
    profile: chat('llxprt-0.9', { headers: llxprt09ChatHead, body: chatBody }),
    results: 'labelled',
    cacheKey: false,
  },
  'llxprt-vercel': {
    profile: chat('llxprt-vercel', { headers: vercelChatHead, body: vercelChatBody }),
    results: 'labelled',
    strict: false,
    cacheKey: false,
  },
};

const reference = {
  results: 'json',
  strict: null,
  retention: '24h',
  reasoning: 'asked',
  summary: false,
  limit: true,
} as const;

export const RESPONSES: Readonly<Record<KeyProfile, ResponsesForm>> = {
  prd: {
    profile: responses('prd', prdHead),
    results: 'plain',
    strict: false,
    store: false,
    reasoning: 'always',
    summary: true,
    limit: false,
  },
  llxprt: { profile: responses('llxprt', llxprtResponsesHead), ...reference },
  'llxprt-0.9': { profile: responses('llxprt-0.9', llxprt09ResponsesHead), ...reference },
  // That library was never seen with this API.
  'llxprt-vercel': { profile: responses('llxprt', llxprtResponsesHead), ...reference },
};

/** Not made after anything; with the headers of `prd` but the one that servers refuse. */
const plainHead = prdHead.filter(([name]) => name !== 'OpenAI-Beta');

export const models: WireProfile = {
  id: 'openai/api_key/models',
  method: 'GET',
  path: '/v1/models',
  headers: plainHead,
};

export const count: WireProfile = {
  id: 'openai/api_key/count',
  method: 'POST',
  path: '/v1/responses/input_tokens',
  headers: plainHead,
  body: countBody,
};
