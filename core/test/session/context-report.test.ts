import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { Type } from 'typebox';
import type { ModelRequest } from '../../src/extension/provider.js';
import type { Tool } from '../../src/extension/tool.js';
import { estimateRequest } from '../../src/session/estimate.js';
import { Blobs } from '../../src/store/blobs.js';
import type { Database } from '../../src/store/database.js';
import { openTestDatabase } from '../../src/testing/database.js';
import { call, ScriptedProvider, say } from '../../src/testing/scripted-provider.js';
import { gives, Rig, tool } from './rig.js';

describe('what the next request of a session would hold', () => {
  let db: Database & { drop(): Promise<void> };
  let rig: Rig;
  let folder: string;

  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-context-'));
  });
  afterEach(async () => {
    await rig.close();
    await rm(folder, { recursive: true, force: true });
  });

  const begin = async (replies: ConstructorParameters<typeof ScriptedProvider>[0], tools: Tool[] = []) => {
    const provider = new ScriptedProvider(replies);
    rig = await Rig.open(db, provider, { tools, prompt: { home: folder } });
    const session = await rig.session({ working_directory: folder });
    const sent = (index: number) => provider.requests[index] as ModelRequest;
    const report = async () => rig.engine.contexts.of(await rig.sessions.get(session.session_id));
    const says = async (words: string) => {
      await rig.send(session, words);
      await rig.rest(session);
    };
    return { session, sent, report, says };
  };

  it('is what the request then holds, and its parts add up to the whole', async () => {
    await writeFile(path.join(folder, 'MEMORY.md'), `- ${'likes tea '.repeat(50)}`);
    const greet = tool('greet', async () => gives('hello '.repeat(200)));
    const { sent, report, says } = await begin([[call('greet', { n: 1 })], [say('Done.')], [say('Yes.')]], [greet]);
    await says('Greet '.repeat(30));
    const told = await report();
    await says('');
    const next = sent(2);
    expect(told.system.layers.map(({ text }) => text).join('\n\n')).to.equal(next.system);
    expect(told.tools.offered.map(({ name }) => name)).to.deep.equal(next.tools.map(({ name }) => name));
    const messages = next.messages.slice(0, -1);
    const whole = estimateRequest({ system: next.system, tools: next.tools, messages });
    expect(told.total_tokens / whole).to.be.within(0.98, 1.02);
    const { system, tools, history, attachments } = told;
    expect(system.tokens + tools.tokens + history.tokens + attachments.tokens).to.equal(told.total_tokens);
    const roles = history.by_role.map(({ role, messages: many }) => `${role} ${many}`);
    expect(roles).to.deep.equal(['user 1', 'assistant 2', 'tool 1']);
    expect(history.by_role[2]?.tokens).to.be.above(200);
  });

  it('is the summary, once a conversation was summed up, and what came after it', async () => {
    const { session, sent, report, says } = await begin([
      ...[[say('One.')], [say('Two.')], [say('Three.')]],
      ...[[say('SUMMARY')], [say('Four.')]],
    ]);
    for (const words of ['one ', 'two ', 'three ']) await says(words.repeat(2_000));
    const full = await report();
    expect(full.history.summary).to.equal(null);
    await rig.engine.compact(session.session_id, null);
    await rig.rest(session);
    const told = await report();
    expect(told.history.summary).to.deep.include({ method: 'summary' });
    expect(told.history.summary?.tokens).to.be.above(0);
    expect(told.total_tokens).to.be.below(full.total_tokens);
    await says('');
    const { system, tools, messages } = sent(4);
    const whole = estimateRequest({ system, tools, messages: messages.slice(0, -1) });
    expect(told.total_tokens / whole).to.be.within(0.98, 1.02);
  });

  it('begins with the same bytes in every turn, until a file changes', async () => {
    const { sent, says } = await begin([[say('1')], [say('2')], [say('3')]]);
    await says('one');
    await says('two');
    expect(sent(1).system).to.equal(sent(0).system);
    expect(sent(1).messages.slice(0, 1)).to.deep.equal(sent(0).messages);
    await writeFile(path.join(folder, 'MEMORY.md'), '- likes tea');
    await says('three');
    expect(sent(2).system.startsWith(sent(0).system)).to.equal(true);
    expect(sent(2).system).to.contain('- likes tea');
  });

  it('counts the tools of each server, and those that wait to be searched for apart', async () => {
    const parameters = Type.Object({ words: Type.String({ description: 'x '.repeat(500) }) });
    const of = (server: string, id: string) => ({
      ...tool(id, async () => gives('')),
      ...{ parameters, deferrable: true, group: { kind: 'server', name: server } as const },
    });
    const many = Array.from({ length: 120 }, (_, index) => of(index % 2 ? 'odd' : 'even', `tool_${index}`));
    const search = { ...tool('search', async () => gives('')), findsTools: true };
    const { report } = await begin([], [...many, search, tool('own', async () => gives(''))]);
    const { tools, window_tokens, share } = await report();
    expect(tools.offered.map(({ name }) => name)).to.deep.equal(['own', 'search']);
    expect(tools.deferred).to.have.length(120);
    expect(
      tools.by_server.map(({ server, offered, deferred, tokens }) => [server, offered, deferred, tokens]),
    ).to.deep.equal([
      ['even', 0, 60, 0],
      ['odd', 0, 60, 0],
    ]);
    expect(tools.by_server[0]?.deferred_tokens).to.be.above(60 * 500);
    expect([window_tokens, share]).to.deep.equal([null, null]);
  });

  it('counts images and files apart from what is said', async () => {
    const { session, report } = await begin([[say('Nice.')]]);
    const blob = await new Blobs(db).put(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    const image = { name: 'a.png', blob };
    await rig.engine.submit({ session_id: session.session_id, client_key: 'k', text: 'Look', attachments: [image] });
    await rig.rest(session);
    const { attachments, history } = await report();
    expect(attachments.items).to.deep.equal([
      { role: 'user', type: 'image', name: 'a.png', media_type: 'image/png', blob, tokens: attachments.tokens },
    ]);
    expect(attachments.tokens).to.be.above(500);
    expect(history.by_role[0]?.tokens).to.be.within(1, 10);
  });
});
