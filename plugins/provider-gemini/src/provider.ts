import {
  type CountRequest,
  type Credential,
  type Http,
  headerOf,
  type Model,
  type ModelEvent,
  type ModelRequest,
  type PreparedRequest,
  type Provider,
  ProviderError,
  type ProviderResponse,
  type SendOnce,
} from '@maestro/core';
import { cleaned, jsonOf, textOf } from './answer.js';
import { apiKey } from './api-key.js';
import { assistCall, keyCall, type Place, placeOf } from './calls.js';
import { CodeAssist, type CodeAssistOptions, projectOf } from './code-assist.js';
import type { GeminiConfig } from './config.js';
import { errorOfEvent, errorOfResponse, failure, without } from './errors.js';
import { modelEvents } from './events.js';
import { MEDIA, mediaOf } from './media.js';
import { checkKey, fetchModels, MODELS } from './models.js';
import { operations } from './operations.js';
import { codeAssistSets, keySets } from './profiles/by-name.js';
import type { CodeAssistSet, KeySet } from './profiles/profile-set.js';
import {
  assistCountFields,
  assistFields,
  countFields,
  generateFields,
  modelId,
  PROVIDER,
  tellDropped,
} from './request.js';

export interface GeminiOptions {
  config: Pick<GeminiConfig, 'baseUrl' | 'wireProfile' | 'keyAsBearer' | 'installationId'>;
  codeAssist: CodeAssistOptions;
  /** Only for the list of models; replies go out through their request. */
  http: () => Http;
}

/** The place and set of Code Assist for these settings. */
export function codeAssistOf(config: GeminiConfig, project: string | undefined): CodeAssistOptions {
  return { place: placeOf(config.codeAssistUrl), set: codeAssistSets[config.wireProfile.oauth], project };
}

/** Gemini: through its API with a key, through Code Assist with a Google account. */
export class GeminiProvider implements Provider {
  readonly id = PROVIDER;
  readonly label = 'Gemini';
  readonly auth = [apiKey.id, 'gemini/oauth'];
  readonly media = MEDIA;
  readonly wire = operations;
  readonly #place: Place;
  readonly #keySet: KeySet;
  readonly #assistSet: CodeAssistSet;
  #models: Model[] | undefined;
  #lastStamp = 0;

  constructor(private readonly options: GeminiOptions) {
    this.#place = placeOf(options.config.baseUrl);
    this.#keySet = keySets[options.config.wireProfile.apiKey];
    this.#assistSet = options.codeAssist.set;
  }

  async models({ signal, refresh, credential }: Parameters<Provider['models']>[0]): Promise<Model[]> {
    // Code Assist has no list.
    if (refresh && credential?.secrets.api_key) {
      const http = this.options.http();
      this.#models = await fetchModels(this.#listing(credential, (it) => http.send(http.render(it), { signal })));
    }
    return this.#models ?? [...MODELS];
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
      const answer = await jsonOf(await request.send(await this.#countCall(request)), secrets);
      const { totalTokens } = answer;
      if (typeof totalTokens === 'number') return totalTokens;
      throw failure('malformed', 'counted tokens and did not say how many');
    } catch (error) {
      throw cleaned(error, secrets);
    }
  }

  async verify(credential: Credential, { send, signal }: { send: SendOnce; signal: AbortSignal }) {
    const token = credential.secrets.access_token;
    if (!token) {
      await checkKey(this.#listing(credential, send));
      return {};
    }
    const { codeAssist } = this.options;
    const known = projectOf(codeAssist.project, credential.secrets.project);
    const { note } = await new CodeAssist(codeAssist, token, send, signal).check(known);
    return note === undefined ? {} : { note };
  }

  async *#events(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined> {
    const prepared = await this.#replyCall(request);
    const response = await request.send(prepared);
    const { status, headers } = response;
    if (status < 200 || status > 299)
      throw errorOfResponse(status, headers, without(secretsOf(request.credential), await textOf(response)));
    const type = headerOf(headers, 'content-type') ?? 'no content type';
    if (!type.startsWith('text/event-stream')) throw await notAStream(response, type);
    yield* modelEvents(response.body, { stamp: this.#stamp() });
  }

  async #replyCall(request: ModelRequest): Promise<PreparedRequest> {
    const prompt = { ...request, model: modelId(request.model) };
    const { api_key: key, access_token: token } = credentialOf(request).secrets;
    tellDropped(prompt);
    const media = await mediaOf(request);
    if (token) {
      const project = projectOf(this.options.codeAssist.project, request.credential?.secrets.project);
      const fields = assistFields(prompt, media, this.#assistSet, project);
      return assistCall(this.#assistSet.stream, { ...this.#assist(), token, model: prompt.model, fields });
    }
    const fields = generateFields(prompt, media, this.#keySet.dialect);
    return keyCall(this.#keySet.stream, { ...this.#key(), key: key!, model: prompt.model, fields });
  }

  async #countCall(request: CountRequest): Promise<PreparedRequest> {
    const prompt = { ...request, model: modelId(request.model) };
    const { api_key: key, access_token: token } = credentialOf(request).secrets;
    const media = await mediaOf(request);
    if (token) {
      const fields = assistCountFields(prompt, media, this.#assistSet.dialect);
      return assistCall(this.#assistSet.countTokens, { ...this.#assist(), token, model: prompt.model, fields });
    }
    const fields = countFields(prompt, media, this.#keySet.dialect);
    return keyCall(this.#keySet.countTokens, { ...this.#key(), key: key!, model: prompt.model, fields });
  }

  #key() {
    return { place: this.#place, settings: this.options.config };
  }

  #assist() {
    return { place: this.options.codeAssist.place };
  }

  #listing(credential: Credential, send: SendOnce) {
    const key = credential.secrets.api_key;
    if (!key) throw noCredential();
    return { ...this.#key(), set: this.#keySet, key, send };
  }

  /** The time, and a little more where two replies begin at once. */
  #stamp(): number {
    this.#lastStamp = Math.max(Date.now(), this.#lastStamp + 1);
    return this.#lastStamp;
  }
}

function credentialOf({ credential }: Pick<ModelRequest, 'credential'>): Credential {
  if (credential?.secrets.api_key || credential?.secrets.access_token) return credential;
  throw noCredential();
}

const noCredential = () =>
  new ProviderError('auth', 'there is no Gemini API key; add one in Settings or set GEMINI_API_KEY');

const secretsOf = (credential: Credential | undefined) => [
  credential?.secrets.api_key,
  credential?.secrets.access_token,
  credential?.secrets.refresh_token,
];

async function notAStream(response: ProviderResponse, type: string): Promise<ProviderError> {
  const text = (await textOf(response)).slice(0, 16_384);
  const told = errorIn(text);
  return told ?? failure('malformed', `answered with ${type} instead of events`, { status: response.status });
}

function errorIn(text: string): ProviderError | undefined {
  try {
    return errorOfEvent(JSON.parse(text));
  } catch {
    // A page, most likely; its type says enough.
    return undefined;
  }
}
