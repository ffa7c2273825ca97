import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { MaestroError } from '../../src/errors.js';
import { text } from '../../src/protocol/messages.js';
import type { Session } from '../../src/protocol/resources.js';
import { adding, call, liveTurn, message, type Records, step } from '../records/support.js';
import { api, newSession, type Running, startServer, useServer } from './support.js';

const unknownId = 'f'.repeat(16);

describe('sessions over REST', () => {
  const server = useServer();
  const ask = (method: string, path: string, body?: unknown) => api(server, method, path, body);
  const codeOf = async (answer: ReturnType<typeof ask>) => {
    const { status, body } = await answer;
    return [status, body.error?.code];
  };

  it('fills in what is left out', async () => {
    const { status, body } = await ask('POST', '/sessions', {});
    expect(status).to.equal(201);
    expect(body).to.include({
      provider: 'scripted',
      model: 'scripted-1',
      status: 'idle',
      working_directory: homedir(),
    });
    expect(body.agent_name).to.be.a('string').that.is.not.empty;
    expect(body.system_prompt).to.be.a('string').that.is.not.empty;
  });

  it('keeps what is given, and knows the window of the model once it asked', async () => {
    const given = {
      agent_name: 'Ada',
      title: 'Sums',
      role: 'adder',
      system_prompt: 'Add.\u0000',
      tools: { look: false },
      template: 'general',
    };
    const made = await newSession(server, given);
    expect(made).to.deep.include({ ...given, system_prompt: 'Add.\ufffd', working_directory: server.folder });
    let session = made;
    while (session.context.window_tokens === null) session = (await ask('GET', `/sessions/${made.session_id}`)).body;
    expect(session.context.window_tokens).to.equal(8_000);
  });

  it('says what the next request would hold, by cause', async () => {
    const { session_id } = await newSession(server, { system_prompt: 'Add.' });
    await writeFile(join(server.folder, 'AGENTS.md'), 'Use tabs.');
    const { status, body } = await ask('GET', `/sessions/${session_id}/context`);
    expect(status).to.equal(200);
    expect(body).to.include({ session_id, provider: 'scripted', model: 'scripted-1', window_tokens: 8_000 });
    expect(body.share).to.be.within(0.001, 0.2);
    const layers = body.system.layers.map(({ cause, text }: { cause: string; text: string }) => [cause, text]);
    expect(layers[1]).to.deep.equal(['session', 'Add.']);
    expect(layers[2][0]).to.equal('project');
    expect(layers[2][1]).to.contain('Use tabs.');
    expect(await codeOf(ask('GET', `/sessions/${unknownId}/context`))).to.deep.equal([404, 'session.unknown']);
  });

  it('makes one session of two requests with the same key', async () => {
    const body = { client_key: randomUUID() };
    const [one, two] = await Promise.all([ask('POST', '/sessions', body), ask('POST', '/sessions', body)]);
    expect(one.body.session_id).to.equal(two.body.session_id);
  });

  it('takes the first model of a provider that is not the default one', async () => {
    server.env.LOCKED_TEST_KEY = 'canary';
    expect(await newSession(server, { provider: 'locked' })).to.include({
      model: 'scripted-1',
      auth_type: 'api_key',
      credential_id: null,
    });
    expect(await newSession(server, { provider: 'locked', credential_id: 'env' })).to.include({ credential_id: 'env' });
    delete server.env.LOCKED_TEST_KEY;
  });

  const refused: [body: object, code: string, field: string][] = [
    [{ provider: 'nobody' }, 'session.provider_unknown', 'provider'],
    [{ provider: 'locked' }, 'session.provider_not_ready', 'LOCKED_TEST_KEY'],
    [{ provider: 'locked', credential_id: randomUUID() }, 'session.credential_unknown', 'credential_id'],
    [{ provider: 'wordless' }, 'session.model_missing', 'model'],
    [{ template: 'poet' }, 'session.template_unknown', 'template'],
    [{ working_directory: '/no/such/place' }, 'session.directory_unreadable', 'does not exist'],
    [{ working_directory: '/etc/hostname' }, 'session.directory_unreadable', 'is no directory'],
    [{ working_directory: '/etc/hostname/x' }, 'session.directory_unreadable', 'cannot be read'],
    [{ working_directory: 'relative' }, 'session.directory_unreadable', 'is no absolute path'],
  ];
  for (const [body, code, field] of refused) {
    it(`refuses ${JSON.stringify(body).slice(0, 60)} and says why`, async () => {
      const { status, body: answer } = await ask('POST', '/sessions', body);
      expect([status, answer.error.code]).to.deep.equal([422, code]);
      expect(answer.error.message).to.contain(field);
      expect(answer.error.correlation_id).to.match(/^[\da-f-]{36}$/);
    });
  }

  it('names every fault of a body at once', async () => {
    const faults = {
      agent_name: '',
      provider: 7,
      tools: { look: 'yes' },
      auth_type: 'magic',
      colour: 'red',
      title: 'a\nb',
    };
    const { status, body } = await ask('POST', '/sessions', faults);
    expect([status, body.error.code]).to.deep.equal([400, 'request.invalid']);
    for (const field of ['agent_name', 'provider', 'tools.look', 'auth_type', 'colour is not known', 'title']) {
      expect(body.error.message).to.contain(field);
    }
  });

  it('counts faults it does not list', async () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`${n}${'k'.repeat(90)}`, n]));
    const { body } = await ask('POST', '/sessions', many);
    expect(body.error.message).to.match(/and \d+ more/);
  });

  it('answers JSON that is none, an array, and no UTF-8', async () => {
    expect(await codeOf(ask('POST', '/sessions', '{'))).to.deep.equal([400, 'request.json']);
    expect(await codeOf(ask('POST', '/sessions', '[]'))).to.deep.equal([400, 'request.invalid']);
    const response = await fetch(`${server.url}/api/v1/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body: Buffer.from([0x22, 0xff, 0x22]),
    });
    expect(response.status).to.equal(400);
  });

  it('lists with limit, cursor, words and status', async () => {
    const other = await startServer();
    const made: Session[] = [];
    for (const agent_name of ['Ann', 'Bea', 'Cid']) made.push(await newSession(other, { agent_name }));
    const first = (await api(other, 'GET', '/sessions?limit=2')).body;
    expect(first.items.map((session: Session) => session.agent_name)).to.deep.equal(['Cid', 'Bea']);
    const second = (await api(other, 'GET', `/sessions?limit=2&cursor=${encodeURIComponent(first.next)}`)).body;
    expect(second.items.map((session: Session) => session.agent_name)).to.deep.equal(['Ann']);
    expect(second.next).to.equal(null);
    expect((await api(other, 'GET', '/sessions?q=bea&status=idle')).body.items).to.have.length(1);
    expect((await api(other, 'GET', '/sessions?status=error')).body.items).to.deep.equal([]);
    for (const query of ['limit=0', 'limit=x', 'limit=1&limit=2', 'status=happy', 'colour=red', 'cursor=nonsense']) {
      expect((await api(other, 'GET', `/sessions?${query}`)).status).to.equal(400);
    }
    await other.close();
  });

  it('changes what is given and leaves the rest', async () => {
    const { session_id } = await newSession(server, { tools: { look: false } });
    const changed = await ask('PATCH', `/sessions/${session_id}`, {
      title: 'New',
      tools: { other: true },
      working_directory: '~',
    });
    expect(changed.status).to.equal(200);
    expect(changed.body).to.deep.include({
      title: 'New',
      tools: { look: false, other: true },
      working_directory: homedir(),
    });
    expect((await ask('PATCH', `/sessions/${session_id}`, {})).body.title).to.equal('New');
  });

  it('moves a session to another provider only with what that needs', async () => {
    const { session_id } = await newSession(server);
    expect(await codeOf(ask('PATCH', `/sessions/${session_id}`, { provider: 'locked' }))).to.deep.equal([
      422,
      'session.provider_not_ready',
    ]);
    const credential = { provider: 'locked', method: 'locked-key', fields: { api_key: 'canary' } };
    const { id } = (await ask('POST', '/credentials', credential)).body;
    const moved = await ask('PATCH', `/sessions/${session_id}`, { provider: 'locked', credential_id: id });
    expect(moved.body).to.include({ provider: 'locked', model: 'scripted-1', credential_id: id, auth_type: 'api_key' });
    const back = await ask('PATCH', `/sessions/${session_id}`, { provider: 'scripted' });
    expect(back.body).to.include({ provider: 'scripted', credential_id: null, auth_type: null });
    expect((await ask('DELETE', `/credentials/${id}`)).status).to.equal(204);
    expect((await ask('PATCH', `/sessions/${session_id}`, { credential_id: null })).status).to.equal(200);
  });

  it('deletes a session', async () => {
    const { session_id } = await newSession(server);
    expect((await ask('DELETE', `/sessions/${session_id}`)).status).to.equal(204);
    expect(await codeOf(ask('GET', `/sessions/${session_id}`))).to.deep.equal([404, 'session.unknown']);
  });

  it('begins a new conversation', async () => {
    const before = await newSession(server);
    await say(server, before, 'hello');
    const { status, body } = await ask('POST', `/sessions/${before.session_id}/conversations`, {});
    expect(status).to.equal(201);
    expect(body.conversation_id).not.to.equal(before.conversation_id);
    expect((await ask('GET', `/sessions/${before.session_id}/messages`)).body).to.deep.equal({
      items: [],
      next: null,
      last_pos: 0,
    });
  });

  it('stops, and tells why there is nothing to retry', async () => {
    const { session_id } = await newSession(server);
    expect((await ask('POST', `/sessions/${session_id}/stop`, {})).status).to.equal(204);
    expect(await codeOf(ask('POST', `/sessions/${session_id}/retry`))).to.deep.equal([409, 'turn.nothing_to_retry']);
  });

  it('begins a compaction where there is something to sum up, once, and lists what was done', async () => {
    const { session_id } = await newSession(server);
    const at = `/sessions/${session_id}`;
    expect(await codeOf(ask('POST', `${at}/compact`, {}))).to.deep.equal([409, 'compaction.nothing']);
    expect((await ask('POST', `${at}/compact`, { instructions: '' })).status).to.equal(400);
    expect((await ask('GET', `${at}/compactions`)).body).to.deep.equal({ items: [], next: null });
    const unknownOne = ask('POST', `${at}/compactions/${randomUUID()}/revert`, {});
    expect(await codeOf(unknownOne)).to.deep.equal([404, 'compaction.unknown']);
  });

  const ofUnknown = [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/stop'],
    ['POST', '/retry'],
    ['POST', '/compact'],
    ['GET', '/compactions'],
    ['POST', `/compactions/${randomUUID()}/revert`],
    ['POST', '/conversations'],
    ['GET', '/messages'],
    ['GET', '/queue'],
    ['PATCH', `/queue/${randomUUID()}`],
    ['DELETE', `/queue/${randomUUID()}`],
    ['GET', '/composer'],
    ['GET', '/calls'],
  ] as const;
  for (const [method, path] of ofUnknown) {
    it(`${method} /sessions/:id${path.replace(/[0-9a-f-]{36}/, ':id')} of an unknown session gives 404`, async () => {
      const body = ['PATCH', 'POST'].includes(method) ? {} : undefined;
      expect(await codeOf(ask(method, `/sessions/${unknownId}${path}`, body))).to.deep.equal([404, 'session.unknown']);
      expect((await ask(method, `/sessions/%00${path}`, body)).status).to.equal(400);
    });
  }
});

describe('messages over REST', () => {
  const server = useServer();
  const ask = (method: string, path: string, body?: unknown) => api(server, method, path, body);
  let session: Session;
  let at: string;
  beforeEach(async () => {
    session = await newSession(server);
    at = `/sessions/${session.session_id}`;
  });

  it('C3: a hundred posts with one key are one message', async () => {
    const body = { client_key: randomUUID(), text: 'hello' };
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask('POST', `${at}/messages`, body)));
    expect(new Set(answers.map(({ status, body }) => body.error?.message ?? status))).to.deep.equal(new Set([202]));
    expect(new Set(answers.map(({ body: { message_id } }) => message_id)).size).to.equal(1);
    expect((await ask('GET', `${at}/messages`)).body.items).to.have.length(1);
  });

  it('C4: 10 MiB are taken, a byte more gives 413', async () => {
    const limit = 10 * 1_048_576;
    const post = (text: string) => ask('POST', `${at}/messages`, { client_key: randomUUID(), text });
    expect((await post('x'.repeat(limit))).status).to.equal(202);
    const { items } = (await ask('GET', `${at}/messages`)).body;
    expect(items[0].parts[0].text).to.have.length(limit);
    const { status, body } = await post('x'.repeat(limit + 1));
    expect([status, body.error.code]).to.deep.equal([413, 'gate.too_large']);
    expect((await post('\u00e9'.repeat(limit / 2 + 1))).status).to.equal(413);
    expect((await ask('GET', `${at}/messages`)).body.items).to.have.length(1);
  });

  it('pages backwards, oldest first inside', async () => {
    for (let n = 1; n <= 5; n += 1) await say(server, session, `m${n}`);
    const texts = (body: { items: { parts: { text: string }[] }[] }) => body.items.map(({ parts }) => parts[0]!.text);
    const first = (await ask('GET', `${at}/messages?limit=2`)).body;
    expect(texts(first)).to.deep.equal(['m4', 'm5']);
    expect(texts((await ask('GET', `${at}/messages?limit=2&before=${first.next}`)).body)).to.deep.equal(['m2', 'm3']);
    for (const query of ['before=0', 'before=99999999999', 'limit=201']) {
      expect((await ask('GET', `${at}/messages?${query}`)).status).to.equal(400);
    }
  });

  it('refuses what it cannot keep', async () => {
    for (const body of [
      {},
      { client_key: 'k', text: '' },
      { client_key: 'a b', text: 'x' },
      { client_key: 'k', text: 'x', mode: 'now' },
    ]) {
      expect((await ask('POST', `${at}/messages`, body)).status).to.equal(400);
    }
    expect((await ask('POST', `${at}/messages`, { client_key: 'k', text: 'x', attachments: [{}] })).status).to.equal(
      400,
    );
    expect((await ask('POST', `${at}/messages`, { client_key: 'k', text: 'x', attachments: [] })).status).to.equal(202);
  });

  it('shows, edits, moves and removes what waits', async () => {
    const post = async (client_key: string) =>
      (await ask('POST', `${at}/messages`, { client_key, text: client_key, mode: 'queue' })).body;
    await ask('POST', `${at}/messages`, { client_key: 'first', text: 'starts a turn' });
    const [one, two] = [await post('one'), await post('two')];
    expect(one).to.include({ queued: true, turn_id: null });
    const edited = await ask('PATCH', `${at}/queue/${one.message_id}`, { text: 'changed', ord: 99, mode: 'steer' });
    expect(edited.body.items.map(({ text }: { text: string }) => text)).to.deep.equal(['two', 'changed']);
    expect((await ask('DELETE', `${at}/queue/${two.message_id}`)).status).to.equal(204);
    expect((await ask('GET', `${at}/queue`)).body.items).to.have.length(1);
    for (const id of [two.message_id, 'x']) {
      const { status, body } = await ask('DELETE', `${at}/queue/${id}`);
      expect([status, body.error.code]).to.deep.equal([404, 'queue.unknown']);
    }
    expect((await ask('POST', `${at}/conversations`, {})).body.error.code).to.equal('session.busy');
  });

  it('keeps what is being typed', async () => {
    expect((await ask('GET', `${at}/composer`)).body).to.deep.equal({ text: '', attachments: [] });
    const typed = { text: 'half a sent', attachments: [{ name: 'a.txt' }] };
    expect((await ask('PUT', `${at}/composer`, typed)).body).to.deep.equal(typed);
    expect((await ask('GET', `${at}/composer`)).body).to.deep.equal(typed);
    expect((await ask('PUT', `${at}/composer`, { text: 'x' })).status).to.equal(400);
    expect((await ask('PUT', `/sessions/${unknownId}/composer`, typed)).status).to.equal(404);
  });
});

describe('records over REST', () => {
  const server = useServer();
  const ask = (method: string, path: string, body?: unknown) => api(server, method, path, body);

  it('gives calls, and what was sent and received to the byte', async () => {
    const { session_id, conversation_id } = await newSession(server);
    const fence = { conversationId: conversation_id, epoch: 0 };
    const turnId = await liveTurn({ log: server.events } as Records, fence);
    const [sent, received] = [Buffer.from('{"b":1, "a":"\u00e9"}'), Buffer.from('data: \u0000\n\n')];
    const made = call(turnId, sent);
    await server.events.commit(fence, step([{ write: 'call.add', call: made }]));
    expect((await ask('GET', `/calls/${made.id}/response`)).body).to.deep.equal(Buffer.alloc(0));
    const end = { state: 'done' as const, status: 200, resp: received, resp_headers: [] };
    await server.events.commit(fence, step([{ write: 'call.end', call_id: made.id, end }]));
    expect(
      (await ask('GET', `/sessions/${session_id}/calls`)).body.items.map(({ id }: { id: string }) => id),
    ).to.deep.equal([made.id]);
    expect((await ask('GET', `/calls/${made.id}`)).body).to.deep.include({
      request_headers: made.req_headers,
      response_status: 200,
    });
    const request = await ask('GET', `/calls/${made.id}/request`);
    expect(request.body).to.deep.equal(sent);
    expect(request.headers.get('content-disposition')).to.contain('attachment');
    expect(request.headers.get('content-type')).to.equal('application/octet-stream');
    expect((await ask('GET', `/calls/${made.id}/response`)).body).to.deep.equal(received);
    for (const id of [randomUUID(), 'x']) {
      for (const what of ['', '/request', '/response'])
        expect((await ask('GET', `/calls/${id}${what}`)).status).to.equal(404);
    }
  });

  it('takes images and files with a message, once their bytes are there', async () => {
    const { body: session } = await ask('POST', '/sessions', { provider: 'scripted', model: 'm' });
    const bytes = Buffer.from('\x89PNG\r\n\x1a\nand so on', 'latin1');
    const blob = createHash('sha256').update(bytes).digest('hex');
    const attachment = { v: 1, type: 'file', name: '../../a\u202egnp.png', media_type: 'text/html', blob };
    const send = (attachments: unknown[], client_key: string) =>
      ask('POST', `/sessions/${session.session_id}/messages`, { client_key, text: 'look', attachments });
    expect((await send([attachment], 'early')).body.error.code).to.equal('blob.unknown');
    await fetch(`${server.url}/api/v1/blobs/${blob}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/octet-stream' },
      body: bytes,
    });
    for (const bad of [
      { ...attachment, blob: 'x' },
      { ...attachment, type: 'video' },
      { ...attachment, media_type: 'png' },
    ])
      expect((await send([bad], 'bad')).status).to.equal(400);
    const sent = await send([attachment], 'good');
    expect(sent.status).to.equal(202);
    const { items } = (await ask('GET', `/sessions/${session.session_id}/messages`)).body;
    const said = items.find(({ id }: { id: string }) => id === sent.body.message_id);
    const seen = { v: 1, type: 'image', name: 'agnp.png', media_type: 'image/png', blob, bytes: bytes.length };
    expect(said.parts).to.deep.equal([seen, { v: 1, type: 'text', text: 'look' }]);
    expect((await send([attachment], 'good')).body).to.deep.equal(sent.body);
  });

  it('keeps blobs under the SHA-256 they have', async () => {
    const bytes = Buffer.from('bytes');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const put = (name: string) =>
      fetch(`${server.url}/api/v1/blobs/${name}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/octet-stream' },
        body: bytes,
      });
    expect((await put('0'.repeat(64))).status).to.equal(400);
    expect((await put('x')).status).to.equal(404);
    expect(await (await put(sha256)).json()).to.deep.equal({ sha256, bytes: 5, media_type: 'text/plain' });
    expect((await ask('GET', `/blobs/${sha256}`)).body).to.deep.equal(bytes);
    const named = await ask('GET', `/blobs/${sha256}?name=${encodeURIComponent('../ä"\n.txt')}`);
    expect(named.headers.get('content-disposition')).to.equal(
      `attachment; filename="__.txt"; filename*=UTF-8''%C3%A4_.txt`,
    );
    expect((await ask('GET', `/blobs/${'0'.repeat(64)}`)).body.error.code).to.equal('blob.unknown');
  });
});

describe('what sessions are made of, over REST', () => {
  const server = useServer();
  const ask = (method: string, path: string, body?: unknown) => api(server, method, path, body);

  it('lists tools and switches them', async () => {
    const { items } = (await ask('GET', '/tools')).body;
    expect(items).to.have.length(1);
    expect(items[0]).to.include({ name: 'look', is_enabled: true, available: false });
    expect((await ask('PATCH', '/tools/look', { is_enabled: false })).body.is_enabled).to.equal(false);
    expect((await ask('PATCH', '/tools/none', { is_enabled: false })).body.error.code).to.equal('tool.unknown');
    expect((await ask('PATCH', '/tools/look', { is_enabled: 'no' })).status).to.equal(400);
  });

  it('lists providers with what they want and whether they have it', async () => {
    const { items } = (await ask('GET', '/providers')).body;
    const fields = [{ name: 'api_key', label: 'Key', hint: null, secret: true }];
    const what = { id: 'locked-key', kind: 'api_key', label: 'API key', env: ['LOCKED_TEST_KEY'], fields };
    const auth = [{ ...what, ways: [], missing: null, warning: null }];
    const told = { plugin: 'test', media: null };
    expect(items[0]).to.deep.equal({ id: 'scripted', label: 'Scripted', auth: [], ready: true, ...told });
    expect(items[1]).to.deep.equal({ id: 'locked', label: 'Locked', auth, ready: false, ...told });
  });

  it('tells how the process, the machine, the database and the sessions are', async () => {
    await newSession(server);
    await ask('GET', '/system/stats');
    await new Promise((resolve) => setTimeout(resolve, 600));
    const { body } = await ask('GET', '/system/stats');
    expect(body.uptime_seconds).to.be.at.least(0);
    expect(body.memory.rss_bytes).to.be.greaterThan(body.memory.heap_bytes);
    expect(body.memory.total_bytes).to.be.greaterThan(body.memory.free_bytes);
    expect(body.cpu).to.be.within(0, 1);
    expect(body.database_bytes).to.be.greaterThan(1_000_000);
    expect(body.sessions.idle).to.be.at.least(1);
    expect(body).to.deep.include({ latency_p95_ms: null, providers: [], pools: [] });
  });

  it('lists models', async () => {
    const nothing = { images: null, files: null, thinking: null, tools: null };
    const known = { id: 'scripted-1', label: 'Scripted 1', context_tokens: 8_000, output_tokens: null };
    const model = { ...known, capabilities: nothing, price: null };
    expect((await ask('GET', '/providers/scripted/models?refresh=true')).body.items).to.deep.equal([model]);
    expect((await ask('GET', '/providers/nobody/models')).status).to.equal(404);
    expect((await ask('GET', '/providers/scripted/models?refresh=perhaps')).status).to.equal(400);
  });

  it('lists plugins', async () => {
    expect((await ask('GET', '/plugins')).body.items[0]).to.include({ name: 'test', state: 'active' });
  });

  it('saves a key, shows all but the key, and deletes it', async () => {
    const key = { provider: 'locked', method: 'locked-key', fields: { api_key: 'CANARY-123' } };
    const first = await ask('POST', '/credentials', key);
    expect(first.status).to.equal(201);
    expect(first.body).to.include({ provider: 'locked', label: 'default', source: 'saved', state: 'ready' });
    expect((await ask('POST', '/credentials', key)).body.label).to.equal('default 2');
    const named = await ask('POST', '/credentials', { ...key, label: 'default' });
    expect(named.body.error.code).to.equal('credential.exists');
    const list = (await ask('GET', '/credentials')).body;
    expect(JSON.stringify([list, first.body, server.log.lines])).not.to.contain('CANARY');
    for (const { id } of list.items) expect((await ask('DELETE', `/credentials/${id}`)).status).to.equal(204);
    expect((await ask('DELETE', `/credentials/${randomUUID()}`)).body.error.code).to.equal('credential.unknown');
  });

  it('says what is wrong with a key without repeating it', async () => {
    const create = async (body: object) => (await ask('POST', '/credentials', body)).body.error.code;
    expect(await create({ provider: 'locked', method: 'other', fields: {} })).to.equal('credential.method_unknown');
    expect(await create({ provider: 'scripted', method: 'locked-key', fields: {} })).to.equal(
      'credential.method_unknown',
    );
    expect(await create({ provider: 'nobody', method: 'x', fields: {} })).to.equal('contribution.unknown');
    expect(await create({ provider: 'locked', method: 'locked-key', fields: { api_key: 7 } })).to.equal(
      'request.invalid',
    );
    expect(await create({ provider: 'locked', method: 'locked-key', fields: {} })).to.equal('credential.invalid');
  });

  it('names a key of the environment and does not delete it', async () => {
    server.env.LOCKED_TEST_KEY = 'CANARY-456';
    const { items } = (await ask('GET', '/credentials')).body;
    expect(items.at(-1)).to.include({ id: 'env', source: 'env' });
    expect(JSON.stringify(items)).not.to.contain('CANARY');
    expect((await ask('DELETE', '/credentials/env')).body.error.code).to.equal('credential.environment');
    delete server.env.LOCKED_TEST_KEY;
  });
});

describe('directories over REST', () => {
  const server = useServer();
  const list = (query: string) => api(server, 'GET', `/directories${query}`);

  before(async () => {
    await mkdir(join(server.folder, 'beta'));
    await mkdir(join(server.folder, 'alpha'));
    await mkdir(join(server.folder, '.hidden'));
    await writeFile(join(server.folder, 'file'), '');
    await symlink(join(server.folder, 'beta'), join(server.folder, 'link'));
    await symlink('/no/such/place', join(server.folder, 'broken'));
    await mkdir(Buffer.concat([Buffer.from(`${server.folder}/`), Buffer.from([0xff, 0xfe])]));
  });

  it('lists folders and links to folders by name, hidden ones only if asked for', async () => {
    const { status, body } = await list(`?path=${encodeURIComponent(server.folder)}`);
    expect(status).to.equal(200);
    expect(body.entries.map(({ name }: { name: string }) => name)).to.deep.equal(['alpha', 'beta', 'link']);
    expect(body.entries[0].path).to.equal(join(server.folder, 'alpha'));
    expect(join(body.parent, '..')).to.equal(join(server.folder, '../..'));
    const hidden = await list(`?hidden=true&path=${encodeURIComponent(server.folder)}`);
    expect(hidden.body.entries[0].name).to.equal('.hidden');
  });

  it('begins at home and ends at the root', async () => {
    const { body } = await list('');
    expect([body.path, body.home]).to.deep.equal([homedir(), homedir()]);
    expect((await list('?path=~')).body.path).to.equal(homedir());
    expect((await list('?path=/')).body.parent).to.equal(null);
  });

  it('says what is wrong with a path', async () => {
    const at = async (path: string) => {
      const { status, body } = await list(`?path=${encodeURIComponent(path)}`);
      return [status, body.error.code];
    };
    expect(await at(join(server.folder, 'nothing'))).to.deep.equal([404, 'directory.unknown']);
    expect(await at(join(server.folder, 'file'))).to.deep.equal([403, 'directory.unreadable']);
    expect(await at('alpha')).to.deep.equal([403, 'directory.unreadable']);
    expect(await at('a\u0000b')).to.deep.equal([400, 'request.invalid']);
  });

  it('says that a folder cannot be read', async () => {
    const closed = join(server.folder, 'alpha');
    await chmod(closed, 0o000);
    const { status } = await list(`?path=${encodeURIComponent(closed)}`);
    await chmod(closed, 0o700);
    // The administrator of a machine may read everything.
    expect(status).to.equal(process.getuid?.() === 0 ? 200 : 403);
  });
});

describe('the rest of REST', () => {
  const server = useServer();
  const ask = (method: string, path: string, body?: unknown) => api(server, method, path, body);

  it('tells how it is', async () => {
    const { body } = await ask('GET', '/health');
    expect(body).to.include({ version: '1.2.3', database: 'ok', redis: 'none' });
    expect(body.plugins[0].name).to.equal('test');
  });

  it('tells that the database is down, also when it hangs', async () => {
    const ping = server.services.database.ping;
    server.services.database.ping = () => Promise.reject(new Error('gone'));
    expect((await ask('GET', '/health')).body.database).to.equal('down');
    server.services.database.ping = () => new Promise(() => undefined);
    expect((await ask('GET', '/health')).body.database).to.equal('down');
    server.services.database.ping = ping;
  });

  it('tells a terminal who it is', async () => {
    const { body } = await ask('POST', '/tui/connect', {});
    expect(body).to.deep.include({ server_version: '1.2.3', token_name: 'this machine' });
    expect(body.topics).to.include('sessions');
  });

  it('answers HEAD like GET, without a body', async () => {
    const response = await fetch(`${server.url}/api/v1/health`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${server.token}` },
    });
    expect([response.status, await response.text()]).to.deep.equal([200, '']);
  });

  it('knows exact paths only', async () => {
    for (const path of ['/sessions/', '/Sessions', '/nothing']) expect((await ask('GET', path)).status).to.equal(404);
  });

  it('writes 503 with Retry-After while the database is away', async () => {
    const { sessions } = server;
    const { create } = sessions;
    const cause = Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
    sessions.create = () => Promise.reject(new Error('the driver failed', { cause }));
    const { status, headers, body } = await ask('POST', '/sessions', {});
    sessions.create = create;
    expect([status, headers.get('retry-after'), body.error.code]).to.deep.equal([503, '2', 'database.unreachable']);
  });

  it('D3: gives away nothing of an error it did not foresee, and logs it with its cause', async () => {
    const { sessions } = server;
    const { create } = sessions;
    const secret = 'select * from api_tokens at /srv/secret/place.ts:1';
    sessions.create = () => Promise.reject(new Error(secret));
    const { status, body } = await ask('POST', '/sessions', {});
    sessions.create = () => Promise.reject(new MaestroError('of.a_plugin', 'does not fit'));
    const unlisted = await ask('POST', '/sessions', {});
    sessions.create = create;
    expect([status, body.error.code]).to.deep.equal([500, 'server.internal']);
    expect(JSON.stringify(body)).not.to.match(/select|srv|place\.ts/);
    expect([unlisted.status, unlisted.body.error.code, unlisted.body.error.message]).to.deep.equal([
      500,
      'of.a_plugin',
      'does not fit',
    ]);
    const line = server.log.lines.find(({ fields }) => fields?.correlation_id === body.error.correlation_id);
    expect(line!.level).to.equal('error');
    expect((line!.fields!.cause as Error).message).to.equal(secret);
  });

  it('goes on after a client went away in the middle of its body', async () => {
    const controller = new AbortController();
    const body = new ReadableStream({
      start(stream) {
        stream.enqueue(new TextEncoder().encode('{"agent'));
        setTimeout(() => controller.abort(), 20);
      },
    });
    const aborted = await fetch(`${server.url}/api/v1/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body,
      duplex: 'half',
      signal: controller.signal,
    } as RequestInit).catch((error: Error) => error.name);
    expect(aborted).to.equal('AbortError');
    expect((await ask('GET', '/health')).status).to.equal(200);
  });
});

describe('W1 row 8: reading changes nothing', () => {
  it('W1 row 8: no GET or HEAD of the route table writes to any table', async () => {
    const server: Running = await startServer();
    const { session_id, conversation_id } = await newSession(server);
    const fence = { conversationId: conversation_id, epoch: 0 };
    await server.events.commit(fence, adding(message({ client_key: 'k' })));
    const params: Record<string, string> = { '/sessions/:id': session_id, '/providers/:id': 'scripted' };
    const fill = (path: string) =>
      path.replace(/^(\/\w+\/):\w+/, (whole, start: string) => `${start}${params[whole] ?? randomUUID()}`);
    const reads = server.server.routes.table.filter(({ method }) => method === 'GET').map(({ path }) => fill(path));
    // It has to be told what to look for.
    reads.splice(reads.indexOf('/search'), 1, '/search?q=word');
    expect(reads.length).to.be.greaterThan(15);
    const before = await contents(server);
    for (const path of reads) {
      for (const method of ['GET', 'HEAD'])
        expect((await api(server, method, path)).status, path).to.be.oneOf([200, 404]);
    }
    expect(await contents(server)).to.deep.equal(before);
    await server.close();
  });
});

/** A message that starts no turn. */
async function say(server: Running, session: Session, words: string): Promise<void> {
  const fence = { conversationId: session.conversation_id, epoch: null };
  await server.events.commit(fence, adding(message({ parts: [text(words)] })));
}

/** Every row of every table with the transaction that wrote it last. */
async function contents({ db }: Running): Promise<Record<string, unknown>> {
  const { rows } = await db.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  const found: Record<string, unknown> = {};
  for (const { name } of rows)
    found[name] = (await db.query(`select xmin::text, t::text from "${name}" t order by 2`)).rows;
  return found;
}
