import { fileURLToPath } from 'node:url';
import { Http, Secret, text } from '@maestro/core';
import { Value } from 'typebox/value';

/** The provider as it is built; what its package exports is the plugin around it. */
const built = new URL('../../plugins/provider-gemini/dist/src/', import.meta.url);
const { Config } = await import(fileURLToPath(new URL('config.js', built)));
const { codeAssistOf, GeminiProvider } = await import(fileURLToPath(new URL('provider.js', built)));

export const project = 'sim-project-1';
export const token = 'ya29.judge';
export const apiKey = 'AIza-judge';

export const keyCredential = credential('api_key', { api_key: apiKey });
export const oauthCredential = credential('oauth', { access_token: token, project });

function credential(kind, values) {
  const secrets = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));
  return { id: '1', provider: 'gemini', method: `gemini/${kind}`, kind, secrets };
}

export const writeFile = {
  name: 'write_file',
  description: 'Writes a file',
  parameters: {
    type: 'object',
    properties: { file_path: { type: 'string' }, content: { type: 'string' } },
    required: ['file_path', 'content'],
  },
};

/** What a conversation consists of, whoever holds it. */
export const nothing = () => ({ text: '', thoughts: '', calls: [], usage: undefined, end: undefined });

/** Our side of a conversation: what the provider makes of the simulator's answers. */
export async function ours(sim, { credential, model, messages }) {
  const http = new Http();
  const config = Value.Default(Config, { baseUrl: sim.url, codeAssistUrl: sim.url, project });
  const provider = new GeminiProvider({
    config,
    codeAssist: codeAssistOf(config, project),
    http: () => http,
    log: { warn: (message) => expectNone(message) },
  });
  const signal = AbortSignal.timeout(10_000);
  const events = [];
  const request = {
    model,
    system: 'Be brief.',
    messages,
    tools: [writeFile],
    credential,
    sessionId: 's',
    conversationId: '00000000-0000-4000-8000-000000000001',
    turnId: '00000000-0000-4000-8000-000000000002',
    effort: null,
    blob: () => Promise.reject(new Error('there are no images')),
    workingDirectory: '/',
    notice: () => undefined,
    signal,
    send: (prepared) => http.send(http.render(prepared), { signal }),
  };
  try {
    for await (const event of provider.stream(request)) events.push(event);
  } finally {
    await http.close();
  }
  return events;
}

function expectNone(message) {
  throw new Error(`the provider warned: ${message}`);
}

/** What our events say. */
export function saidByOurs(events) {
  const said = nothing();
  let open;
  for (const event of events) {
    if (event.type === 'start') open = event.part;
    if (event.type === 'start' && open === 'tool_call') said.calls.push({ name: event.name, json: '' });
    if (event.type === 'delta' && open === 'text') said.text += event.text;
    if (event.type === 'delta' && open === 'thinking') said.thoughts += event.text;
    if (event.type === 'delta' && open === 'tool_call') said.calls.at(-1).json += event.text;
    if (event.type === 'usage') said.usage = counts(event.usage);
    if (event.type === 'done') said.end = event.reason;
  }
  return { ...said, calls: said.calls.map(({ name, json }) => ({ name, args: JSON.parse(json) })) };
}

const counts = ({ requestTokens, responseTokens, cachedTokens = 0, reasoningTokens = 0 }) => ({
  requestTokens,
  responseTokens,
  cachedTokens,
  reasoningTokens,
});

const ENDS = { STOP: 'stop', MAX_TOKENS: 'length', SAFETY: 'refused' };

/** What the pieces say that a client of the maker gives. */
export function saidByTheirs(pieces) {
  const said = nothing();
  for (const { candidates, usageMetadata } of pieces) {
    for (const part of candidates?.[0]?.content?.parts ?? []) {
      if (part.thought) said.thoughts += part.text;
      else said.text += part.text ?? '';
      if (part.functionCall) said.calls.push({ name: part.functionCall.name, args: part.functionCall.args });
    }
    said.end = ENDS[candidates?.[0]?.finishReason] ?? said.end;
    if (usageMetadata) said.usage = countsOf(usageMetadata);
  }
  if (said.calls.length > 0 && said.end === 'stop') said.end = 'tools';
  return said;
}

const countsOf = (told) => ({
  requestTokens: told.promptTokenCount + (told.toolUsePromptTokenCount ?? 0),
  responseTokens: (told.candidatesTokenCount ?? 0) + (told.thoughtsTokenCount ?? 0),
  cachedTokens: told.cachedContentTokenCount ?? 0,
  reasoningTokens: told.thoughtsTokenCount ?? 0,
});

/** Our events as the message the next request carries. */
export function asMessage(events, model) {
  const parts = [];
  for (const event of events) {
    const last = parts.at(-1);
    if (event.type === 'start' && event.part === 'tool_call')
      parts.push({ v: 1, type: 'tool_call', id: event.id, name: event.name, args: '' });
    else if (event.type === 'start') parts.push({ v: 1, type: event.part, text: '' });
    if (event.type === 'delta' && last.type === 'tool_call') last.args += event.text;
    else if (event.type === 'delta') last.text += event.text;
    if (event.type === 'signature') last.signature = event.signature;
  }
  const parsed = parts.map((part) => (part.type === 'tool_call' ? { ...part, args: JSON.parse(part.args) } : part));
  return { role: 'assistant', parts: parsed, provider: 'gemini', model };
}

/** Results of the calls of a message. */
export function answersTo({ parts }) {
  const results = parts
    .filter(({ type }) => type === 'tool_call')
    .map(({ id, name }) => ({
      v: 1,
      type: 'tool_result',
      call_id: id,
      name,
      is_error: false,
      outcome: 'succeeded',
      content: [text('written')],
      duration_ms: 1,
    }));
  return { role: 'tool', parts: results, provider: null, model: null };
}

export const person = (words) => ({ role: 'user', parts: [text(words)], provider: null, model: null });

/** Replies that between them have everything a stream can hold. */
export const replies = {
  text: { steps: [{ type: 'text', text: 'Hello – ä😀 you.', chunk: 3 }] },
  'thoughts and text': {
    steps: [
      { type: 'thinking', text: '**Plan** First this, then that.' },
      { type: 'text', text: 'Done.\n\nReally.' },
    ],
  },
  'two calls': {
    steps: [
      { type: 'thinking', text: 'Two files.' },
      { type: 'text', text: 'I write both.' },
      { type: 'tool', name: 'write_file', input: { file_path: 'a', content: 'one\n"two"' } },
      { type: 'tool', name: 'write_file', input: { file_path: 'b', content: '' } },
    ],
  },
  'a cached request': {
    steps: [{ type: 'text', text: 'x' }],
    usage: { input_tokens: 5, output_tokens: 90, cache_read_input_tokens: 4000, reasoning_tokens: 70 },
  },
  'an end at the limit': { steps: [{ type: 'text', text: 'and so' }], stop_reason: 'max_tokens' },
};

export const textOf = ({ steps }) =>
  steps.flatMap(({ type, text: words }) => (type === 'text' ? [words] : [])).join('');
