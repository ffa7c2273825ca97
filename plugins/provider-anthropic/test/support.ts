import {
  type Credential,
  Http,
  type ModelEvent,
  type ModelMessage,
  type ModelRequest,
  Secret,
  text,
} from '@maestro/core';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { Value } from 'typebox/value';
import { type AnthropicConfig, Config } from '../src/config.js';
import { AnthropicProvider } from '../src/provider.js';

/** As they are where nothing is set. */
export const settings = Value.Default(Config, {}) as AnthropicConfig;

export const model = 'claude-opus-5-5';

export const credential = (key = 'sk-ant-test-key'): Credential => ({
  id: 'env',
  provider: 'anthropic',
  method: 'anthropic/api_key',
  kind: 'api_key',
  secrets: { api_key: new Secret(key) },
});

export const account = (): Credential => ({
  id: 'a',
  provider: 'anthropic',
  method: 'anthropic/oauth',
  kind: 'oauth',
  secrets: { access_token: new Secret('sk-ant-oat-example'), refresh_token: new Secret('sk-ant-ort-example') },
});

export const user = (words: string): ModelMessage => ({
  role: 'user',
  parts: [text(words)],
  provider: null,
  model: null,
});

export interface Bench {
  sim: ProviderSim;
  http: Http;
  provider: AnthropicProvider;
  notices: [code: string, text: string][];
  request(change?: Partial<ModelRequest>): ModelRequest;
  /** Events of one reply to the end, or to the error. */
  reply(change?: Partial<ModelRequest>): Promise<{ events: ModelEvent[]; error: unknown }>;
  close(): Promise<void>;
}

/** The provider against the simulator, over the real wire. */
export async function bench(path = '', change: Partial<AnthropicConfig> = {}): Promise<Bench> {
  const sim = await startProviderSim({ seed: 'plugin' });
  const http = new Http();
  const notices: Bench['notices'] = [];
  const provider = new AnthropicProvider({
    config: { ...settings, ...change, baseUrl: sim.url + path },
    http: () => http,
  });
  const request = (change: Partial<ModelRequest> = {}): ModelRequest => {
    const signal = change.signal ?? new AbortController().signal;
    return {
      model,
      system: 'Be brief.',
      messages: [user('hello')],
      tools: [],
      credential: credential(),
      sessionId: 's',
      conversationId: 'c',
      turnId: 't',
      effort: null,
      maxTokens: null,
      blob: () => Promise.reject(new Error('there are no images')),
      workingDirectory: '/',
      send: (prepared) => http.send(http.render(prepared), { signal }),
      notice: (code, words) => void notices.push([code, words]),
      signal,
      ...change,
    };
  };
  const reply = async (change?: Partial<ModelRequest>) => collect(provider.stream(request(change)));
  const close = async () => {
    await http.close();
    await sim.close();
  };
  return { sim, http, provider, notices, request, reply, close };
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

export function sentBody(
  sim: ProviderSim,
): Record<string, unknown> & { messages: { role: string; content: object[] }[] } {
  expect(sim.requests.length).to.be.greaterThan(0);
  return JSON.parse(sim.requests.at(-1)!.body.toString());
}
