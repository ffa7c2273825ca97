import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { addConversation } from '../store/rows.js';
import { api, Client, newSession, useServer } from './support.js';

describe('the topic of the settings', () => {
  const server = useServer();
  const ask = (method: string, path: string, body?: unknown) => api(server, method, path, body);
  const rule = { tool: 'look', pattern: 'a *', decision: 'deny' };
  const place = { name: 'far', transport: 'http', url: 'http://127.0.0.1:9/mcp' };

  for (const [list, what, act] of [
    ['tools', 'a tool is switched', () => ask('PATCH', '/tools/look', { is_enabled: false })],
    ['templates', 'a template is saved', () => ask('POST', '/templates', { name: 'poet', system_prompt: 'Sing.' })],
    ['budgets', 'a budget is set', () => ask('POST', '/budgets', { scope: 'day', limit_usd: '5' })],
    ['approval_rules', 'a rule is made', () => ask('POST', '/approval-rules', rule)],
    ['mcp_servers', 'a server is added', () => ask('POST', '/mcp-servers', place)],
    [
      'credentials',
      'a key is saved',
      () =>
        ask('POST', '/credentials', {
          ...{ provider: 'locked', method: 'locked-key', label: 'work', verify: false },
          fields: { api_key: 'sk-settings-0000000000' },
        }),
    ],
  ] as const) {
    it(`tells of ${list} when ${what}, and says nothing of what is in it`, async () => {
      const client = await Client.open(server);
      client.say({ op: 'join', topic: 'settings' });
      await client.frame('snapshot');
      expect((await act()).status).to.be.within(200, 201);
      const { data } = await client.frame('change');
      expect(data).to.deep.equal({ list });
      await client.close();
    });
  }

  it('tells once of what changes at once', async () => {
    const client = await Client.open(server);
    client.say({ op: 'join', topic: 'settings' });
    await client.frame('snapshot');
    await Promise.all([true, false, true].map((is_enabled) => ask('PATCH', '/tools/look', { is_enabled })));
    await ask('POST', '/templates', { name: 'bard', system_prompt: 'Sing.' });
    await client.until(({ frames }) => frames.some((one) => one.op === 'change' && isOf(one.data, 'templates')));
    expect(client.frames.filter((one) => one.op === 'change' && isOf(one.data, 'tools'))).to.have.length(1);
    await client.close();
  });
});

const isOf = (data: unknown, list: string) => (data as { list?: string }).list === list;

describe('how often tools are called', () => {
  const server = useServer();

  it('is counted from the calls of the last seven days, with those that failed', async () => {
    const { conversationId } = await addConversation(server.db);
    const [messageId, turnId] = [randomUUID(), randomUUID()];
    await server.db.query(
      `insert into messages (id, conversation_id, pos, role, status, parts) values ($1, $2, 1, 'assistant', 'complete', '[]')`,
      [messageId, conversationId],
    );
    await server.db.query(
      `insert into turns (id, conversation_id, message_id, state, config) values ($1, $2, $3, 'done', '{}')`,
      [turnId, conversationId, messageId],
    );
    const calls: [name: string, daysAgo: number, ms: number, failed: boolean][] = [
      ['look', 1, 10, false],
      ['look', 2, 30, true],
      ['look', 6, 20, false],
      ['look', 8, 90, true],
      ['touch', 8, 5, false],
    ];
    for (const [ord, [name, daysAgo, ms, failed]] of calls.entries())
      await server.db.query(
        `insert into tool_calls (id, conversation_id, message_id, turn_id, ord, provider_tool_id, name, args, retry, state,
            is_error, started_at, ended_at)
          select gen_random_uuid(), $1, $2, $3, $4, 'c', $5, '', 'safe', 'done', $6, at, at + $8 * interval '1 ms'
          from (select now() - $7 * interval '1 day' as at) t`,
        [conversationId, messageId, turnId, ord, name, failed, daysAgo, ms],
      );
    const { status, body } = await api(server, 'GET', '/tools/usage');
    expect(status).to.equal(200);
    expect(body.items).to.deep.equal([{ name: 'look', calls: 3, failed: 1, median_ms: 20 }]);
    expect((await api(server, 'GET', '/tools/usage?days=30')).body.items).to.have.length(2);
    expect((await api(server, 'GET', '/tools/usage?days=0')).body.error.code).to.equal('request.invalid');
  });
});

describe('MCP servers of another program, over REST', () => {
  const server = useServer();
  const text = JSON.stringify({
    mcpServers: {
      notes: { command: 'npx', args: ['notes'], env: { TOKEN: 'very-secret-1' } },
      far: { url: 'https://far.example/mcp', headers: { Authorization: 'Bearer very-secret-2' } },
    },
  });
  const send = (body: object) => api(server, 'POST', '/mcp-servers/import', { file: 'mcp.json', ...body });
  const states = (body: { items: { name: string; state: string }[] }) =>
    body.items.map(({ name, state }) => `${name} ${state}`);

  it('are shown first, saved when told to, and never twice; what is secret is told by nobody', async () => {
    const shown = await send({ text });
    expect(states(shown.body)).to.deep.equal(['notes new', 'far new']);
    expect((await api(server, 'GET', '/mcp-servers')).body.items).to.deep.equal([]);
    expect(states((await send({ text, add: true })).body)).to.deep.equal(['notes added', 'far added']);
    const again = await send({ text, add: true });
    expect(states(again.body)).to.deep.equal(['notes exists', 'far exists']);
    const listed = (await api(server, 'GET', '/mcp-servers')).body;
    expect(listed.items[1]).to.deep.include({ name: 'notes', env: ['TOKEN'], args: ['notes'] });
    expect(JSON.stringify([shown.body, again.body, listed])).not.to.include('very-secret');
  });

  it('are none in a file of another kind, and none is saved where one is wrong', async () => {
    expect((await send({ text: '{}' })).body.error.code).to.equal('mcp.config');
    const servers = { fine: { command: 'x' }, bad: { url: 'https://a', headers: { 'no good': 'x' } } };
    const { body } = await send({ text: JSON.stringify({ servers }), add: true });
    expect(body.error).to.include({ code: 'mcp.invalid' });
    expect(body.error.message).to.include('"bad"');
    const names = (await api(server, 'GET', '/mcp-servers')).body.items.map(({ name }: { name: string }) => name);
    expect(names).not.to.include('fine');
  });

  it('cannot be tried while nothing connects to servers, nor without an address', async () => {
    const tried = (body: object) => api(server, 'POST', '/mcp-servers/test', { server: { name: 'x', ...body } });
    expect((await tried({ transport: 'http', url: 'http://127.0.0.1:9' })).body.error.code).to.equal('mcp.off');
    expect((await tried({ transport: 'http', url: 'ftp://x' })).body.error.code).to.equal('mcp.invalid');
    expect((await tried({ transport: 'stdio' })).body.error.code).to.equal('mcp.invalid');
  });
});

describe('what a template was used for', () => {
  const server = useServer();

  it('is told with it, and it is given as a file', async () => {
    const made = { name: 'Poet two', role: 'Poet', system_prompt: 'Write: verse.' };
    expect((await api(server, 'POST', '/templates', made)).body).to.include({ runs: 0 });
    await newSession(server, { template: 'Poet two' });
    await newSession(server, { template: 'Poet two' });
    expect((await api(server, 'GET', '/templates')).body.items[0]).to.include({ runs: 2 });
    expect((await api(server, 'PATCH', '/templates/Poet%20two', { role: 'Bard' })).body).to.include({ runs: 2 });
    const { headers, body } = await api(server, 'GET', '/templates/Poet%20two/file');
    expect(headers.get('content-disposition')).to.include('attachment').and.include('Poet two.md');
    expect(String(body)).to.equal('---\nname: Poet two\nrole: Bard\n---\n\nWrite: verse.\n');
  });
});
