import { expect } from 'chai';
import { type ProviderSim, startProviderSim } from '../../src/index.js';
import { model, newModel, post, user } from './support.js';

describe('the rules of the Gemini API', () => {
  let sim: ProviderSim;
  before(async () => {
    sim = await startProviderSim();
  });
  after(async () => sim.close());

  const body = (change: object = {}) => ({ contents: [user('hi')], ...change });
  const history = (...contents: object[]) => body({ contents });
  const part = (...parts: object[]) => history({ role: 'user', parts });
  const says = (...parts: object[]) => ({ role: 'model', parts });
  const call = (name: string, more: object = {}, id?: string) => ({
    functionCall: { name, args: {}, ...(id !== undefined && { id }) },
    ...more,
  });
  const result = (name: string, id?: string) => ({
    functionResponse: { name, response: { output: 'ok' }, ...(id !== undefined && { id }) },
  });
  const answers = (...parts: object[]) => ({ role: 'user', parts });
  const declared = (...functionDeclarations: object[]) => body({ tools: [{ functionDeclarations }] });
  const schema = (parameters: object) => declared({ name: 'look', parameters });
  const config = (generationConfig: object) => body({ generationConfig });
  const signed = { thoughtSignature: 'skip_thought_signature_validator' };

  const refused: [what: string, body: unknown, message: string, model?: string][] = [
    ['no JSON', '{', 'Invalid JSON payload received.'],
    ['JSON that is no object', '[]', 'Root element must be a message'],
    ['an unknown key', body({ colour: 1 }), 'Unknown name "colour": Cannot find field.'],
    [
      'an unknown key further in',
      part({ text: 'x', colour: 1 }),
      `Unknown name "colour" at 'contents[0].parts[0]': Cannot find field.`,
    ],
    ['a role that is a number', history({ role: 3, parts: [{ text: 'x' }] }), `'contents[0].role' (TYPE_STRING), 3`],
    ['no contents', {}, 'contents is not specified'],
    ['an unknown role', history({ role: 'system', parts: [{ text: 'x' }] }), 'Please use a valid role: user, model.'],
    ['a content without parts', history({ role: 'user' }), 'contents.parts must not be empty'],
    ['a part of nothing', part({}), "required oneof field 'data'"],
    ['an empty text', part({ text: '' }), "required oneof field 'data'"],
    ['a part of two kinds', part({ text: 'x', inlineData: { mimeType: 'image/png', data: 'AAAA' } }), 'already set'],
    ['a picture of an unknown kind', part({ inlineData: { mimeType: 'image/bmp', data: 'AAAA' } }), 'Unsupported MIME'],
    [
      'a picture that is no base64',
      part({ inlineData: { mimeType: 'image/png', data: '%' } }),
      'Base64 decoding failed',
    ],
    ['a picture without data', part({ inlineData: { mimeType: 'image/png' } }), 'data is not specified'],
    ['a picture as instruction', body({ systemInstruction: answers(call('x')) }), 'only supports text'],
    ['an empty instruction', body({ systemInstruction: {} }), 'must not be empty'],
    ['a reply last', history(user('hi'), says({ text: 'x' })), 'multiturn requests end with a user role'],
    ['a reply alone', history(says({ text: 'x' })), 'single turn requests end with a user role'],
    ['a call first', history(says(call('a')), answers(result('a'))), 'immediately after a user turn'],
    ['a call by the user', part(call('a')), 'only allowed in a turn of the model'],
    ['a result by the model', history(user('x'), says(result('a')), user('y')), 'not allowed in a turn of the model'],
    [
      'a call after a reply',
      history(user('x'), says({ text: 'y' }), says(call('a')), answers(result('a'))),
      'comes immediately after a user turn',
    ],
    ['a call without result', history(user('x'), says(call('a')), user('y')), 'number of function response parts'],
    [
      'one result for two calls',
      history(user('x'), says(call('a'), call('b')), answers(result('a'))),
      'number of function response parts',
    ],
    ['a result without call', history(user('x'), answers(result('a'))), 'immediately after a function call turn'],
    [
      'a result of another function',
      history(user('x'), says(call('a')), answers(result('b'))),
      'matches the function call "a"',
    ],
    [
      'a result of another id',
      history(user('x'), says(call('a', {}, '1')), answers(result('a', '2'))),
      'matches the id of a function call',
    ],
    [
      'one id answered twice',
      history(user('x'), says(call('a', {}, '1'), call('a', {}, '2')), answers(result('a', '1'), result('a', '1'))),
      'ids are unique',
    ],
    [
      'a call without name',
      history(user('x'), says({ functionCall: { args: {} } }), user('y')),
      'Name cannot be empty',
    ],
    [
      'a result that is text',
      history(user('x'), says(call('a')), answers({ functionResponse: { name: 'a', response: 'ok' } })),
      `(type.googleapis.com/google.protobuf.Struct), "ok"`,
    ],
    [
      'a result without response',
      history(user('x'), says(call('a')), answers({ functionResponse: { name: 'a' } })),
      'response is not specified',
    ],
    [
      'a signature it never gave',
      history(user('x'), says({ text: 'y', thoughtSignature: 'c2ln' }), user('z')),
      'Corrupted thought signature.',
    ],
    [
      'an unsigned call of this turn',
      history(user('x'), says(call('look')), answers(result('look'))),
      'missing a thought_signature in functionCall parts',
      newModel,
    ],
    [
      'a second step without signature',
      history(user('x'), says(call('a', signed)), answers(result('a')), says(call('b')), answers(result('b'))),
      'function call `default_api:b` , position 4',
      newModel,
    ],
    ['a function with a bad name', declared({ name: '1 look' }), '[FIELD_INVALID] Invalid function name'],
    ['a function twice', declared({ name: 'look' }, { name: 'look' }), 'Duplicate function declaration found: look'],
    [
      'both kinds of schema',
      declared({ name: 'a', parameters: { type: 'OBJECT' }, parametersJsonSchema: {} }),
      'only one of parameters',
    ],
    ['a JSON schema that is text', declared({ name: 'a', parametersJsonSchema: 'x' }), 'must be a JSON schema'],
    ['parameters that are no object', schema({ type: 'STRING' }), 'schema should be of type OBJECT'],
    [
      'what its schemas do not know',
      schema({ type: 'object', properties: { a: { type: 'string', const: 'x' } } }),
      `Unknown name "const" at 'tools[0].function_declarations[0].parameters.properties[0].value'`,
    ],
    [
      'a type that is a list',
      schema({ type: 'OBJECT', properties: { a: { type: ['STRING', 'NULL'] } } }),
      'Proto field is not repeating, cannot start list.',
    ],
    ['an unknown type', schema({ type: 'OBJECT', properties: { a: { type: 'TEXT' } } }), 'v1beta.Type), "TEXT"'],
    ['an object without properties', schema({ type: 'OBJECT', properties: {} }), 'should be non-empty for OBJECT type'],
    ['a required property there is not', schema({ type: 'OBJECT', required: ['b'] }), 'property is not defined'],
    ['a list of nothing', schema({ type: 'OBJECT', properties: { a: { type: 'ARRAY' } } }), 'items: missing field'],
    [
      'an enum of numbers',
      schema({ type: 'OBJECT', properties: { a: { type: 'INTEGER', enum: ['1'] } } }),
      'only allowed for STRING type',
    ],
    [
      'allowed functions that are not declared',
      {
        ...declared({ name: 'a' }),
        toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['b'] } },
      },
      'should be a subset of the declared functions',
    ],
    ['too hot', config({ temperature: 3 }), 'temperature must be in the range'],
    ['too long a reply', config({ maxOutputTokens: 99_999 }), 'from 1 (inclusive) to 65537 (exclusive)'],
    ['two candidates', config({ candidateCount: 2 }), 'Multiple candidates'],
    [
      'a level for an old model',
      config({ thinkingConfig: { thinkingLevel: 'HIGH' } }),
      'Thinking level is not supported',
    ],
    [
      'a level and a budget',
      config({ thinkingConfig: { thinkingLevel: 'HIGH', thinkingBudget: 1024 } }),
      'only one of thinking budget and thinking level',
      newModel,
    ],
    ['a budget over its limit', config({ thinkingConfig: { thinkingBudget: 99_999 } }), 'between 0 and 24576'],
    [
      'no thinking by a model that must',
      config({ thinkingConfig: { thinkingBudget: 0 } }),
      'between 128 and 32768',
      'gemini-2.5-pro',
    ],
    ['more than fits', part({ text: 'x'.repeat(4_200_000) }), 'The input token count (1050000) exceeds the maximum'],
    ['a body over its limit', part({ text: 'x'.repeat(21_000_000) }), 'Request payload size exceeds the limit'],
  ];
  for (const [what, given, message, id = model] of refused)
    it(`refuse ${what}`, async () => {
      const { status, json } = await post(sim, given, { path: `/v1beta/models/${id}:generateContent` });
      expect([status, json.error.code, json.error.status]).to.deep.equal([400, 400, 'INVALID_ARGUMENT']);
      expect(json.error.message).to.contain(message);
      expect(sim.rejected.at(-1)?.refusal?.message).to.equal(json.error.message);
    });

  it('names every unknown field in the details', async () => {
    const { json } = await post(sim, body({ a: 1, tools: [{ b: 2 }] }));
    expect(json.error.details).to.deep.equal([
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [
          { description: 'Invalid JSON payload received. Unknown name "a": Cannot find field.' },
          {
            field: 'tools[0]',
            description: `Invalid JSON payload received. Unknown name "b" at 'tools[0]': Cannot find field.`,
          },
        ],
      },
    ]);
  });

  const accepted: [what: string, body: unknown, model?: string][] = [
    ['neighbours of one role', history(user('hi'), user('you'), says({ text: 'a' }), says({ text: 'b' }), user('c'))],
    ['names in snake case', { system_instruction: { parts: { text: 'x' } }, contents: { parts: { text: 'hi' } } }],
    [
      'results with something said beside them',
      history(user('x'), says(call('a')), answers(result('a'), { text: 'and now?' })),
    ],
    [
      'results in another order where ids tell',
      history(user('x'), says(call('a', {}, '1'), call('b', {}, '2')), answers(result('b', '2'), result('a', '1'))),
    ],
    ['the placeholder for a signature', history(user('x'), says(call('a', signed)), answers(result('a'))), newModel],
    [
      'the older placeholder, on the first of two calls',
      history(
        user('x'),
        says(call('a', { thoughtSignature: 'context_engineering_is_the_way_to_go' }), call('b')),
        answers(result('a'), result('b')),
      ),
      newModel,
    ],
    [
      'unsigned calls of turns that are over',
      history(user('x'), says(call('a')), answers(result('a')), says({ text: 'y' }), user('z')),
      newModel,
    ],
    [
      'a PDF and a picture',
      part(
        { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } },
        { inline_data: { mime_type: 'image/png', data: 'AAAA' } },
      ),
    ],
    [
      'any JSON schema beside its own kind',
      declared({ name: 'a', parametersJsonSchema: { type: 'object', $schema: 'x' } }),
    ],
    ['a schema in lower case', schema({ type: 'object', properties: { a: { type: 'string' } }, required: ['a'] })],
  ];
  for (const [what, given, id = model] of accepted)
    it(`take ${what}`, async () => {
      const { status, json } = await post(sim, given, { path: `/v1beta/models/${id}:generateContent` });
      expect(status, JSON.stringify(json.error)).to.equal(200);
    });

  it('know models, and say what there is not', async () => {
    const unknown = await post(sim, body(), { path: '/v1beta/models/gemini-0:generateContent' });
    expect(unknown.json.error).to.include({ code: 404, status: 'NOT_FOUND' });
    expect(unknown.json.error.message).to.contain('models/gemini-0 is not found for API version v1beta');
    const embedding = await post(sim, body(), { path: '/v1beta/models/gemini-embedding-001:generateContent' });
    expect(embedding.json.error.message).to.contain('is not supported for generateContent');
    expect((await post(sim, {}, { path: `/v1beta/models/${model}:sing` })).status).to.equal(404);
    const headers = { 'x-goog-api-key': 'k' };
    const page = await fetch(`${sim.url}/v1beta/models?pageToken=moon`, { headers });
    expect(page.status).to.equal(400);
    expect((await fetch(`${sim.url}/v1beta/models/gemini-0`, { headers })).status).to.equal(404);
  });

  it('take a key from header or query, or a bearer token, and name what is wrong with it', async () => {
    const none = await post(sim, body(), { headers: {} });
    expect(none.json.error).to.include({ code: 403, status: 'PERMISSION_DENIED' });
    const wrong = await post(sim, body(), { headers: { 'x-goog-api-key': 'invalid' } });
    expect(wrong.json.error).to.include({ code: 400, message: 'API key not valid. Please pass a valid API key.' });
    expect(wrong.json.error.details?.[0]).to.include({ reason: 'API_KEY_INVALID', domain: 'googleapis.com' });
    const path = `/v1beta/models/${model}:generateContent?key=k`;
    expect((await post(sim, body(), { headers: {}, path })).status).to.equal(200);
    expect((await post(sim, body(), { headers: { authorization: 'Bearer t' } })).status).to.equal(200);
    const expired = await post(sim, body(), { headers: { authorization: 'Bearer expired' } });
    expect(expired.json.error).to.include({ code: 401, status: 'UNAUTHENTICATED' });
    const strict = await startProviderSim({ apiKeys: ['right'] });
    expect((await post(strict, body())).status).to.equal(400);
    expect((await post(strict, body(), { headers: { 'x-goog-api-key': 'right' } })).status).to.equal(200);
    await strict.close();
  });

  it('hold a count to less: the parts alone matter, and one of two ways to ask', async () => {
    const path = `/v1beta/models/${model}:countTokens`;
    expect((await post(sim, history(user('x'), says(call('a'))), { path })).status).to.equal(200);
    const generateContentRequest = { model: `models/${model}`, ...body(), systemInstruction: user('Be brief.') };
    expect((await post(sim, { generateContentRequest }, { path })).status).to.equal(200);
    const both = await post(sim, { ...body(), generateContentRequest }, { path });
    expect(both.json.error.message).to.contain('only one of contents and generate_content_request');
    expect((await post(sim, body({ systemInstruction: user('x') }), { path })).json.error.message).to.contain(
      'Unknown name "systemInstruction"',
    );
    expect((await post(sim, {}, { path })).json.error.message).to.contain('contents is not specified');
  });
});
