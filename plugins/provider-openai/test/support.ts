import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Credential,
  Http,
  type ModelEvent,
  type ModelMessage,
  type ModelRequest,
  type PreparedRequest,
  Secret,
  text,
} from '@maestro/core';
import { Value } from 'typebox/value';
import { Config, type OpenAiConfig } from '../src/config.js';
import { OpenAiProvider } from '../src/provider.js';
import { responsesStreams } from './streams.js';

export const config = (change: object = {}): OpenAiConfig =>
  Value.Default(Config, structuredClone(change)) as OpenAiConfig;

export const keyed = (key = 'sk-test-key-1234'): Credential => ({
  id: 'env',
  provider: 'openai',
  method: 'openai/api_key',
  kind: 'api_key',
  secrets: { api_key: new Secret(key) },
});

export const signedIn = (): Credential => ({
  id: 'row',
  provider: 'openai',
  method: 'openai/oauth',
  kind: 'oauth',
  secrets: { access_token: new Secret('access-token-1'), account_id: new Secret('account-1') },
});

export const user = (words: string): ModelMessage => ({
  role: 'user',
  parts: [text(words)],
  provider: null,
  model: null,
});

export interface Seen {
  method: string;
  path: string;
  /** Names and values as they stood on the wire. */
  headers: [name: string, value: string][];
  body: string;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: string | Buffer;
  /** After the body: nothing more comes, or the connection is cut. */
  after?: 'hold' | 'cut';
}

export const ok: Answer = { body: responsesStreams.text! };

/** A server that gives these answers in turn, the last one for ever. */
export async function serve(answers: readonly Answer[]) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { rawHeaders, method = '', url = '' } = request;
    const body = Buffer.concat(await request.toArray()).toString();
    const headers = Array.from({ length: rawHeaders.length / 2 }, (_, index): [string, string] => [
      rawHeaders[2 * index]!,
      rawHeaders[2 * index + 1]!,
    ]);
    seen.push({ method, path: url, headers, body });
    const answer = answers[Math.min(seen.length, answers.length) - 1] ?? ok;
    const type = answer.status === undefined ? 'text/event-stream' : 'application/json';
    response.writeHead(answer.status ?? 200, { 'content-type': type, ...answer.headers });
    if (!answer.after) return void response.end(answer.body);
    response.write(answer.body, () => answer.after === 'cut' && response.socket?.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url, seen, close };
}

export interface Bench {
  url: string;
  provider: OpenAiProvider;
  http: Http;
  seen: Seen[];
  notices: [code: string, text: string][];
  request(change?: Partial<ModelRequest>): ModelRequest;
  reply(change?: Partial<ModelRequest>): Promise<{ events: ModelEvent[]; error: unknown }>;
  send(prepared: PreparedRequest): ReturnType<Http['send']>;
  close(): Promise<void>;
}

/** The provider against that server, over the real wire. */
export async function bench(change: object = {}, ...answers: Answer[]): Promise<Bench> {
  const server = await serve(answers);
  const http = new Http();
  const notices: Bench['notices'] = [];
  const urls = { baseUrl: server.url, chatgptUrl: server.url };
  const { path = '', ...settings } = change as { path?: string };
  const provider = new OpenAiProvider({
    config: config({ api: 'responses', ...urls, ...settings, ...(path && { baseUrl: server.url + path }) }),
    http: () => http,
  });
  const send = (prepared: PreparedRequest) => http.send(http.render(prepared), { signal: AbortSignal.timeout(10_000) });
  const request = (given: Partial<ModelRequest> = {}): ModelRequest => ({
    model: 'gpt-5.5',
    system: 'Be brief.',
    messages: [user('hello')],
    tools: [],
    credential: keyed(),
    sessionId: 's',
    conversationId: '00000000-0000-4000-8000-000000000001',
    turnId: 't',
    effort: null,
    maxTokens: null,
    blob: () => Promise.reject(new Error('there are no images')),
    workingDirectory: '/',
    send,
    notice: (code, words) => void notices.push([code, words]),
    signal: new AbortController().signal,
    ...given,
  });
  const reply = (given?: Partial<ModelRequest>) => collect(provider.stream(request(given)));
  const close = async () => {
    await http.close();
    await server.close();
  };
  return { url: server.url, provider, http, seen: server.seen, notices, request, reply, send, close };
}

export async function collect(stream: AsyncIterable<ModelEvent>): Promise<{ events: ModelEvent[]; error: unknown }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of stream) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

/** Neighbouring deltas become one, so that chunking does not show. */
export function joined(events: readonly ModelEvent[]): ModelEvent[] {
  const all: ModelEvent[] = [];
  for (const event of events) {
    const last = all.at(-1);
    if (event.type === 'delta' && last?.type === 'delta')
      all[all.length - 1] = { type: 'delta', text: last.text + event.text };
    else all.push(event);
  }
  return all;
}
