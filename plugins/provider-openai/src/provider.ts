import {
  type CountRequest,
  type Credential,
  type Http,
  headerOf,
  type Model,
  type ModelEvent,
  type ModelRequest,
  orderedBody,
  type PreparedRequest,
  type Provider,
  ProviderError,
  type ProviderResponse,
  type SendOnce,
  type WireOperation,
} from '@maestro/core';
import { parseError } from './api-error.js';
import { apiKey } from './api-key.js';
import { ChatReading } from './chat-events.js';
import type { OpenAiConfig } from './config.js';
import { errorOfResponse, failure } from './errors.js';
import { Fallbacks, type Refused } from './fallback.js';
import { loadMedia, MEDIA } from './media.js';
import { accountModels, builtInModels, fetchModels } from './models.js';
import { usage } from './profiles/account.js';
import { count, models } from './profiles/replies.js';
import { ResponsesReading } from './responses-events.js';
import { countFields } from './responses-request.js';
import { prepareReply, type Route, routeOf } from './route.js';
import { readStream } from './stream.js';
import { accountSlots, apiOf, keySlots, targetOf } from './target.js';
import { wireOperations } from './wire.js';
import { errorWithoutSecrets, withoutSecrets } from './without-secrets.js';

export interface OpenAiOptions {
  config: OpenAiConfig;
  /** Only for the list of models; replies go out through their request. */
  http: () => Http;
}

/** GPT through the Responses API or Chat Completions, or whatever speaks one of them at the base URL. */
export class OpenAiProvider implements Provider {
  readonly id = 'openai';
  readonly label = 'OpenAI';
  readonly auth = [apiKey.id, 'openai/oauth'];
  readonly media = MEDIA;
  readonly wire: readonly WireOperation[];
  readonly #fallbacks = new Fallbacks();
  #models: Model[] | undefined;

  constructor(private readonly options: OpenAiOptions) {
    this.wire = wireOperations(options.config);
  }

  async models({ signal, refresh, credential }: Parameters<Provider['models']>[0]): Promise<Model[]> {
    // What a ChatGPT account may use is not told; the list is what it is known to offer.
    if (credential?.kind === 'oauth') return accountModels();
    if (refresh && credential)
      this.#models = await fetchModels(this.options.http(), this.#listRequest(credential), signal);
    return this.#models ?? builtInModels();
  }

  /** Chat Completions searches with models made for that alone. */
  searchesWeb(model: string, credential: Credential | undefined): boolean {
    return credential?.kind === 'oauth' || apiOf(this.options.config, model) === 'responses';
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined> {
    const credential = held(request.credential);
    try {
      yield* this.#events(request, credential);
    } catch (error) {
      throw errorWithoutSecrets(credential, error);
    }
  }

  /** @throws ProviderError `not_found` where the API in use counts nothing */
  async countTokens(request: CountRequest): Promise<number> {
    const credential = held(request.credential);
    const { config } = this.options;
    const route = routeOf(config, credential, request.model, this.#fallbacks);
    if (route.api === 'chat' || credential.kind === 'oauth')
      throw failure('not_found', 'counts no tokens over Chat Completions or for a ChatGPT account');
    const fields = countFields(request, await loadMedia(request), route.form, {
      provider: this.id,
      model: request.model,
    });
    const response = await request.send({
      profile: route.target.at(count),
      origin: route.target.origin,
      slots: keySlots(config, credential),
      body: orderedBody(count.body!, fields),
    });
    const { input_tokens } = await jsonOf(response, credential);
    if (typeof input_tokens !== 'number')
      throw failure('malformed', 'counted the tokens of a request without a number');
    return input_tokens;
  }

  /** A key by the list of models; an account by what its plan has left, where the server tells it. */
  async verify(credential: Credential, { send }: { send: SendOnce; signal: AbortSignal }): Promise<{ note?: string }> {
    held(credential);
    if (credential.kind === 'api_key') {
      await jsonOf(await send(this.#listRequest(credential)), credential);
      return {};
    }
    const { config } = this.options;
    const { origin, at } = targetOf(config.chatgptUrl);
    const slots = accountSlots(config, credential, undefined);
    const response = await send({ profile: at(usage), origin, slots, body: Buffer.alloc(0) });
    // Not documented: that it is gone says nothing about the account.
    if (response.status === 404) return { note: 'not checked: the server does not tell what is left of the plan' };
    return noteOf(await jsonOf(response, credential));
  }

  #listRequest(credential: Credential): PreparedRequest {
    const { config } = this.options;
    const { origin, at } = targetOf(config.baseUrl);
    return { profile: at(models), origin, slots: keySlots(config, credential), body: Buffer.alloc(0) };
  }

  async *#events(request: ModelRequest, credential: Credential) {
    request.signal.throwIfAborted();
    const { config } = this.options;
    const route = routeOf(config, credential, request.model, this.#fallbacks);
    const media = await loadMedia(request);
    const asked = { config, credential, request, media, provider: this.id, fallbacks: this.#fallbacks };
    const response = await request.send(prepareReply(route, asked));
    if (response.status < 200 || response.status > 299) throw await this.#refusal(response, route, request, credential);
    const type = headerOf(response.headers, 'content-type') ?? 'no content type';
    // The server of ChatGPT accounts is known to leave the type out.
    const isStream = type.startsWith('text/event-stream') || (credential.kind === 'oauth' && !type.includes('json'));
    if (!isStream) throw await notAStream(response, type);
    yield* readStream(response.body, route.api === 'chat' ? new ChatReading() : new ResponsesReading());
  }

  async #refusal(response: ProviderResponse, route: Route, request: ModelRequest, credential: Credential) {
    const { status, headers } = response;
    const body = withoutSecrets(credential, await textOf(response));
    const error = errorOfResponse(status, headers, body);
    const { origin } = route.target;
    // Only `prd` has a profile to fall back to.
    const isPrd = route.form.profile.id.includes('/prd/');
    const sent = { origin, conversationId: request.conversationId, isPrd };
    const mayLearn = status === 400 || status === 404;
    const refused = mayLearn ? this.#fallbacks.learn(parseError(body), sent) : undefined;
    if (!refused) return error;
    request.notice(...noticeOf(refused, origin));
    return new ProviderError(error.kind, error.message, { status, fallback: true, cause: error });
  }
}

function noticeOf(refused: Refused, origin: string): [code: string, text: string] {
  switch (refused) {
    case 'profile':
      return ['wire.fallback', `${origin} refuses headers of the wire profile prd; llxprt is used from now on.`];
    case 'summary':
      return ['wire.fallback', `${origin} gives no summaries of thinking; none are asked for from now on.`];
    case 'reasoning':
      return ['thinking.dropped', 'Earlier thinking was written for another account and is not sent any more.'];
  }
}

/** The credential, once it has what a request needs. */
function held(credential: Credential | undefined): Credential {
  if (credential?.secrets[credential.kind === 'oauth' ? 'access_token' : 'api_key']) return credential;
  if (credential?.kind === 'oauth')
    throw new ProviderError('auth', 'the ChatGPT account has no token any more; sign in anew');
  throw new ProviderError('auth', 'there is no OpenAI API key; add one in Settings or set OPENAI_API_KEY');
}

async function textOf({ body }: ProviderResponse): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws ProviderError for a status that is not 200, and `malformed` */
async function jsonOf(response: ProviderResponse, credential: Credential): Promise<Record<string, unknown>> {
  const text = withoutSecrets(credential, await textOf(response));
  if (response.status !== 200) throw errorOfResponse(response.status, response.headers, text);
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw failure('malformed', 'answered with something that is no JSON');
  }
}

async function notAStream(response: ProviderResponse, type: string): Promise<ProviderError> {
  const text = (await textOf(response)).slice(0, 16_384);
  const { status } = response;
  if (/"error"\s*:/.test(text))
    return failure('malformed', `answered with ${type} instead of events: ${parseError(text).message}`, { status });
  return failure('malformed', `answered with ${type} instead of events`, { status });
}

/** How much of a plan is used, as far as it is told. */
function noteOf(body: Record<string, unknown>): { note?: string } {
  const limit = body.rate_limit as { primary_window?: { used_percent?: unknown } } | null | undefined;
  const used = limit?.primary_window?.used_percent;
  const plan = typeof body.plan_type === 'string' ? `plan "${body.plan_type}"` : undefined;
  const left = typeof used === 'number' ? `${used} % used` : undefined;
  const note = [plan, left].filter((each) => each !== undefined).join(', ');
  return note ? { note } : {};
}
