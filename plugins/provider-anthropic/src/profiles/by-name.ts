import type { AnthropicConfig } from '../config.js';
import { llxprt09Key, llxprt09Oauth, llxprtKey, llxprtOauth } from './llxprt.js';
import { prdKey, prdOauth } from './prd.js';
import type { MessagesSet } from './profile-set.js';

export const keySets: Readonly<Record<AnthropicConfig['wireProfile']['apiKey'], MessagesSet>> = {
  prd: prdKey,
  llxprt: llxprtKey,
  'llxprt-0.9': llxprt09Key,
};

export const oauthSets: Readonly<Record<AnthropicConfig['wireProfile']['oauth'], MessagesSet>> = {
  prd: prdOauth,
  llxprt: llxprtOauth,
  'llxprt-0.9': llxprt09Oauth,
};
