import { expect } from 'chai';
import { type ProviderSim, startProviderSim } from '../../src/index.js';
import { chatWriteFile, document, model, picture, post, user } from './support.js';

describe('the rules of Chat Completions', () => {
  let sim: ProviderSim;
  before(async () => {
    sim = await startProviderSim();
  });
  after(async () => sim.close());

  const path = '/v1/chat/completions';
  const body = (change: object = {}) => ({ model, messages: [user('hi')], ...change });
  const history = (...messages: object[]) => body({ messages });
  const calls = (...ids: string[]) => ({
    role: 'assistant',
    tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'look', arguments: '{}' } })),
  });
  const called = (change: object) => ({
    role: 'assistant',
    tool_calls: [{ ...calls('c1').tool_calls[0], ...change }],
  });
  const result = (tool_call_id: string) => ({ role: 'tool', tool_call_id, content: 'ok' });
  const shows = (...content: object[]) => history({ role: 'user', content });
  const tools = (change: object) =>
    body({ tools: [{ type: 'function', function: { ...chatWriteFile.function, ...change } }] });
  const long = 'x'.repeat(65);

  const refused: [what: string, body: unknown, message: string, code: string | null, param?: string | null][] = [
    ['no model', body({ model: undefined }), 'you must provide a model parameter', null, null],
    ['an unknown key', body({ input: 'x' }), "Unknown parameter: 'input'.", 'unknown_parameter', 'input'],
    [
      'a wrong type',
      body({ messages: 'x' }),
      "Invalid type for 'messages': expected an array of objects, but got a string instead.",
      'invalid_type',
    ],
    [
      'no messages',
      body({ messages: undefined }),
      "Missing required parameter: 'messages'.",
      'missing_required_parameter',
      'messages',
    ],
    ['an empty list of messages', history(), "Invalid 'messages': empty array.", 'empty_array'],
    ['a message without role', history({ content: 'x' }), "'messages[0].role'", 'missing_required_parameter'],
    [
      'an unknown role',
      history({ role: 'model', content: 'x' }),
      "Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
      'invalid_value',
      'messages[0].role',
    ],
    [
      'an unknown key of a message',
      history({ ...user('x'), mood: 1 }),
      "Unknown parameter: 'messages[0].mood'.",
      'unknown_parameter',
    ],
    [
      'a message without content',
      history({ role: 'user' }),
      'expected a string, got null.',
      null,
      'messages.[0].content',
    ],
    [
      'a reply without anything',
      history(user('x'), { role: 'assistant', content: null }),
      'expected a string, got null.',
      null,
    ],
    [
      'no calls',
      history(user('x'), { role: 'assistant', tool_calls: [] }),
      "Invalid 'messages[1].tool_calls': empty array.",
      'empty_array',
    ],
    ['a part without type', shows({ text: 'x' }), "'messages[0].content[0].type'", 'missing_required_parameter'],
    [
      'a part of the other API',
      shows({ type: 'input_text', text: 'x' }),
      "Invalid value: 'input_text'",
      'invalid_value',
    ],
    [
      'a picture from a tool',
      history(user('x'), calls('c1'), {
        ...result('c1'),
        content: [{ type: 'image_url', image_url: { url: picture } }],
      }),
      "Supported values are: 'text'",
      'invalid_value',
    ],
    [
      'a picture that is no address',
      shows({ type: 'image_url', image_url: { url: 'x' } }),
      'Expected a valid URL',
      'invalid_value',
    ],
    [
      'a picture given as a text',
      shows({ type: 'image_url', image_url: picture }),
      "'messages[0].content[0].image_url'",
      'missing_required_parameter',
    ],
    [
      'a file of another type',
      shows({ type: 'file', file: { filename: 'a', file_data: picture } }),
      "'image/png'",
      'invalid_value',
    ],
    [
      'a file without name',
      shows({ type: 'file', file: { file_data: document } }),
      'filename',
      'missing_required_parameter',
    ],
    [
      'a call without result',
      history(user('x'), calls('c1')),
      'The following tool_call_ids did not have response messages: c1',
      null,
      'messages.[2].role',
    ],
    [
      'one of two calls without',
      history(user('x'), calls('c1', 'c2'), result('c1'), user('y')),
      'did not have response messages: c2',
      null,
      'messages.[3].role',
    ],
    [
      'a result after words',
      history(user('x'), calls('c1'), user('y'), result('c1')),
      'did not have response messages: c1',
      null,
    ],
    [
      'a result without call',
      history(user('x'), result('c9')),
      "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
      null,
      'messages.[1].role',
    ],
    [
      'a result of an earlier call',
      history(user('x'), calls('c1'), result('c1'), calls('c2'), result('c1')),
      "'tool_call_id' of 'c1' not found in 'tool_calls' of previous message.",
      null,
    ],
    [
      'a result twice',
      history(user('x'), calls('c1'), result('c1'), result('c1')),
      "Duplicate value for 'tool_call_id' of 'c1'",
      null,
    ],
    [
      'a result without id',
      history(user('x'), calls('c1'), { role: 'tool', content: 'x' }),
      "tool_call_id'",
      'missing_required_parameter',
    ],
    [
      'a long id',
      history(user('x'), calls(long), result(long)),
      'maximum length 64',
      'string_above_max_length',
      'messages[1].tool_calls[0].id',
    ],
    [
      'a call of a strange name',
      history(user('x'), called({ function: { name: 'a b', arguments: '' } }), result('c1')),
      'does not match pattern',
      'invalid_value',
    ],
    [
      'arguments that are no text',
      history(user('x'), called({ function: { name: 'a', arguments: {} } }), result('c1')),
      'expected a string, but got an object',
      'invalid_type',
    ],
    [
      'a call without type',
      history(user('x'), called({ type: undefined }), result('c1')),
      "tool_calls[0].type'",
      'missing_required_parameter',
    ],
    [
      'a tool with a bad name',
      tools({ name: 'a b' }),
      "Invalid 'tools[0].function.name'",
      'invalid_value',
      'tools[0].function.name',
    ],
    [
      'a schema that is no object',
      tools({ parameters: { type: 'string' } }),
      "Invalid schema for function 'write_file'",
      'invalid_function_parameters',
      'tools[0].function.parameters',
    ],
    [
      'a tool of the other API',
      body({ tools: [{ type: 'function', name: 'a' }] }),
      "Unknown parameter: 'tools[0].name'.",
      'unknown_parameter',
    ],
    [
      'a choice without tools',
      body({ tool_choice: 'auto' }),
      "'tool_choice' is only allowed when 'tools' are specified.",
      null,
      'tool_choice',
    ],
    [
      'parallel calls without tools',
      body({ parallel_tool_calls: true }),
      "only allowed when 'tools' are specified.",
      null,
    ],
    [
      'options of a stream that is none',
      body({ stream_options: { include_usage: true } }),
      "only allowed when 'stream' is enabled.",
      null,
      'stream_options',
    ],
    [
      'max_tokens of a model that reasons',
      body({ max_tokens: 10 }),
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'unsupported_parameter',
      'max_tokens',
    ],
    [
      'a large limit',
      body({ model: 'gpt-4o', max_tokens: 99_999 }),
      'max_tokens is too large: 99999. This model supports at most 16384 completion tokens',
      'invalid_value',
    ],
    ['a limit of none', body({ max_completion_tokens: 0 }), 'integer below minimum value', 'integer_below_min_value'],
    [
      'a temperature beside reasoning',
      body({ temperature: 0.2 }),
      "'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
      'unsupported_value',
    ],
    [
      'an effort of another model',
      body({ reasoning_effort: 'none' }),
      "Unsupported value: 'none' is not supported with the 'gpt-5' model.",
      'unsupported_value',
      'reasoning_effort',
    ],
    [
      'an effort where none is',
      body({ model: 'gpt-4o', reasoning_effort: 'low' }),
      'Unrecognized request argument supplied: reasoning_effort',
      null,
    ],
    [
      'reasoning of the other API',
      body({ reasoning: { effort: 'low' } }),
      "Unknown parameter: 'reasoning'.",
      'unknown_parameter',
    ],
    [
      'tools of a new model that reasons',
      body({ model: 'gpt-5.6', tools: [chatWriteFile] }),
      "Function tools with reasoning_effort are not supported for gpt-5.6 in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
      null,
      'reasoning_effort',
    ],
    [
      'tools beside an effort',
      body({ model: 'gpt-5.4', reasoning_effort: 'low', tools: [chatWriteFile] }),
      'Please use /v1/responses instead.',
      null,
    ],
    [
      'a prompt over the window',
      body({ model: 'gpt-4o', messages: [user('x'.repeat(600_000))] }),
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 150",
      'context_length_exceeded',
      'messages',
    ],
  ];
  for (const [what, given, message, code, param] of refused)
    it(`refuse ${what}`, async () => {
      const { status, json } = await post(sim, given, { path });
      expect(status).to.equal(400);
      expect(json.error.message).to.contain(message);
      expect(json.error).to.include({ type: 'invalid_request_error', code });
      if (param !== undefined) expect(json.error.param).to.equal(param);
      expect(sim.rejected.at(-1)?.refusal?.message).to.equal(json.error.message);
    });

  it('refuse an unknown model as not found', async () => {
    const { status, json } = await post(sim, body({ model: 'gpt-0' }), { path });
    expect([status, json.error.code]).to.deep.equal([404, 'model_not_found']);
    expect(json.error.message).to.equal('The model `gpt-0` does not exist or you do not have access to it.');
  });

  it('take what they may: max_tokens of old models, tools with no effort, results in any order', async () => {
    const fine = [
      body({ model: 'gpt-4o', max_tokens: 10, temperature: 0.2 }),
      body({ model: 'gpt-5.6', reasoning_effort: 'none', tools: [chatWriteFile], temperature: 0.2 }),
      body({ model: 'gpt-5.4', tools: [chatWriteFile], tool_choice: 'auto' }),
      history({ role: 'system', content: 'x' }, user('x'), calls('c1', 'c2'), result('c2'), result('c1'), user('y')),
    ];
    for (const each of fine) expect((await post(sim, each, { path })).status, JSON.stringify(each)).to.equal(200);
  });
});
