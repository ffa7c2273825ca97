import { type AuthMethod, MaestroError, Secret } from '@maestro/core';

/** A key from Google AI Studio or of a gateway that speaks its API. */
export const apiKey: AuthMethod = {
  id: 'gemini/api_key',
  provider: 'gemini',
  kind: 'api_key',
  label: 'Gemini API key',
  env: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  fields: [{ name: 'api_key', label: 'API key', hint: 'from aistudio.google.com/apikey', secret: true }],
  complete({ api_key = '' }) {
    const value = api_key.trim();
    if (!value) throw invalid('is empty; paste the whole key');
    if (!/^[\x21-\x7e]+$/.test(value)) throw invalid('holds a space or a letter no key has; paste it once more');
    if (value.startsWith('ya29.')) throw invalid('is an OAuth token; make a key in Google AI Studio');
    return { api_key: new Secret(value) };
  },
};

const invalid = (what: string) => new MaestroError('credential.invalid', `the Gemini API key ${what}`);
