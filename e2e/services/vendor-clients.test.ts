import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import type { CallResource, List, Message } from '@maestro/core/protocol';
import { type ProviderSim, type Reply, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import OpenAI from 'openai';
import { dropHome, MaestroProcess, makeHome } from '../support/maestro-process.js';
import { converse, messagesOf, newSession, type OneProvider, trio, trioKeys } from '../support/three-providers.js';

/** What a client made of an answer. */
interface Heard {
  text: string;
  calls: { name: string; args: unknown }[];
  read: number;
  written: number;
}

type Body = Readonly<Record<string, unknown>>;

/** The vendors' own clients, handed the very body that our plugin sent. */
const clients: Record<string, (url: string, body: Body, model: string) => Promise<Heard>> = {
  async anthropic(url, body) {
    const client = new Anthropic({ apiKey: 'sk-ant-client', baseURL: url, maxRetries: 0 });
    const { stream: _, ...params } = body;
    const message = await client.messages.stream(params as never).finalMessage();
    const { usage } = message;
    return {
      text: message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(''),
      calls: message.content.flatMap((block) =>
        block.type === 'tool_use' ? [{ name: block.name, args: block.input }] : [],
      ),
      read: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
      written: usage.output_tokens,
    };
  },

  async openai(url, body) {
    const client = new OpenAI({ apiKey: 'sk-client', baseURL: `${url}/v1`, maxRetries: 0 });
    const { stream: _, ...params } = body;
    const response = await client.responses.stream(params as never).finalResponse();
    return {
      text: response.output_text,
      calls: response.output.flatMap((item) =>
        item.type === 'function_call' ? [{ name: item.name, args: JSON.parse(item.arguments) }] : [],
      ),
      read: response.usage?.input_tokens ?? Number.NaN,
      written: response.usage?.output_tokens ?? Number.NaN,
    };
  },

  async chat(url, body) {
    const client = new OpenAI({ apiKey: 'sk-client', baseURL: `${url}/v1`, maxRetries: 0 });
    const { stream: _, ...params } = body;
    const completion = await client.chat.completions.stream(params as never).finalChatCompletion();
    const { message } = completion.choices[0]!;
    return {
      text: message.content ?? '',
      calls: (message.tool_calls ?? []).flatMap((call) =>
        call.type === 'function' ? [{ name: call.function.name, args: JSON.parse(call.function.arguments) }] : [],
      ),
      read: completion.usage?.prompt_tokens ?? Number.NaN,
      written: completion.usage?.completion_tokens ?? Number.NaN,
    };
  },

  async gemini(url, body, model) {
    const client = new GoogleGenAI({ apiKey: 'AIza-client', httpOptions: { baseUrl: url, apiVersion: 'v1beta' } });
    const { contents, systemInstruction, tools, generationConfig } = body;
    const config = { ...(generationConfig as object), systemInstruction, tools } as never;
    const heard: Heard = { text: '', calls: [], read: Number.NaN, written: Number.NaN };
    for await (const chunk of await client.models.generateContentStream({
      model,
      contents: contents as never,
      config,
    })) {
      for (const part of chunk.candidates?.[0]?.content?.parts ?? []) {
        if (part.text && !part.thought) heard.text += part.text;
        if (part.functionCall) heard.calls.push({ name: part.functionCall.name!, args: part.functionCall.args });
      }
      const { usageMetadata: usage } = chunk;
      if (usage) heard.read = (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0);
      if (usage) heard.written = (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0);
    }
    return heard;
  },
};

const script: Reply[] = [
  {
    steps: [
      { type: 'thinking', text: 'Two folders are wanted.' },
      { type: 'text', text: 'Looking – ä😀.' },
      { type: 'tool', name: 'list_directory', input: { path: '.' } },
      { type: 'tool', name: 'list_directory', input: { path: 'nowhere' } },
    ],
    usage: { input_tokens: 321, output_tokens: 45 },
  },
  { steps: [{ type: 'text', text: 'One of them is there.' }], usage: { input_tokens: 432, output_tokens: 9 } },
];

const cases: { name: string; client: string; provider: OneProvider; api: string }[] = [
  ...trio.map((provider) => ({ name: provider.id, client: provider.id, provider, api: 'responses' })),
  { name: 'openai, Chat Completions', client: 'chat', provider: { ...trio[1]!, model: 'gpt-4.1' }, api: 'chat' },
];

for (const { name, client, provider, api } of cases) {
  describe(`the vendor's own client for ${name}`, function () {
    this.timeout(120_000);
    let sim: ProviderSim;
    let home: string;
    let folder: string;
    let server: MaestroProcess;

    before(async () => {
      sim = await startProviderSim();
      home = await makeHome(`plugins:
  "@maestro/provider-anthropic": { baseUrl: "${sim.url}" }
  "@maestro/provider-openai": { baseUrl: "${sim.url}", api: ${api} }
  "@maestro/provider-gemini": { baseUrl: "${sim.url}" }
`);
      folder = await mkdtemp(path.join(tmpdir(), 'maestro-client-'));
      server = await MaestroProcess.start({ home, env: trioKeys });
    });
    after(async () => {
      await server.stop();
      await sim.close();
      await dropHome(home);
      await rm(folder, { recursive: true, force: true });
    });

    it('sends our bodies, is accepted, and hears the text, the calls and the usage that we heard', async () => {
      const { session_id } = await newSession(server, provider, folder);
      sim.play(...script);
      const { status } = await converse(server, session_id, 'what is in these folders?');
      expect(status, JSON.stringify(sim.rejected.map(({ refusal }) => refusal))).to.equal('idle');
      const calls = (await server.must<List<CallResource>>('GET', `/sessions/${session_id}/calls`)).items;
      expect(calls).to.have.length(2);
      const replies = (await messagesOf(server, session_id)).filter(({ role }) => role === 'assistant');
      sim.play(...script);
      for (const [index, call] of calls.entries()) {
        const body = JSON.parse((await server.bytes(`/calls/${call.id}/request`)).toString('utf8'));
        const heard = await clients[client]!(sim.url, body, provider.model);
        expect(heard).to.deep.equal(ours(replies[index]!));
      }
      expect(sim.rejected.map(({ refusal }) => refusal)).to.deep.equal([]);
    });
  });
}

function ours({ parts, request_tokens, response_tokens }: Message): Heard {
  return {
    text: parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join(''),
    calls: parts.flatMap((part) => (part.type === 'tool_call' ? [{ name: part.name, args: part.args }] : [])),
    read: request_tokens ?? Number.NaN,
    written: response_tokens ?? Number.NaN,
  };
}
