import { ProviderError, type ProviderErrorKind } from '@maestro/core';
import type { LocalServer } from './local-server.js';

const REMEDY: Readonly<Record<ProviderErrorKind, string>> = {
  auth: 'set its apiKey in the settings of @maestro/provider-local',
  rate_limit: 'wait, or lower the number of agents that work at once',
  quota: 'see what the server says about it',
  overloaded: 'wait until it has loaded its model or finished what it does',
  too_long: 'start a new conversation, or give the server a larger context',
  network: 'start it, or correct its url in the settings of @maestro/provider-local',
  interrupted: 'try again, and look at its log: it may have run out of memory',
  timeout: 'try again, or choose a smaller model',
  bad_request: 'see the request in the list of calls',
  not_found: 'refresh the list of models, or load the model there',
  malformed: 'check that its url belongs to a server that speaks Chat Completions',
  refused: 'say it differently',
  unavailable: 'look at its log',
};

/** The error as one of that server; what reads its answers knows them as those of OpenAI. */
export function errorOf(server: LocalServer, error: ProviderError): ProviderError {
  // Both say 503 while they load a model or have too many requests in line.
  const kind = error.status === 503 ? 'overloaded' : error.kind;
  const [first, ...rest] = error.message.replace(/; [^;]*$/, '').split(' ');
  const what = first === 'OpenAI' || first === server.origin ? rest.join(' ') : error.message;
  const { status, retryAfterMs, requestId } = error;
  return new ProviderError(kind, server.without(`${server.name} (${server.origin}) ${what}; ${REMEDY[kind]}`), {
    cause: error.cause,
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(requestId !== undefined && { requestId }),
  });
}
