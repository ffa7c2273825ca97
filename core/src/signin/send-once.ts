import type { SendOnce } from '../oauth/oauth.js';
import { redactSecrets } from '../secret.js';
import type { ProviderResponse } from '../wire/exchange.js';
import type { Http } from '../wire/http.js';

const limitMs = 15_000;

/**
 * Exchanges of sign-ins: bounded in time, over the pools of all calls, kept nowhere. What is no success comes without
 * the secrets that the server repeats: plugins shorten complaints, and half a token is not recognised afterwards.
 */
export function sendOnce(http: Pick<Http, 'render' | 'send'>, signal: AbortSignal): SendOnce {
  const limits = { headersMs: limitMs, idleMs: limitMs, totalMs: limitMs };
  return async (prepared) => {
    const response = await http.send(http.render(prepared), { signal, limits });
    // A success may give the same tokens again, and those are wanted.
    return response.status >= 200 && response.status < 300 ? response : withoutSecrets(response);
  };
}

function withoutSecrets({ status, headers, body }: ProviderResponse): ProviderResponse {
  return { status, headers: headers.map(([name, value]) => [name, redactSecrets(value)]), body: redactedBody(body) };
}

/** Read when it is asked for; the wire has bounded its length. */
async function* redactedBody(body: ProviderResponse['body']): AsyncGenerator<Buffer, void, undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  yield Buffer.from(redactSecrets(Buffer.concat(chunks).toString('utf8')));
}
