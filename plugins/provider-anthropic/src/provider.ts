import {
  type Http,
  headerOf,
  type Logger,
  type Model,
  type ModelEvent,
  type ModelRequest,
  type Provider,
  ProviderError,
  type ProviderResponse,
  type Secret,
  type WireProfile,
} from '@maestro/core';
import { apiKey } from './api-key.js';
import type { AnthropicConfig } from './config.js';
import { errorOfResponse, failure, parseError } from './errors.js';
import { modelEvents } from './events.js';
import { Fallbacks } from './fallback.js';
import { fetchModels, MODELS } from './models.js';
import { prd } from './profiles/prd.js';
import { requestBody } from './request.js';

export interface AnthropicOptions {
  config: Pick<AnthropicConfig, 'baseUrl'>;
  /** Only for the list of models; replies go out through their request. */
  http: () => Http;
  log: Pick<Logger, 'warn'>;
}

/** Claude through the Messages API, or whatever speaks that API at the base URL. */
export class AnthropicProvider implements Provider {
  readonly id = 'anthropic';
  readonly label = 'Anthropic';
  readonly auth = [apiKey.id];
  readonly #origin: string;
  readonly #basePath: string;
  readonly #fallbacks = new Fallbacks();
  #models: Model[] | undefined;

  constructor(private readonly options: AnthropicOptions) {
    const { origin, pathname } = new URL(options.config.baseUrl);
    this.#origin = origin;
    this.#basePath = pathname.replace(/\/+$/, '');
  }

  async models({ signal, refresh, credential }: Parameters<Provider['models']>[0]): Promise<Model[]> {
    if (refresh && credential) {
      try {
        const where = { origin: this.#origin, basePath: this.#basePath };
        this.#models = await fetchModels({ ...where, http: this.options.http(), credential, signal });
      } catch (cause) {
        this.options.log.warn('the list of Anthropic models could not be refreshed', { cause });
      }
    }
    return this.#models ?? MODELS.map(({ id, label, contextTokens }) => ({ id, label, contextTokens }));
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined> {
    const key = request.credential?.secrets.api_key;
    if (!key)
      throw new ProviderError('auth', 'there is no Anthropic API key; add one in Settings or set ANTHROPIC_API_KEY');
    try {
      yield* this.#events(request, key);
    } catch (error) {
      // A server that repeats the key in its complaint must not get it into logs and screens.
      if (error instanceof ProviderError) error.message = without(key, error.message);
      throw error;
    }
  }

  async *#events(request: ModelRequest, key: Secret): AsyncGenerator<ModelEvent, void, undefined> {
    const profile = this.#profile();
    const response = await request.send({
      profile,
      origin: this.#origin,
      slots: { api_key: key },
      body: requestBody(request, this.id),
    });
    if (response.status < 200 || response.status > 299) throw await this.#refusal(response, profile, request, key);
    const type = headerOf(response.headers, 'content-type') ?? 'no content type';
    if (!type.startsWith('text/event-stream')) throw await notAStream(response, type);
    yield* modelEvents(response.body);
  }

  #profile(): WireProfile {
    return this.#fallbacks.apply(this.#origin, { ...prd, path: this.#basePath + prd.path });
  }

  async #refusal(response: ProviderResponse, profile: WireProfile, request: ModelRequest, key: Secret) {
    const { status, headers } = response;
    const body = without(key, await textOf(response));
    const error = errorOfResponse(status, headers, body);
    const refused = status === 400 ? this.#fallbacks.learn(this.#origin, profile, parseError(body).message) : [];
    if (refused.length === 0) return error;
    const list = refused.map(({ header, value }) => `"${value}" in the header ${header}`).join(', ');
    request.notice('wire.fallback', `${this.#origin} refuses ${list}; it is left out from now on.`);
    return new ProviderError(error.kind, error.message, { status, fallback: true, cause: error });
  }
}

/** Shorter ones are no keys in use, and their letters stand in every sentence. */
const SHORTEST_KEY = 6;

function without(key: Secret, text: string): string {
  return key.use((secret) => (secret.length < SHORTEST_KEY ? text : text.replaceAll(secret, '<secret>')));
}

async function textOf({ body }: ProviderResponse): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function notAStream(response: ProviderResponse, type: string): Promise<ProviderError> {
  const { type: kind, message } = parseError((await textOf(response)).slice(0, 16_384));
  return failure('malformed', `answered with ${type} instead of events${kind ? `: ${message}` : ''}`, {
    status: response.status,
  });
}
