import { type AuthMethod, MaestroError, Secret } from '@maestro/core';

/** A key from the platform of OpenAI or of a server that speaks its API. */
export const apiKey: AuthMethod = {
  id: 'openai/api_key',
  provider: 'openai',
  kind: 'api_key',
  label: 'OpenAI API key',
  env: ['OPENAI_API_KEY'],
  fields: [{ name: 'api_key', label: 'API key', hint: 'from platform.openai.com; begins with sk-', secret: true }],
  complete({ api_key = '' }) {
    const value = api_key.trim();
    if (!value) throw invalid('is empty; paste the whole key');
    if (!/^[\x21-\x7e]+$/.test(value)) throw invalid('holds a space or a letter no key has; paste it once more');
    return { api_key: new Secret(value) };
  },
};

const invalid = (what: string) => new MaestroError('credential.invalid', `the OpenAI API key ${what}`);
