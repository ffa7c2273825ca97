import type { ProviderErrorKind } from '../errors.js';

const kinds: Readonly<Record<number, ProviderErrorKind>> = {
  401: 'auth',
  402: 'quota',
  403: 'auth',
  404: 'not_found',
  408: 'timeout',
  413: 'too_long',
  429: 'rate_limit',
  504: 'timeout',
  529: 'overloaded',
};

/** What a status alone says of a failed call: for gateways and proxies that answer with bodies of their own. */
export function kindOfStatus(status: number): ProviderErrorKind {
  return kinds[status] ?? (status >= 500 ? 'unavailable' : 'bad_request');
}

/** What a person can do about a failed call where the provider has nothing better to say. */
export const REMEDIES: Readonly<Record<ProviderErrorKind, string>> = {
  auth: 'check the API key in Settings, or sign in anew, or see "maestro auth list"',
  rate_limit: 'wait, or lower the number of agents that work at once',
  quota: 'check credit and limits of the account, or choose another model',
  overloaded: 'try again in a while',
  too_long: 'start a new conversation or send less',
  network: 'check the network',
  interrupted: 'try again',
  timeout: 'try again',
  bad_request: 'see the request in the list of calls',
  not_found: 'choose another model, or check the base URL',
  malformed: 'check that the base URL belongs to this API',
  refused: 'say it differently',
  unavailable: 'try again in a while',
};
