import { type AuthMethod, MaestroError, Secret } from '@maestro/core';

/** A key from the console of Anthropic or of a gateway that speaks its API. */
export const apiKey: AuthMethod = {
  id: 'anthropic/api_key',
  provider: 'anthropic',
  kind: 'api_key',
  label: 'Anthropic API key',
  env: ['ANTHROPIC_API_KEY'],
  fields: [
    { name: 'api_key', label: 'API key', hint: 'from console.anthropic.com; begins with sk-ant-', secret: true },
  ],
  complete({ api_key = '' }) {
    const value = api_key.trim();
    if (!value) throw invalid('is empty; paste the whole key');
    if (!/^[\x21-\x7e]+$/.test(value)) throw invalid('holds a space or a letter no key has; paste it once more');
    if (value.startsWith('sk-ant-oat'))
      throw invalid('is an OAuth token; sign in with the Claude account instead, or make a key in the console');
    return { api_key: new Secret(value) };
  },
};

const invalid = (what: string) => new MaestroError('credential.invalid', `the Anthropic API key ${what}`);
