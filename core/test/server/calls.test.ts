import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { WireOperation } from '../../src/extension/wire-operation.js';
import type { CallCommand, CallResource, List, ToolUses } from '../../src/protocol/resources.js';
import { callCommand } from '../../src/server/call-command.js';
import { headerReference } from '../../src/server/header-reference.js';
import { adding, call, liveTurn, message, type Records, step, toolCall } from '../records/support.js';
import { api, newSession, useServer } from './support.js';

const run = promisify(execFile);

describe('calls over REST', () => {
  const server = useServer();
  const ask = (path: string) => api(server, 'GET', path);
  const begin = async () => {
    const { session_id, conversation_id } = await newSession(server);
    const fence = { conversationId: conversation_id, epoch: 0 };
    return { session_id, fence, turnId: await liveTurn({ log: server.events } as Records, fence) };
  };

  it('come in pages from the newest back, numbered, without when each piece came', async () => {
    const { session_id, fence, turnId } = await begin();
    const ids: string[] = [];
    const timing = { queued: 1, connected: 2, head: 3, first_byte: 4, last_byte: 5 };
    for (let count = 0; count < 5; count += 1) {
      const made = call(turnId, `{"n":${count}}`, { profile: 'acme/api_key/plain' });
      ids.push(made.id);
      const end = { state: 'done' as const, timing: { ...timing, arrivals: [[7, 4]] as [number, number][] } };
      await server.events.commit(fence, step([{ write: 'call.add', call: made }]));
      await server.events.commit(fence, step([{ write: 'call.end', call_id: made.id, end }]));
    }
    const page = async (query: string): Promise<List<CallResource>> =>
      (await ask(`/sessions/${session_id}/calls${query}`)).body;
    const newest = await page('?limit=2');
    expect(newest.items.map(({ id, ord }) => [id, ord])).to.deep.equal([
      [ids[3], 4],
      [ids[4], 5],
    ]);
    expect(newest.next).to.equal('4');
    const older = await page('?limit=3&before=4');
    expect(older.items.map(({ id }) => id)).to.deep.equal(ids.slice(0, 3));
    expect(older.next).to.equal(null);
    expect((await page('')).items.map(({ id }) => id)).to.deep.equal(ids);
    expect(older.items[0]).to.deep.include({ profile: 'acme/api_key/plain', timing });
    const { body: whole } = await ask(`/calls/${ids[0]}`);
    expect(whole).to.deep.include({ timing: { ...timing, arrivals: [[7, 4]] }, reference: null });
    expect((await ask(`/sessions/${session_id}/calls?limit=0`)).status).to.equal(400);
  });

  it('count the tools of a session', async () => {
    const { session_id, fence, turnId } = await begin();
    const asks = message({ role: 'assistant' });
    await server.events.commit(fence, adding(asks));
    const called = ['look', 'look', 'write'].map((name, ord) => toolCall(turnId, asks.id, { name, ord }));
    await server.events.commit(fence, step([{ write: 'tool.add', calls: called }]));
    const { items } = (await ask(`/sessions/${session_id}/tools`)).body as List<ToolUses>;
    expect(items.map(({ name, calls, failed }) => [name, calls, failed])).to.deep.equal([
      ['look', 2, 0],
      ['write', 1, 0],
    ]);
    expect((await ask(`/sessions/${'f'.repeat(16)}/tools`)).status).to.equal(404);
  });

  it('give a command for a shell, and say where there is no call', async () => {
    const { fence, turnId } = await begin();
    const made = call(turnId, '{"a":1}');
    await server.events.commit(fence, step([{ write: 'call.add', call: made }]));
    const { body } = await ask(`/calls/${made.id}/curl`);
    expect(body.command).to.match(/^curl /);
    for (const id of [randomUUID(), 'x']) expect((await ask(`/calls/${id}/curl`)).status).to.equal(404);
  });
});

describe('the command of a call', () => {
  const server = useServer();
  const received: { request: IncomingMessage; body: Buffer }[] = [];
  const target = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request
      .on('data', (piece) => pieces.push(piece))
      .on('end', () => {
        received.push({ request, body: Buffer.concat(pieces) });
        response.end('{}');
      });
  });
  let url: string;
  before(async () => {
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/v1/messages?beta=it's`;
  });
  after(() => target.close());

  const secret = 'sk-"$(touch owned)`id`';
  async function ran(headers: [string, string][], body: Buffer): Promise<CallCommand> {
    const id = randomUUID();
    const made = callCommand({ id, method: 'POST', url, request_headers: headers }, body);
    if (made.body_file) await writeFile(join(server.folder, made.body_file), body);
    await run('sh', ['-c', made.command], { cwd: server.folder, env: { ...process.env, API_KEY: secret } });
    return made;
  }
  const headersOf = ({ rawHeaders }: IncomingMessage) =>
    rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1]]] : []));

  it('sends the same headers and the same bytes, with the secret that the shell has', async () => {
    const headers: [string, string][] = [
      ['host', 'api.example.com'],
      ['X-Api-Key', '<redacted:api_key:1a2b>'],
      ['authorization', 'Bearer <redacted:api_key:1a2b> end'],
      ['X-Odd', `it's "$HOME" \`id\` \\ !!`],
      ['X-Empty', ''],
      ['content-type', 'application/json'],
      ['content-length', '99'],
    ];
    const body = Buffer.from(`{"a":"it's \\u0000 $(touch owned) \`id\`\n","b":"é😀"}`);
    const made = await ran(headers, body);
    expect(made)
      .to.include({ body_file: null })
      .and.to.deep.include({ variables: ['API_KEY'] });
    expect(made.command).not.to.contain('redacted');
    const { request, body: sent } = received.at(-1)!;
    expect(sent).to.deep.equal(body);
    expect(request.url).to.equal("/v1/messages?beta=it's");
    const wanted = headers
      .slice(1, -1)
      .map(([name, value]) => [name, value.replaceAll('<redacted:api_key:1a2b>', secret)]);
    expect(headersOf(request).filter(([name]) => !/^(host|content-length)$/i.test(name!))).to.deep.equal(wanted);
  });

  for (const [what, body] of [
    ['too long', Buffer.alloc(2_000_000, 'a')],
    ['not text', Buffer.from([0, 1, 0xff, 0xfe])],
    ['text that would act on the terminal it is pasted into', Buffer.from('{"a":"\u001b[201~\rrm"}')],
    ['text that begins like the name of a file', Buffer.from('@/etc/hostname')],
  ] as const)
    it(`reads a body from a file that is ${what}`, async () => {
      const { body_file, command } = await ran([['accept', '*/*']], body);
      expect(body_file).to.match(/^call-[\w-]+-request\.bin$/);
      expect(command.length).to.be.lessThan(600);
      expect(received.at(-1)!.body.equals(body)).to.equal(true);
    });
});

describe('the reference of a call', () => {
  const operation = {
    profile: {
      id: 'acme/api_key/app/messages',
      method: 'POST',
      path: '/v1',
      headers: [
        ['x-api-key', '{key}'],
        ['anthropic-beta', '{beta}'],
        ['User-Agent', 'app/1'],
      ],
    },
    reference: { app: 'app', version: '1.0' },
  } as unknown as WireOperation;
  const held = (...names: string[]) =>
    headerReference({ profile: operation.profile.id, request_headers: names.map((name) => [name, 'x']) }, [operation]);

  it('counts what stands at its place, and names what is left out or unexpected', () => {
    const whole = ['host', 'connection', 'x-api-key', 'anthropic-beta', 'User-Agent', 'content-type', 'content-length'];
    const reference = { app: 'app', version: '1.0', profile: operation.profile.id };
    expect(held(...whole)).to.deep.equal({ ...reference, matching: 7, left_out: [], unexpected: [] });
    expect(held(...whole.filter((name) => name !== 'anthropic-beta'))).to.deep.include({
      matching: 6,
      left_out: ['anthropic-beta'],
      unexpected: [],
    });
    const moved = [...whole.slice(0, 3), 'user-agent', 'anthropic-beta', ...whole.slice(5)];
    expect(held(...moved)).to.deep.include({ matching: 6, left_out: ['User-Agent'], unexpected: ['user-agent'] });
  });

  it('is none where nobody knows after what a request was shaped', () => {
    expect(headerReference({ profile: null, request_headers: [] }, [operation])).to.equal(null);
  });
});
