import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Credential,
  Http,
  type ModelEvent,
  type ModelMessage,
  type ModelRequest,
  type Part,
  Secret,
  text,
} from '@maestro/core';
import { Value } from 'typebox/value';
import { Config, type GeminiConfig } from '../src/config.js';
import { codeAssistOf, GeminiProvider } from '../src/provider.js';

export const model = 'gemini-2.5-flash';

export const keyCredential = (key = 'AIza-test-key'): Credential => ({
  id: 'env',
  provider: 'gemini',
  method: 'gemini/api_key',
  kind: 'api_key',
  secrets: { api_key: new Secret(key) },
});

export const oauthCredential = (token = 'ya29-test-token'): Credential => ({
  id: '1',
  provider: 'gemini',
  method: 'gemini/oauth',
  kind: 'oauth',
  secrets: {
    access_token: new Secret(token),
    refresh_token: new Secret('1-test-refresh'),
    project: new Secret('kept-project'),
  },
});

export const user = (...parts: (string | Part)[]): ModelMessage => ({
  role: 'user',
  parts: parts.map((part) => (typeof part === 'string' ? text(part) : part)),
  provider: null,
  model: null,
});

export const reply = (parts: Part[], by = model, provider = 'gemini'): ModelMessage => ({
  role: 'assistant',
  parts,
  provider,
  model: by,
});

export const call = (id: string, name = 'look', args: unknown = { at: 'it' }): Part => ({
  v: 1,
  type: 'tool_call',
  id,
  name,
  args,
});

export const think = (words: string, signature?: string): Part => ({
  v: 1,
  type: 'thinking',
  text: words,
  ...(signature !== undefined && { signature }),
});

type Result = Extract<Part, { type: 'tool_result' }>;

export const result = (call_id: string, change: Partial<Result> = {}): Result => ({
  v: 1,
  type: 'tool_result',
  call_id,
  name: 'look',
  is_error: false,
  outcome: 'succeeded',
  content: [text('seen')],
  duration_ms: 1,
  ...change,
});

export const results = (...parts: Result[]): ModelMessage => ({ role: 'tool', parts, provider: null, model: null });

/** A reply as the engine stores it. */
export function asMessage(events: readonly ModelEvent[], by: string): ModelMessage {
  const parts: Part[] = [];
  for (const event of events) {
    if (event.type === 'start' && event.part === 'tool_call') parts.push(call(event.id, event.name, ''));
    else if (event.type === 'start') parts.push({ v: 1, type: event.part, text: '' });
    const last = parts.at(-1);
    if (event.type === 'delta' && last?.type === 'tool_call') last.args = JSON.parse(event.text);
    if (event.type === 'delta' && (last?.type === 'text' || last?.type === 'thinking')) last.text += event.text;
    if (event.type === 'signature' && last?.type === 'thinking') last.signature = event.signature;
  }
  return reply(parts, by);
}

export const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../test/fixtures/${name}.sse`, import.meta.url));

export async function collect(stream: AsyncIterable<ModelEvent>): Promise<{ events: ModelEvent[]; error: unknown }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of stream) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

export interface Seen {
  method: string;
  path: string;
  headers: string[];
  text: string;
  body: Record<string, unknown>;
}

export interface Answer {
  status?: number;
  type?: string;
  body: Buffer | string | object;
}

/** A server that answers as told, one answer a request; the last serves for the rest. */
export async function server(...answers: Answer[]) {
  const seen: Seen[] = [];
  const listener = createServer(async (request, response) => {
    seen.push(await read(request));
    const { status = 200, type = 'application/json', body } = answers[Math.min(seen.length, answers.length) - 1]!;
    response.writeHead(status, { 'content-type': type });
    response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      listener.close(() => resolve());
      listener.closeAllConnections();
    });
  return { url, seen, close };
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const words = Buffer.concat(chunks).toString();
  const isJson = words.startsWith('{');
  return {
    method: request.method!,
    path: request.url!,
    headers: request.rawHeaders,
    text: words,
    body: isJson ? JSON.parse(words) : {},
  };
}

export const stream = (body: Buffer | string): Answer => ({ type: 'text/event-stream', body });

/** Settings as the platform fills them in. */
export const settings = (change: object = {}): GeminiConfig => Value.Default(Config, change) as GeminiConfig;

/** The provider against a server, over the real wire. */
export async function bench(config: object, ...answers: Answer[]) {
  const behind = await server(...answers);
  const http = new Http();
  const notices: [code: string, text: string][] = [];
  const all = settings({ baseUrl: behind.url, codeAssistUrl: behind.url, ...config });
  const codeAssist = { ...codeAssistOf(all, all.project || undefined), pollMs: 1 };
  const provider = new GeminiProvider({ config: all, codeAssist, http: () => http });
  const signal = new AbortController().signal;
  const send: ModelRequest['send'] = (prepared) => http.send(http.render(prepared), { signal });
  const request = (change: Partial<ModelRequest> = {}): ModelRequest => ({
    model,
    system: 'Be brief.',
    messages: [user('hello')],
    tools: [],
    credential: keyCredential(),
    sessionId: 's',
    conversationId: '00000000-0000-4000-8000-000000000001',
    turnId: '00000000-0000-4000-8000-000000000002',
    effort: null,
    maxTokens: null,
    blob: () => Promise.reject(new Error('there are no images')),
    workingDirectory: '/',
    send,
    notice: (code, words) => void notices.push([code, words]),
    signal,
    ...change,
  });
  const ask = (change?: Partial<ModelRequest>) => collect(provider.stream(request(change)));
  const close = async () => {
    await http.close();
    await behind.close();
  };
  return { ...behind, provider, notices, request, ask, send, close };
}
