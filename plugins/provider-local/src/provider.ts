import {
  type Http,
  headerOf,
  type Logger,
  type Model,
  type ModelEvent,
  type ModelRequest,
  type Provider,
  ProviderError,
} from '@maestro/core';
import { ChatReading } from '@maestro/provider-openai/chat-events';
import { chatBody } from '@maestro/provider-openai/chat-request';
import { errorOfResponse, failure } from '@maestro/provider-openai/errors';
import { loadMedia, MEDIA } from '@maestro/provider-openai/media';
import { readStream } from '@maestro/provider-openai/stream';
import { chatForm } from './chat-form.js';
import type { LocalConfig } from './config.js';
import { errorOf } from './errors.js';
import { LISTINGS } from './listings.js';
import { LocalServer } from './local-server.js';
import { textOf } from './server-call.js';

export interface LocalOptions {
  config: LocalConfig;
  /** Only for lists of models; replies go out through their request. */
  http: () => Http;
  log: Pick<Logger, 'debug' | 'warn'>;
}

/** Model servers on this machine, or wherever the settings say, through Chat Completions. */
export class LocalProvider implements Provider {
  readonly id = 'local';
  readonly label = 'Local models';
  readonly auth = [];
  /** None of the four takes documents. */
  readonly media = { ...MEDIA, files: [] };
  readonly #servers: readonly LocalServer[];
  #models: Model[] | undefined;

  constructor(private readonly options: LocalOptions) {
    this.#servers = options.config.servers.map((server) => new LocalServer(server));
  }

  async models({ signal, refresh }: Parameters<Provider['models']>[0]): Promise<Model[]> {
    if (refresh || !this.#models) {
      const lists = await Promise.all(this.#servers.map((server) => this.#modelsOf(server, signal)));
      this.#models = lists.flat();
    }
    return this.#models;
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined> {
    const { server, model } = this.#place(request.model);
    try {
      yield* this.#events({ ...request, model }, server, request.model);
    } catch (error) {
      throw error instanceof ProviderError ? errorOf(server, error) : error;
    }
  }

  async *#events(request: ModelRequest, server: LocalServer, id: string): AsyncGenerator<ModelEvent, void, undefined> {
    const body = chatBody(request, await loadMedia(request), chatForm, { provider: this.id, model: id });
    const response = await request.send(server.prepared(chatForm.profile, body));
    const { status, headers } = response;
    if (status < 200 || status > 299) throw errorOfResponse(status, headers, await textOf(response));
    const type = headerOf(headers, 'content-type') ?? 'no content type';
    if (!type.startsWith('text/event-stream'))
      throw failure('malformed', `answered with ${type} instead of events`, { status });
    yield* readStream(response.body, new ChatReading());
  }

  /** Nothing is said of a server that is not there: most people have one of the four, or none. */
  async #modelsOf(server: LocalServer, signal: AbortSignal): Promise<Model[]> {
    try {
      const models = await LISTINGS[server.kind](server, { http: this.options.http(), signal });
      return models.map((model) => ({ ...model, id: `${server.name}/${model.id}` }));
    } catch (cause) {
      const wantsKey = cause instanceof ProviderError && cause.kind === 'auth';
      if (wantsKey) this.options.log.warn(`${server.name} (${server.origin}) wants a key: set its apiKey`);
      else this.options.log.debug(`${server.name} (${server.origin}) lists no models`, { cause });
      return [];
    }
  }

  /** The server and its own name of a model such as `ollama/llama3.2`. */
  #place(id: string): { server: LocalServer; model: string } {
    const [name = '', ...rest] = id.split('/');
    const server = this.#servers.find((each) => each.name === name);
    if (server && rest.length > 0) return { server, model: rest.join('/') };
    const names = this.#servers.map((each) => `${each.name}/...`).join(', ') || 'none in the settings';
    throw new ProviderError('not_found', `"${id}" names no local server; ids of models begin with one: ${names}`);
  }
}
