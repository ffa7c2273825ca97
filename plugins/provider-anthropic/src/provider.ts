import {
  type CountRequest,
  type Credential,
  type Http,
  headerOf,
  type Model,
  type ModelEvent,
  type ModelRequest,
  type Provider,
  ProviderError,
  type ProviderResponse,
  type SendOnce,
} from '@maestro/core';
import { jsonOf, type Secrets, textOf, without } from './answer.js';
import { apiKey } from './api-key.js';
import { apiCall, type Call, type Place, placeOf } from './calls.js';
import type { AnthropicConfig } from './config.js';
import { errorOfResponse, failure, parseError } from './errors.js';
import { modelEvents } from './events.js';
import { Fallbacks } from './fallback.js';
import { MEDIA, mediaOf } from './media.js';
import { builtIn, fetchModels } from './models.js';
import { operations } from './operations.js';
import { keySets, oauthSets } from './profiles/by-name.js';
import { countProfile, listProfile, type MessagesSet } from './profiles/profile-set.js';
import { countFields, messageFields, PROVIDER, tellDropped, type Writing } from './request.js';
import { ownNames } from './tools.js';

export interface AnthropicOptions {
  config: Pick<AnthropicConfig, 'baseUrl' | 'wireProfile' | 'identity' | 'oauth'>;
  /** Only for the list of models; replies go out through their request. */
  http: () => Http;
}

/** Claude through the Messages API, or whatever speaks that API at the base URL. */
export class AnthropicProvider implements Provider {
  readonly id = PROVIDER;
  readonly label = 'Anthropic';
  readonly auth = [apiKey.id, 'anthropic/oauth'];
  readonly media = MEDIA;
  readonly wire = operations;
  readonly #place: Place;
  readonly #fallbacks: { readonly key: Fallbacks; readonly token: Fallbacks };
  #models: Model[] | undefined;

  constructor(private readonly options: AnthropicOptions) {
    this.#place = placeOf(options.config.baseUrl);
    const { apiKey: key, oauth: token } = options.config.wireProfile;
    this.#fallbacks = {
      key: new Fallbacks(keySets[key], keySets.llxprt),
      token: new Fallbacks(oauthSets[token], oauthSets.llxprt),
    };
  }

  async models({ signal, refresh, credential }: Parameters<Provider['models']>[0]): Promise<Model[]> {
    if (refresh && credential) {
      const http = this.options.http();
      this.#models = await this.#list(credential, 1_000, (it) => http.send(http.render(it), { signal }));
    }
    return this.#models ?? builtIn();
  }

  searchesWeb(): boolean {
    return true;
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined> {
    try {
      yield* this.#events(request);
    } catch (error) {
      throw cleaned(error, secretsOf(request.credential));
    }
  }

  async countTokens(request: CountRequest): Promise<number> {
    const secrets = secretsOf(request.credential);
    try {
      const set = this.#set(request.credential);
      const fields = countFields(request, await this.#writing(set, request));
      const response = await request.send(apiCall(countProfile(set), { ...this.#call(request.credential), fields }));
      if (response.status === 400) throw await this.#refusal(response, request);
      const { input_tokens: tokens } = await jsonOf(response, secrets);
      if (typeof tokens === 'number') return tokens;
      throw failure('malformed', 'counted tokens and did not say how many', {});
    } catch (error) {
      throw cleaned(error, secrets);
    }
  }

  /** A list of one model costs nothing and is refused to a key that is wrong. */
  async verify(credential: Credential, { send }: { send: SendOnce }): Promise<{ note?: string }> {
    await this.#list(credential, 1, send);
    return {};
  }

  async *#events(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined> {
    const set = this.#set(request.credential);
    const writing = await this.#writing(set, request);
    tellDropped(request);
    const fields = messageFields(request, writing);
    const response = await request.send(apiCall(set.messages, { ...this.#call(request.credential), fields }));
    if (response.status < 200 || response.status > 299) throw await this.#refusal(response, request);
    const type = headerOf(response.headers, 'content-type') ?? 'no content type';
    if (!type.startsWith('text/event-stream')) throw await notAStream(response, type);
    yield* modelEvents(response.body, undefined, ownNames(request.tools, set.dialect, writing.toolPrefix));
  }

  #set(credential: Credential | undefined): MessagesSet {
    return this.#fallbacksOf(credential).setFor(this.#place.origin);
  }

  #fallbacksOf(credential: Credential | undefined): Fallbacks {
    if (credential?.secrets.access_token) return this.#fallbacks.token;
    if (credential?.secrets.api_key) return this.#fallbacks.key;
    throw new ProviderError('auth', 'there is no Anthropic API key; add one in Settings or set ANTHROPIC_API_KEY');
  }

  #call(credential: Credential | undefined): Call {
    const { api_key: key, access_token: token } = credential?.secrets ?? {};
    return { place: this.#place, key, token, identity: this.options.config.identity };
  }

  async #writing({ dialect }: MessagesSet, request: Parameters<typeof mediaOf>[0]): Promise<Writing> {
    const { identity, oauth } = this.options.config;
    return { dialect, media: await mediaOf(request), identity, toolPrefix: oauth.toolPrefix };
  }

  #list(credential: Credential, limit: number, send: SendOnce): Promise<Model[]> {
    const profile = listProfile(this.#set(credential), `limit=${limit}`);
    return fetchModels(apiCall(profile, this.#call(credential)), secretsOf(credential), send);
  }

  async #refusal(
    response: ProviderResponse,
    request: Pick<ModelRequest, 'credential' | 'notice'>,
  ): Promise<ProviderError> {
    const { status, headers } = response;
    const body = without(secretsOf(request.credential), await textOf(response));
    const error = errorOfResponse(status, headers, body);
    if (status !== 400 || error.permanent) return error;
    const { origin } = this.#place;
    const fallbacks = this.#fallbacksOf(request.credential);
    const refused = fallbacks.learn(origin, parseError(body).message);
    if (!refused) return error;
    const { name } = fallbacks.setFor(origin);
    request.notice(
      'wire.fallback',
      `${origin} refuses "${refused.value}" in the header ${refused.header}; requests take the form "${name}" from now on.`,
    );
    return new ProviderError(error.kind, error.message, { status, fallback: true, cause: error });
  }
}

const secretsOf = (credential: Credential | undefined): Secrets => Object.values(credential?.secrets ?? {});

/** A server that repeats a key in its complaint must not get it into logs and screens. */
function cleaned(error: unknown, secrets: Secrets): unknown {
  if (error instanceof ProviderError) error.message = without(secrets, error.message);
  return error;
}

async function notAStream(response: ProviderResponse, type: string): Promise<ProviderError> {
  const { type: kind, message } = parseError((await textOf(response)).slice(0, 16_384));
  return failure('malformed', `answered with ${type} instead of events${kind ? `: ${message}` : ''}`, {
    status: response.status,
  });
}
