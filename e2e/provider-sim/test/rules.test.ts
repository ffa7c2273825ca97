import { expect } from 'chai';
import { type ProviderSim, startProviderSim } from '../src/index.js';
import { model, post, user } from './support.js';

describe('the rules of the Messages API', () => {
  let sim: ProviderSim;
  before(async () => {
    sim = await startProviderSim({ refusedBetas: ['messages-2023-12-15'] });
  });
  after(async () => sim.close());

  const body = (change: object = {}) => ({ model, max_tokens: 100, messages: [user('hi')], ...change });
  const history = (...messages: object[]) => body({ messages });
  const call = (...ids: string[]) => ({
    role: 'assistant',
    content: ids.map((id) => ({ type: 'tool_use', id, name: 'look', input: {} })),
  });
  const result = (...ids: string[]) => ({
    role: 'user',
    content: ids.map((tool_use_id) => ({ type: 'tool_result', tool_use_id, content: 'ok' })),
  });
  const tool = { name: 'look', input_schema: { type: 'object' } };

  const refused: [what: string, body: unknown, message: string][] = [
    ['no JSON', '{', 'not valid JSON'],
    ['JSON that is no object', '[]', 'not valid JSON'],
    ['an unknown key', body({ colour: 1 }), 'colour: Extra inputs are not permitted'],
    ['no model', body({ model: undefined }), 'model: Field required'],
    ['no max_tokens', body({ max_tokens: undefined }), 'max_tokens: Field required'],
    ['max_tokens of none', body({ max_tokens: 0 }), 'greater than or equal to 1'],
    ['max_tokens over the limit', body({ max_tokens: 999_999 }), 'max_tokens: 999999 > 128000'],
    ['no messages', body({ messages: undefined }), 'messages: Field required'],
    ['an empty list of messages', history(), 'at least one message'],
    ['a system message', history({ role: 'system', content: 'x' }), 'Unexpected role "system"'],
    ['an unknown role', history({ role: 'tool', content: 'x' }), "messages.0.role: Input should be 'user'"],
    ['a message without content', history({ role: 'user' }), 'messages.0.content: Field required'],
    ['an empty message', history({ role: 'user', content: '' }), 'non-empty content'],
    ['an empty text block', history({ role: 'user', content: [{ type: 'text', text: ' ' }] }), 'non-whitespace text'],
    ['an unknown block', history({ role: 'user', content: [{ type: 'song' }] }), "Input tag 'song'"],
    [
      'a reply first',
      history({ role: 'assistant', content: 'x' }, user('hi')),
      'first message must use the "user" role',
    ],
    ['a reply last', history(user('hi'), { role: 'assistant', content: 'x' }), 'must end with a user message'],
    ['a call without result', history(user('hi'), call('t1'), user('and?')), '`tool_use` ids were found without'],
    ['one of two calls without result', history(user('hi'), call('t1', 't2'), result('t1')), 'after: t2'],
    ['a result without call', history(result('t9')), 'unexpected `tool_use_id`'],
    ['a result twice', history(user('hi'), call('t1'), result('t1', 't1')), 'single result'],
    ['ids used twice', history(user('hi'), call('t1'), result('t1'), call('t1'), result('t1')), 'ids must be unique'],
    [
      'a result after text',
      history(user('hi'), call('t1'), {
        role: 'user',
        content: [{ type: 'text', text: 'x' }, ...result('t1').content],
      }),
      '`tool_use` ids were found without',
    ],
    ['a call by the user', history({ role: 'user', content: call('t1').content }), 'only be in `assistant`'],
    [
      'a result by the model',
      history(user('x'), { role: 'assistant', content: result('t1').content }, user('x')),
      'only be in `user`',
    ],
    ['a strange id', history(user('hi'), call('t:1'), result('t:1')), 'should match pattern'],
    [
      'a call without name',
      history(user('x'), { role: 'assistant', content: [{ type: 'tool_use', id: 'a', input: {} }] }, result('a')),
      'tool_use.name',
    ],
    [
      'a call with a list',
      history(
        user('x'),
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'b', input: [] }] },
        result('a'),
      ),
      'valid dictionary',
    ],
    [
      'a result without id',
      history({ role: 'user', content: [{ type: 'tool_result' }] }),
      'tool_use_id: Field required',
    ],
    [
      'a result with an unknown block',
      history(user('x'), call('a'), {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'diff' }] }],
      }),
      "Input tag 'diff'",
    ],
    [
      'a result with empty text',
      history(user('x'), call('a'), {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: '' }] }],
      }),
      'must be non-empty',
    ],
    [
      'unsigned thinking',
      history(user('x'), { role: 'assistant', content: [{ type: 'thinking', thinking: 'x' }] }, user('y')),
      'signature: Field required',
    ],
    [
      'hidden thinking of others',
      history(user('x'), { role: 'assistant', content: [{ type: 'redacted_thinking', data: 'x.y' }] }, user('y')),
      'Invalid `data`',
    ],
    ['a tool twice', body({ tools: [tool, tool] }), 'Tool names must be unique'],
    ['a tool without schema', body({ tools: [{ name: 'a' }] }), 'input_schema: Field required'],
    [
      'a tool with a list as schema',
      body({ tools: [{ name: 'a', input_schema: { type: 'array' } }] }),
      "should be 'object'",
    ],
    ['a tool with a bad name', body({ tools: [{ ...tool, name: 'a b' }] }), 'should match pattern'],
    ['tools that are no list', body({ tools: {} }), 'tools: Input should be a valid list'],
    ['a system that is a number', body({ system: 3 }), 'system: Input should be a valid list'],
    ['a system of pictures', body({ system: [{ type: 'image' }] }), "system.0.type: Input should be 'text'"],
    ['an empty system', body({ system: [{ type: 'text', text: '' }] }), 'must be non-empty'],
    ['a budget for a new model', body({ thinking: { type: 'enabled', budget_tokens: 2000 } }), 'thinking.type.enabled'],
    [
      'adaptive thinking for an old model',
      body({ model: 'claude-haiku-4-5', thinking: { type: 'adaptive' } }),
      'not supported on this model',
    ],
    [
      'a small budget',
      body({ model: 'claude-haiku-4-5', thinking: { type: 'enabled', budget_tokens: 10 } }),
      'equal to 1024',
    ],
    [
      'a budget over max_tokens',
      body({ model: 'claude-haiku-4-5', thinking: { type: 'enabled', budget_tokens: 2000 } }),
      'must be greater than',
    ],
    ['unknown thinking', body({ thinking: { type: 'deep' } }), "Input tag 'deep'"],
    [
      'a reply with calls but without its thinking',
      {
        ...history(user('x'), call('a'), result('a')),
        model: 'claude-haiku-4-5',
        max_tokens: 5000,
        thinking: { type: 'enabled', budget_tokens: 2000 },
      },
      'must start with a thinking block',
    ],
  ];
  for (const [what, given, message] of refused)
    it(`refuse ${what}`, async () => {
      const { status, json } = await post(sim, given);
      expect(status).to.equal(400);
      expect(json).to.have.property('type', 'error');
      expect(json.error).to.have.property('type', 'invalid_request_error');
      expect(json.error.message).to.contain(message);
      expect(json.request_id).to.match(/^req_/);
      expect(sim.rejected.at(-1)?.refusal).to.deep.equal(json.error);
    });

  it('refuse an unknown model as not found, and a body over 32 MB as too large', async () => {
    expect((await post(sim, body({ model: 'claude-0' }))).json.error).to.deep.equal({
      type: 'not_found_error',
      message: 'model: claude-0',
    });
    const large = await post(sim, body({ messages: [user('x'.repeat(33 * 1024 * 1024))] }));
    expect(large.status).to.equal(413);
    expect(large.json.error.type).to.equal('request_too_large');
  });

  it('refuse requests without key or version, and betas that are unknown or turned off', async () => {
    expect((await post(sim, body(), { 'x-api-key': null })).json.error.message).to.equal(
      'x-api-key header is required',
    );
    expect((await post(sim, body(), { 'x-api-key': 'invalid-1' })).json.error.message).to.equal('invalid x-api-key');
    expect((await post(sim, body(), { 'anthropic-version': null })).json.error.message).to.contain(
      'header is required',
    );
    expect((await post(sim, body(), { 'anthropic-version': '1' })).json.error.message).to.contain(
      'not a valid version',
    );
    const beta = await post(sim, body(), {
      'anthropic-beta': 'messages-2023-12-15, extended-cache-ttl-2025-04-11, moon',
    });
    expect(beta.status).to.equal(400);
    expect(beta.json.error.message).to.contain(
      'Unexpected value(s) `messages-2023-12-15`, `moon` for the `anthropic-beta` header',
    );
    expect((await post(sim, body(), { 'anthropic-beta': 'extended-cache-ttl-2025-04-11' })).status).to.equal(200);
  });

  it('hold to a list of keys where one is given', async () => {
    const strict = await startProviderSim({ apiKeys: ['sk-right'] });
    expect((await post(strict, body())).status).to.equal(401);
    expect((await post(strict, body(), { 'x-api-key': 'sk-right' })).status).to.equal(200);
    await strict.close();
  });

  it('join neighbours of one role, and take calls answered in two messages', async () => {
    const answered = history(user('hi'), user('you'), call('a', 'b'), result('a'), result('b'), user('thanks'));
    expect((await post(sim, answered)).status).to.equal(200);
  });

  it('answer 404 for other paths and 405 for other methods', async () => {
    const answers = await Promise.all(
      ['/v1/complete', '/v1/messages', '/v1/models/claude-0'].map((path) =>
        fetch(sim.url + path, { headers: { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' } }),
      ),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([404, 405, 404]);
  });
});
