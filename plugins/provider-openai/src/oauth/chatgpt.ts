import { type AuthMethod, MaestroError, type OAuth } from '@maestro/core';

/** Signing in with a ChatGPT account. */
export const chatgpt = (oauth: OAuth): AuthMethod => ({
  id: 'openai/oauth',
  provider: 'openai',
  kind: 'oauth',
  label: 'ChatGPT account',
  fields: [],
  warning:
    'Unofficial: OpenAI documents this sign-in for its own programs. It may change or stop at any time, and your ' +
    'plan’s terms and limits apply. An API key is the supported way.',
  complete() {
    throw new MaestroError('credential.invalid', 'a ChatGPT account has nothing to type in; sign in instead');
  },
  oauth,
});
