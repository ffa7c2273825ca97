import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { McpServerResource, ToolCallContext, ToolOutput } from '@maestro/core';
import { startTestMaestro, type TestMaestro, toolCall } from '@maestro/core/testing';
import { type HttpSim, startHttpSim, stdioProgram } from '@maestro/mcp-sim';
import { expect } from 'chai';
import { maestro as command } from '../support/command.js';

const require = createRequire(import.meta.url);
/** The program of a server that is installed here. */
const program = (name: string) =>
  join(dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist/index.js');
const textOf = ({ content }: ToolOutput) =>
  content.map((part) => (part.type === 'text' ? part.text : part.type)).join('\n');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

describe('MCP servers as people run them', function () {
  this.timeout(120_000);
  let maestro: TestMaestro;
  let folder: string;
  let everything: ChildProcess | undefined;
  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-mcp-')));
    writeFileSync(join(folder, 'note.txt'), 'a note of the session');
    maestro = await startTestMaestro({ config: { plugins: { '@maestro/mcp-bridge': {} } } });
  });
  after(async () => {
    everything?.kill('SIGKILL');
    await maestro.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const run = (tool: string, args: unknown, given: Partial<ToolCallContext> = {}) =>
    maestro.services.registries.tools.get(tool).run(args as never, toolCall({ workingDirectory: folder, ...given }));
  const add = (name: string, how: object) => maestro.request<McpServerResource>('/mcp-servers', { name, ...how });
  const connected = async (name: string) => {
    for (const end = Date.now() + 30_000; ; await delay(50)) {
      const { status } = await maestro.request<McpServerResource>(`/mcp-servers/${name}`);
      if (status?.state === 'connected') return status;
      if (Date.now() > end) throw new Error(`${name} is ${status?.state}: ${status?.reason}`);
    }
  };
  const stdio = (name: string, ...args: string[]) => ({
    transport: 'stdio',
    command: process.execPath,
    args: [program(name), ...args],
  });

  it('are added by commands whose paths are relative to where they are typed', async () => {
    const server = program('server-memory');
    const words = ['mcp', 'add', 'near', '--', process.execPath, basename(server)];
    const added = await command(words, { home: maestro.home.root, cwd: dirname(server) });
    expect(added.code, added.stderr).to.equal(0);
    expect((await connected('near')).server?.name).to.contain('memory');
  });

  it('server-filesystem works in the directory of the session, also of the second one', async () => {
    const other = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-mcp-other-')));
    writeFileSync(join(other, 'note.txt'), 'a note of the other one');
    await add('files', stdio('server-filesystem', tmpdir()));
    await connected('files');
    expect(textOf(await run('files__read_text_file', { path: join(folder, 'note.txt') }))).to.equal(
      'a note of the session',
    );
    const second = await run('files__read_text_file', { path: join(other, 'note.txt') }, { workingDirectory: other });
    expect(textOf(second)).to.equal('a note of the other one');
    const outside = await run('files__read_text_file', { path: '/etc/passwd' });
    expect(outside.is_error).to.equal(true);
    rmSync(other, { recursive: true });
  });

  it('server-memory keeps its file where its environment says, which REST does not show', async () => {
    const file = join(folder, 'memory.json');
    const row = await add('memory', { ...stdio('server-memory'), env: { MEMORY_FILE_PATH: file } });
    expect(row.env).to.deep.equal(['MEMORY_FILE_PATH']);
    expect(JSON.stringify(row)).not.to.include(file);
    await connected('memory');
    const entity = { name: 'Ada', entityType: 'person', observations: ['likes numbers'] };
    await run('memory__create_entities', { entities: [entity] });
    expect(textOf(await run('mcp_call_tool', { server: 'memory', tool: 'read_graph' }))).to.include('likes numbers');
  });

  it('server-sequential-thinking answers', async () => {
    await add('thinking', stdio('server-sequential-thinking'));
    await connected('thinking');
    const thought = { thought: 'first', thoughtNumber: 1, totalThoughts: 1, nextThoughtNeeded: false };
    expect(textOf(await run('thinking__sequentialthinking', thought))).to.include('thoughtNumber');
  });

  it('server-everything over its pipes: text, images, resources, prompts, progress, sampling and forms', async () => {
    await add('everything', { ...stdio('server-everything', 'stdio'), settings: { sampling: 'allow' } });
    const status = await connected('everything');
    expect(status.tools).to.be.greaterThan(5);
    expect(textOf(await run('everything__echo', { message: 'hello' }))).to.include('hello');
    const image = await run('everything__get-tiny-image', {});
    expect(image.content.some(({ type }) => type === 'image')).to.equal(true);
    const told: string[] = [];
    await run(
      'everything__trigger-long-running-operation',
      { duration: 1, steps: 4 },
      { progress: (text) => void told.push(text) },
    );
    expect(told.length).to.be.greaterThan(1);
    expect(textOf(await run('list_mcp_resources', { serverName: 'everything' }))).to.match(/everything: \S+:\/\//);
    expect(textOf(await run('mcp_get_prompt', { server: 'everything' }))).to.match(/prompt/);
    const asked: string[] = [];
    const sampled = await run(
      'everything__trigger-sampling-request',
      { prompt: 'say something', maxTokens: 20 },
      {
        ask: async ({ activity, messages }) => {
          asked.push(activity, JSON.stringify(messages));
          return { parts: [{ v: 1, type: 'text', text: 'something said' }], provider: 'p', model: 'm', reason: 'stop' };
        },
      },
    );
    expect(asked[0]).to.equal('mcp_sampling');
    expect(textOf(sampled)).to.include('something said');
  });

  it('server-everything over SSE, as a program of its own', async () => {
    const port = await freePort();
    const sse = spawn(process.execPath, [program('server-everything'), 'sse'], {
      env: { ...process.env, PORT: String(port) },
      stdio: 'ignore',
    });
    await add('streamed', { transport: 'sse', url: `http://127.0.0.1:${port}/sse` });
    await connected('streamed');
    expect(textOf(await run('streamed__get-sum', { a: 2, b: 40 }))).to.include('42');
    sse.kill('SIGKILL');
    const end = await run('streamed__echo', { message: 'gone' }).then(textOf, (error: { code?: string }) => error.code);
    expect(end).to.match(/^mcp\.(failed|unavailable)$/);
  });

  it('server-everything over HTTP, as a program of its own', async () => {
    const port = await freePort();
    everything = spawn(process.execPath, [program('server-everything'), 'streamableHttp'], {
      env: { ...process.env, PORT: String(port) },
      stdio: 'ignore',
    });
    await add('remote', { transport: 'http', url: `http://127.0.0.1:${port}/mcp` });
    await connected('remote');
    expect(textOf(await run('remote__get-sum', { a: 2, b: 40 }))).to.include('42');
    everything.kill('SIGKILL');
    const end = await run('remote__echo', { message: 'gone' }).then(textOf, (error: { code?: string }) => error.code);
    expect(end).to.match(/^mcp\.(failed|unavailable)$/);
  });
});

describe('M3 many MCP servers', function () {
  this.timeout(60_000);
  let sim: HttpSim;
  let maestro: TestMaestro;
  before(async () => {
    const mode = (server: number) => (server === 20 ? 'hang-on-initialize' : server === 21 ? 'crash-at-start' : 'good');
    sim = await startHttpSim({ tools: 50, mode });
    maestro = await startTestMaestro({ config: { plugins: { '@maestro/mcp-bridge': {} } } });
  });
  after(async () => {
    await maestro.close();
    await sim.close();
  });

  it('20 servers with 50 tools each connect in less than 5 s, and neither a dead nor a hanging one delays them', async () => {
    const began = Date.now();
    for (let server = 21; server >= 0; server -= 1) {
      await maestro.request('/mcp-servers', { name: `sim${server}`, transport: 'http', url: sim.url(server) });
    }
    let states: (string | undefined)[] = [];
    for (const end = began + 20_000; Date.now() < end; await delay(50)) {
      const { items } = await maestro.request<{ items: McpServerResource[] }>('/mcp-servers');
      states = items.map(({ status }) => status?.state);
      if (states.filter((state) => state === 'connected').length === 20) break;
    }
    expect(states.filter((state) => state === 'connected')).to.have.length(20);
    expect(Date.now() - began).to.be.lessThan(5_000);
    const tools = maestro.services.registries.tools.all().filter(({ group }) => group?.kind === 'server');
    expect(tools).to.have.length(1_000);
    const calls = Array.from({ length: 20 }, (_, server) =>
      maestro.services.registries.tools.get(`sim${server}__echo`).run({ text: `from ${server}` } as never, toolCall()),
    );
    expect((await Promise.all(calls)).map(textOf)).to.deep.equal(calls.map((_, server) => `from ${server}`));
  });
});

describe('M3 what many MCP servers cost', function () {
  this.timeout(120_000);
  let maestro: TestMaestro;
  beforeEach(async () => {
    maestro = await startTestMaestro({ config: { plugins: { '@maestro/mcp-bridge': {} } } });
  });
  afterEach(() => maestro.close());

  /** Adds servers that are off, turns them on at once and waits until so many are connected. */
  const connectAll = async (servers: object[], wanted: number) => {
    const { toolServers } = maestro.services;
    for (const server of servers) {
      await maestro.request('/mcp-servers', { ...server, is_enabled: false });
    }
    const before = process.cpuUsage();
    const began = Date.now();
    const rows = await toolServers.list();
    await Promise.all(rows.map(({ id }) => toolServers.patch(id, { is_enabled: true })));
    for (const end = began + 60_000; ; await delay(50)) {
      const states = (await toolServers.list()).map(({ status }) => status?.state);
      if (states.filter((state) => state === 'connected').length === wanted) break;
      if (Date.now() > end) throw new Error(`connected are ${states.filter((state) => state === 'connected').length}`);
    }
    const { user, system } = process.cpuUsage(before);
    return { ms: Date.now() - began, cpuMs: Math.round((user + system) / 1_000) };
  };
  const registered = () =>
    maestro.services.registries.tools.all().filter(({ group }) => group?.kind === 'server').length;

  it('20 programs with 50 tools each connect in parallel at less than 1 s of our own CPU', async () => {
    const servers = Array.from({ length: 20 }, (_, number) => ({
      ...{ name: `program${number}`, transport: 'stdio', command: process.execPath, args: [stdioProgram, 'good'] },
      env: { MCP_SIM_TOOLS: '50' },
    }));
    const { ms, cpuMs } = await connectAll(servers, 20);
    process.stdout.write(`    20 programs: ${ms} ms, ${cpuMs} ms of our CPU\n`);
    expect(registered()).to.equal(1_000);
    expect(cpuMs).to.be.lessThan(1_000);
  });

  it('100 servers of one simulator connect in parallel, and a dead and a hanging one add less than 10 %', async () => {
    const mode = (server: number) => (server === 0 ? 'crash-at-start' : server === 1 ? 'hang-on-initialize' : 'good');
    const sim = await startHttpSim({ tools: 10, mode });
    const numbered = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => {
        return { name: `sim${from + index}`, transport: 'http', url: sim.url(from + index) };
      });
    const turn = async (servers: object[], wanted: number) => {
      const figures = await connectAll(servers, wanted);
      expect(registered()).to.equal(wanted * 10);
      for (const { id } of await maestro.services.toolServers.list()) await maestro.services.toolServers.remove(id);
      return figures;
    };
    await turn(numbered(2, 12), 10);
    const rounds: (readonly [{ ms: number; cpuMs: number }, { ms: number; cpuMs: number }])[] = [];
    for (let round = 0; round < 3; round += 1) {
      rounds.push([await turn(numbered(2, 102), 100), await turn(numbered(0, 102), 100)] as const);
    }
    await sim.close();
    const least = (which: 0 | 1) => Math.min(...rounds.map((round) => round[which].ms));
    const cpuMs = Math.min(...rounds.map(([alone]) => alone.cpuMs));
    process.stdout.write(
      `    100 servers: ${least(0)} ms, with two bad ones ${least(1)} ms; ${cpuMs} ms of CPU with the simulator\n`,
    );
    // Beyond the share, what one look at the states costs.
    expect(least(1)).to.be.lessThan(least(0) * 1.1 + 100);
    expect(cpuMs).to.be.lessThan(10_000);
  });
});
