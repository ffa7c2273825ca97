import { Http } from '@maestro/core';
import { describeProvider, type ProviderHarness, type Situation } from '@maestro/core/testing';
import { OpenAiProvider } from '../src/provider.js';
import { chatStreams, responsesStreams } from './streams.js';
import { type Answer, config, keyed, serve, signedIn } from './support.js';

const refusal = (status: number, error: object, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: JSON.stringify({ error: { message: 'no', type: 'invalid_request_error', param: null, code: null, ...error } }),
});

const KEY = 'sk-test-key-1234';
const overloaded = { error: { message: 'overloaded', type: 'server_error', code: 'server_is_overloaded' } };
const list = JSON.stringify({ object: 'list', data: [{ id: 'gpt-6-sol' }, { id: 'gpt-4o' }] });

const ways = [
  {
    name: 'openai over the Responses API',
    api: 'responses',
    streams: responsesStreams,
    credential: keyed(KEY),
    cannot: [],
    proved: list,
  },
  {
    name: 'openai over Chat Completions',
    api: 'chat',
    streams: chatStreams,
    credential: keyed(KEY),
    cannot: ['thinking', 'count'],
    proved: list,
  },
  {
    name: 'openai with a ChatGPT account',
    api: 'auto',
    streams: responsesStreams,
    credential: signedIn(),
    cannot: ['count', 'models'],
    proved: '{"plan_type":"plus"}',
  },
] as const;

for (const { name, api, streams, credential, cannot, proved } of ways) {
  const begun = streams.text!.subarray(0, streams.text!.indexOf('– data'));
  const spoilt = `data: ${JSON.stringify({ type: 'response.failed', response: overloaded, ...overloaded })}\n\n`;
  const answers: Record<Situation, Answer> = {
    text: { body: streams.text! },
    usage: { body: streams.text! },
    image: { body: streams.text! },
    open_end: { body: streams.text!, after: 'hold' },
    thinking: { body: streams.thinking! },
    tool_call: { body: streams.tools! },
    parallel_calls: { body: streams.tools! },
    cut: { body: begun, after: 'cut' },
    held: { body: begun, after: 'hold' },
    error_event: { body: Buffer.concat([whole(begun), Buffer.from(spoilt)]) },
    auth: refusal(401, { code: 'invalid_api_key' }),
    key_echo: refusal(401, { message: `Incorrect key: ${KEY}, access-token-1, account-1` }),
    rate_limit: refusal(429, { code: 'rate_limit_exceeded' }, { 'retry-after': '2' }),
    quota: refusal(429, { code: 'credit_balance_exhausted', type: 'insufficient_quota' }),
    overloaded: refusal(503, { message: 'The engine is currently overloaded', type: 'server_error' }),
    unavailable: refusal(500, { type: 'server_error' }),
    too_long: refusal(400, { code: 'context_length_exceeded' }),
    not_found: refusal(404, { code: 'model_not_found' }),
    bad_request: refusal(400, { message: 'Missing required parameter' }),
    count: { status: 200, body: '{"object":"response.input_tokens","input_tokens":12}' },
    models: { status: 200, body: list },
    verify: { status: 200, body: proved },
  };
  describeProvider(name, {
    situations: (Object.keys(answers) as Situation[]).filter((each) => !(cannot as readonly string[]).includes(each)),
    async open(): Promise<ProviderHarness> {
      const plan: Answer[] = [];
      const server = await serve(plan);
      const http = new Http();
      const provider = new OpenAiProvider({
        config: config({ api, baseUrl: server.url, chatgptUrl: server.url }),
        http: () => http,
      });
      return {
        provider,
        request: { model: 'gpt-5.5', credential },
        play: (situation) => void plan.push(answers[situation]),
        seen: () => server.seen.length,
        async close() {
          await http.close();
          await server.close();
        },
      };
    },
  });
}

/** The events that came whole. */
function whole(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.lastIndexOf('\n\n') + 2);
}
