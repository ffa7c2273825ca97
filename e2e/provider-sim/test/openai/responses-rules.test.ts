import { expect } from 'chai';
import { type ProviderSim, startProviderSim } from '../../src/index.js';
import { document, model, picture, post, user, writeFile } from './support.js';

describe('the rules of the Responses API', () => {
  let sim: ProviderSim;
  before(async () => {
    sim = await startProviderSim();
  });
  after(async () => sim.close());

  const body = (change: object = {}) => ({ model, input: 'hi', ...change });
  const history = (...input: object[]) => body({ input });
  const call = (call_id: string, more: object = {}) => ({
    type: 'function_call',
    call_id,
    name: 'look',
    arguments: '{}',
    ...more,
  });
  const output = (call_id: string) => ({ type: 'function_call_output', call_id, output: 'ok' });
  const reasoning = (more: object = {}) => ({ type: 'reasoning', id: 'rs_1', summary: [], ...more });
  const said = { role: 'assistant', content: 'x' };
  const shows = (...content: object[]) => history({ role: 'user', content });
  const image = (image_url: unknown) => shows({ type: 'input_image', image_url });
  const tools = (change: object) => body({ tools: [{ ...writeFile, ...change }] });
  const strict = (parameters: object) => tools({ strict: true, parameters });
  const long = 'x'.repeat(65);

  const refused: [what: string, body: unknown, message: string, code: string | null, param?: string | null][] = [
    ['no JSON', '{', 'could not parse the JSON body', null],
    ['JSON that is no object', '[]', 'could not parse the JSON body', null],
    ['no model', body({ model: undefined }), "Missing required parameter: 'model'", 'missing_required_parameter'],
    ['an unknown model', body({ model: 'gpt-0' }), "The requested model 'gpt-0' does not exist.", 'model_not_found'],
    ['an unknown key', body({ colour: 1 }), "Unknown parameter: 'colour'.", 'unknown_parameter', 'colour'],
    ['messages', body({ messages: [] }), "Unknown parameter: 'messages'.", 'unknown_parameter'],
    [
      'a wrong type',
      body({ stream: 'yes' }),
      "Invalid type for 'stream': expected a boolean, but got a string",
      'invalid_type',
    ],
    ['no input', body({ input: undefined }), 'must be provided', 'missing_required_parameter', 'input'],
    ['an empty input', history(), 'must be provided', 'missing_required_parameter'],
    [
      'an input that is a number',
      body({ input: 3 }),
      "Invalid type for 'input': expected one of a string or array",
      'invalid_type',
    ],
    ['an item that is a string', body({ input: ['x'] }), "Invalid type for 'input[0]'", 'invalid_type'],
    [
      'an unknown item',
      history({ type: 'song' }),
      "Invalid value: 'song'. Supported values are: 'message'",
      'invalid_value',
      'input[0].type',
    ],
    [
      'an unknown key of an item',
      history({ ...user('x'), mood: 1 }),
      "Unknown parameter: 'input[0].mood'.",
      'unknown_parameter',
    ],
    ['a message without role', history({ content: 'x' }), "'input[0].role'", 'missing_required_parameter'],
    ['a role that is none', history({ role: 'tool', content: 'x' }), "Invalid value: 'tool'", 'invalid_value'],
    ['a message without content', history({ role: 'user' }), "'input[0].content'", 'missing_required_parameter'],
    ['a message with an empty list', shows(), "Invalid 'input[0].content': empty array.", 'empty_array'],
    [
      'a part for the model from the user',
      shows({ type: 'output_text', text: 'x' }),
      "Supported values are: 'input_text'",
      'invalid_value',
    ],
    [
      'a part for the user from the model',
      history({ role: 'assistant', content: [{ type: 'input_text', text: 'x' }] }),
      "Supported values are: 'output_text' and 'refusal'.",
      'invalid_value',
    ],
    ['a part without text', shows({ type: 'input_text' }), "'input[0].content[0].text'", 'missing_required_parameter'],
    [
      'a call without result',
      history(user('x'), call('c1')),
      'No tool output found for function call c1.',
      null,
      'input',
    ],
    ['one of two calls without', history(user('x'), call('c1'), call('c2'), output('c1')), 'function call c2.', null],
    [
      'a result without call',
      history(user('x'), output('c9')),
      'No tool call found for function call output with call_id c9.',
      null,
    ],
    ['a result before its call', history(user('x'), output('c1'), call('c1')), 'No tool call found', null],
    ['a result twice', history(user('x'), call('c1'), output('c1'), output('c1')), 'Duplicate tool output', null],
    ['a call twice', history(user('x'), call('c1'), call('c1'), output('c1')), 'Duplicate function call', null],
    [
      'an item twice',
      history(call('c1', { id: 'fc_1' }), call('c2', { id: 'fc_1' }), output('c1'), output('c2')),
      'Duplicate item found with id fc_1',
      null,
    ],
    [
      'a long call id',
      history(call(long), output(long)),
      'string too long. Expected a string with maximum length 64, but got a string with length 65',
      'string_above_max_length',
      'input[0].call_id',
    ],
    [
      'a long item id',
      history({ ...said, id: `msg_${long}` }),
      'string too long',
      'string_above_max_length',
      'input[0].id',
    ],
    [
      "an item id that begins as another's",
      history(call('c1', { id: 'call_1' }), output('c1')),
      "Expected an ID that begins with 'fc'.",
      'invalid_value',
    ],
    [
      'a call without arguments',
      history(call('c1', { arguments: undefined }), output('c1')),
      "'input[0].arguments'",
      'missing_required_parameter',
    ],
    [
      'arguments that are no text',
      history(call('c1', { arguments: {} }), output('c1')),
      "Invalid type for 'input[0].arguments'",
      'invalid_type',
    ],
    [
      'a call of a strange name',
      history(call('c1', { name: 'a b' }), output('c1')),
      'does not match pattern',
      'invalid_value',
    ],
    [
      'reasoning without summary',
      history(reasoning({ summary: undefined }), said),
      "'input[0].summary'",
      'missing_required_parameter',
    ],
    [
      'reasoning of others',
      history(reasoning({ encrypted_content: 'gAAAAAx.y' }), said),
      'could not be verified',
      'invalid_encrypted_content',
      null,
    ],
    [
      'an unknown previous response',
      body({ previous_response_id: 'resp_1' }),
      "Previous response with id 'resp_1' not found.",
      'previous_response_not_found',
    ],
    [
      'an unknown effort',
      body({ reasoning: { effort: 'huge' } }),
      "Unsupported value: 'huge' is not supported with the 'gpt-5' model. Supported values are: 'minimal', 'low', 'medium', and 'high'.",
      'unsupported_value',
      'reasoning.effort',
    ],
    [
      'an effort of another model',
      body({ model: 'gpt-5.1', reasoning: { effort: 'minimal' } }),
      "Supported values are: 'none', 'low', 'medium', and 'high'.",
      'unsupported_value',
    ],
    [
      'an effort where none is',
      body({ model: 'gpt-4o', reasoning: { effort: 'low' } }),
      "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
      'unsupported_parameter',
    ],
    [
      'an unknown summary',
      body({ reasoning: { summary: 'long' } }),
      "Invalid value: 'long'",
      'invalid_value',
      'reasoning.summary',
    ],
    [
      'a temperature beside reasoning',
      body({ temperature: 0 }),
      "Unsupported parameter: 'temperature'",
      'unsupported_parameter',
    ],
    [
      'an unknown include',
      body({ include: ['reasoning'] }),
      "Invalid value: 'reasoning'",
      'invalid_value',
      'include[0]',
    ],
    ['max_tokens', body({ max_tokens: 100 }), "Unknown parameter: 'max_tokens'.", 'unknown_parameter'],
    ['a small limit', body({ max_output_tokens: 5 }), 'Expected a value >= 16, but got 5', 'integer_below_min_value'],
    ['a large limit', body({ max_output_tokens: 999_999 }), 'Expected a value <= 128000', 'integer_above_max_value'],
    ['options of a stream that is none', body({ stream_options: {} }), "only allowed when 'stream' is enabled", null],
    [
      'an image that is no address',
      image('a.png'),
      'Expected a valid URL',
      'invalid_value',
      'input[0].content[0].image_url',
    ],
    [
      'an image of another type',
      image('data:image/tiff;base64,AAAA'),
      "unsupported MIME type 'image/tiff'",
      'invalid_value',
    ],
    ['an image that is broken', image('data:image/png;base64,####'), 'without valid base64 data', 'invalid_value'],
    ['an image that is none', image('data:image/png;base64,AAAA'), 'unsupported image', 'invalid_image_format'],
    [
      'a file without name',
      shows({ type: 'input_file', file_data: document }),
      "filename'",
      'missing_required_parameter',
    ],
    [
      'a file of another type',
      shows({ type: 'input_file', filename: 'a', file_data: picture }),
      "unsupported MIME type 'image/png'",
      'invalid_value',
    ],
    [
      'a tool with a bad name',
      tools({ name: 'a b' }),
      "Invalid 'tools[0].name': string does not match pattern.",
      'invalid_value',
      'tools[0].name',
    ],
    ['a tool with a long name', tools({ name: long }), 'maximum length 64', 'string_above_max_length'],
    ['a tool without name', tools({ name: undefined }), "'tools[0].name'", 'missing_required_parameter'],
    [
      'a tool of the other API',
      body({ tools: [{ type: 'function', function: writeFile }] }),
      "Unknown parameter: 'tools[0].function'.",
      'unknown_parameter',
    ],
    ['an unknown kind of tool', tools({ type: 'hammer' }), "Invalid value: 'hammer'", 'invalid_value'],
    [
      'a schema that is no object',
      tools({ parameters: { type: 'array' } }),
      `Invalid schema for function 'write_file': schema must be a JSON Schema of 'type: "object"', got 'type: "array"'.`,
      'invalid_function_parameters',
      'tools[0].parameters',
    ],
    [
      'a list without items',
      tools({ parameters: { type: 'object', properties: { a: { type: 'array' } } } }),
      "In context=('properties', 'a'), array schema missing items.",
      'invalid_function_parameters',
    ],
    [
      'a strict tool that is open',
      strict(writeFile.parameters),
      "'additionalProperties' is required to be supplied and to be false.",
      'invalid_function_parameters',
    ],
    [
      'a strict tool with a choice',
      strict({ ...writeFile.parameters, additionalProperties: false, required: ['content'] }),
      "Missing 'file_path'.",
      'invalid_function_parameters',
    ],
    [
      'an unknown choice of tools',
      body({ tool_choice: 'any' }),
      "Invalid value: 'any'",
      'invalid_value',
      'tool_choice',
    ],
    ['a choice that is not offered', body({ tool_choice: { type: 'function', name: 'x' } }), 'not found in', null],
  ];
  for (const [what, given, message, code, param] of refused)
    it(`refuse ${what}`, async () => {
      const { status, json, headers } = await post(sim, given);
      expect(status).to.equal(400);
      expect(json.error.message).to.contain(message);
      expect(json.error).to.include({ type: 'invalid_request_error', code });
      if (param !== undefined) expect(json.error.param).to.equal(param);
      expect(headers.get('x-request-id')).to.match(/^req_/);
      expect(sim.rejected.at(-1)?.refusal?.message).to.equal(json.error.message);
    });

  it('refuse reasoning that would have to be stored, or that stands alone', async () => {
    const stored = await post(sim, history(reasoning(), said));
    expect([stored.status, stored.json.error.message]).to.deep.equal([404, "Item with id 'rs_1' not found."]);
    const unstored = await post(sim, { ...history(reasoning(), said), store: false });
    expect(unstored.json.error.message).to.contain('Items are not persisted when `store` is set to false.');
    const first = await post(
      sim,
      body({ include: ['reasoning.encrypted_content'], input: 'write x', tools: [writeFile] }),
    );
    const { output: items } = first.json as unknown as { output: object[] };
    const alone = await post(sim, history(user('write x'), items[0]!, user('go on')));
    expect(alone.json.error.message).to.match(
      /^Item 'rs_\w+' of type 'reasoning' was provided without its required following/,
    );
    const elsewhere = await post(sim, history(user('write x'), items[0]!, said), {
      headers: { 'openai-organization': 'org-other' },
    });
    expect(elsewhere.json.error.code).to.equal('invalid_encrypted_content');
    expect((await post(sim, history(user('write x'), items[0]!, said))).status).to.equal(200);
  });

  it('take what they may: dated models, no effort, hosted tools, system messages in the list', async () => {
    const fine = [
      body({ model: 'gpt-5.1', reasoning: { effort: 'none' }, temperature: 0.2 }),
      body({ model: 'gpt-4o-2024-11-20', temperature: 0.2 }),
      body({ tools: [{ type: 'web_search' }, writeFile], tool_choice: { type: 'function', name: 'write_file' } }),
      history({ role: 'developer', content: 'Be brief.' }, user('x'), call('c1'), output('c1'), user('and?')),
      history(user('x'), call('c1'), { ...output('c1'), output: [{ type: 'input_image', image_url: picture }] }),
    ];
    for (const each of fine) expect((await post(sim, each)).status, JSON.stringify(each)).to.equal(200);
  });
});
