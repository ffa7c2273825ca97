import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { McpServerTool } from '@maestro/core';
import { expect } from 'chai';
import { Value } from 'typebox/value';
import { codeOf, type Platform, startPlatform, textOf } from './support.js';

interface Case {
  mode: string;
  /** How a call to `echo` ends: its text, or the code of the error. */
  call: string;
  /** The state it is in after the call; `connected` where nothing is given. */
  state?: string;
}

/** Servers that connect and misbehave when they are called. */
const atCalls: readonly Case[] = [
  { mode: 'good', call: 'hello' },
  { mode: 'crash-on-call', call: 'mcp.unavailable', state: 'waiting' },
  { mode: 'crash-in-answer', call: 'mcp.unavailable', state: 'waiting' },
  { mode: 'hang-on-call', call: 'mcp.timeout' },
  { mode: 'deaf', call: 'mcp.timeout' },
  { mode: 'flood', call: 'hello' },
  { mode: 'huge-result', call: 'mcp.too_large' },
  { mode: 'huge-result-id-first', call: 'mcp.too_large' },
  { mode: 'huge-without-id', call: 'mcp.unavailable', state: 'waiting' },
  { mode: 'invalid-json', call: 'hello' },
  { mode: 'wrong-id', call: 'mcp.timeout' },
  { mode: 'late-answer', call: 'mcp.timeout' },
  { mode: 'twice', call: 'hello' },
  { mode: 'wrong-shape', call: 'mcp.failed' },
  { mode: 'error-answer', call: 'mcp.failed' },
];

/** Servers that never get as far. */
const atStart: readonly { mode: string; reason: RegExp }[] = [
  { mode: 'crash-at-start', reason: /exit code 3.*does not want to start/ },
  { mode: 'crash-on-initialize', reason: /exit code 3/ },
  { mode: 'crash-after-initialize', reason: /exit code 3/ },
  { mode: 'crash-on-list', reason: /exit code 3/ },
];

const MiB = 1024 * 1024;

/** Memory says something only in a process that has not run a thousand other tests: see the last one. */
const isAlone = process.env.MAESTRO_TEST_ALONE !== undefined;

describe('M1 servers that misbehave', function () {
  this.timeout(120_000);
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
    await platform.add('steady', 'good');
    await platform.until('steady', 'connected');
    if (!isAlone) return;
    // What a process does for the first time costs it memory once, whoever asks.
    await platform.add('first', 'huge-result');
    await platform.until('first', 'connected');
    await codeOf(platform.run('first__echo', { text: 'hello' }));
    await platform.maestro.request('/mcp-servers/first', undefined, 'DELETE');
  });
  after(() => platform.maestro.close());
  const settings = { timeout_ms: 2_000 };
  const steadyWorks = async () =>
    expect(textOf(await platform.run('steady__echo', { text: 'still here' }))).to.equal('still here');

  for (const { mode, call, state = 'connected' } of atCalls) {
    it(`${mode}: one answer for the call (${call}), and other servers go on`, async () => {
      const settingsOf = mode === 'flood' || mode.startsWith('huge') ? {} : { settings };
      await platform.add(mode, mode, settingsOf);
      await platform.until(mode, 'connected');
      global.gc?.();
      const before = process.memoryUsage().rss;
      const work = platform.run(`${mode}__echo`, { text: 'hello' });
      const neighbour = steadyWorks();
      const end = await work.then(textOf, (error: { code: string }) => error.code);
      const growth = process.memoryUsage().rss - before;
      expect(end).to.equal(call);
      await neighbour;
      await platform.until(mode, state);
      if (isAlone) expect(growth / MiB, 'MiB of growth').to.be.lessThan(64);
      await platform.maestro.request(`/mcp-servers/${mode}`, undefined, 'DELETE');
      expect(platform.tools(mode)).to.deep.equal([]);
    });
  }

  if (!isAlone) {
    it('take less than 64 MiB, whatever they send', async () => {
      const mocha = fileURLToPath(new URL('../../../../node_modules/mocha/bin/mocha.js', import.meta.url));
      const args = [mocha, fileURLToPath(import.meta.url), '--grep', 'one answer for the call'];
      const { NODE_V8_COVERAGE: _, MAESTRO_SUITE_COUNTS: __, ...env } = process.env;
      // Rejects with the output where one of them takes more.
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        env: { ...env, MAESTRO_TEST_ALONE: '1' },
      });
      expect(stdout).to.contain(`${atCalls.length} passing`);
    });
  }

  for (const { mode, reason } of atStart) {
    it(`${mode}: told with its reason, tried again later, and nothing waits for it`, async () => {
      const began = Date.now();
      await platform.add(mode, mode);
      expect(Date.now() - began).to.be.lessThan(1_000);
      await platform.until(mode, 'waiting');
      const status = await platform.status(mode);
      expect(status.reason).to.match(reason);
      const wait = Date.parse(status.next_attempt_at ?? '') - Date.now();
      expect(wait).to.be.within(0, 60_000);
      expect(status.tools).to.equal(0);
      await steadyWorks();
      await platform.maestro.request(`/mcp-servers/${mode}`, undefined, 'DELETE');
    });
  }

  for (const mode of ['hang-on-initialize', 'hang-on-list']) {
    it(`${mode}: is connecting, delays nobody, and can be removed`, async () => {
      await platform.add(mode, mode);
      expect((await platform.status(mode)).state).to.equal('connecting');
      await steadyWorks();
      const began = Date.now();
      await platform.maestro.request(`/mcp-servers/${mode}`, undefined, 'DELETE');
      await steadyWorks();
      expect(Date.now() - began).to.be.lessThan(5_000);
    });
  }

  it('crash-once: is connected again, its tools are listed again, and the next call succeeds', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'maestro-mcp-'));
    const { simulator } = await import('./support.js');
    await platform.add('once', 'crash-once', { args: [simulator, 'crash-once', join(folder, 'ran')] });
    await platform.until('once', 'connected');
    expect(await codeOf(platform.run('once__echo', { text: 'hello' }))).to.equal('mcp.unavailable');
    // Whoever calls does not wait for the back-off to end.
    expect(textOf(await platform.run('once__echo', { text: 'again' }))).to.equal('again');
    expect((await platform.status('once')).state).to.equal('connected');
    rmSync(folder, { recursive: true });
  });

  it('changing-list: a hundred changes a second are read once a second, and the last one counts', async () => {
    await platform.add('changing', 'changing-list');
    await platform.until('changing', 'connected');
    const [first] = platform.tools('changing').filter((id) => id.includes('generation'));
    await delay(3_500);
    const [later] = platform.tools('changing').filter((id) => id.includes('generation'));
    expect(first).not.to.equal(later);
    expect(platform.tools('changing')).to.have.length(2);
    await steadyWorks();
    await platform.maestro.request('/mcp-servers/changing', undefined, 'DELETE');
  });

  it('many-tools: all 5,000 are there in seconds', async () => {
    const began = Date.now();
    await platform.add('many', 'many-tools');
    await platform.until('many', 'connected');
    expect(platform.tools('many')).to.have.length(5_000);
    expect(Date.now() - began).to.be.lessThan(5_000);
    const { schema_tokens } = await platform.status('many');
    expect(schema_tokens).to.be.greaterThan(50_000);
    await platform.maestro.request('/mcp-servers/many', undefined, 'DELETE');
  });

  it('endless-pages: the pages have an end', async () => {
    await platform.add('pages', 'endless-pages');
    await platform.until('pages', 'connected');
    expect(platform.tools('pages')).to.have.length(200);
    await platform.maestro.request('/mcp-servers/pages', undefined, 'DELETE');
  });

  it('colliding-names and long-names: every tool has a name of its own that fits, the same after a reconnect', async () => {
    const before = platform.maestro.services.registries.tools.get('mcp_call_tool');
    for (const mode of ['colliding-names', 'long-names']) {
      await platform.add(mode, mode);
      await platform.until(mode, 'connected');
      const ids = platform.tools(mode);
      expect(ids).to.have.length(mode === 'long-names' ? 3 : 10);
      expect(new Set(ids).size).to.equal(ids.length);
      for (const id of ids) expect(id).to.match(/^[A-Za-z0-9_-]{1,64}$/);
      await platform.maestro.request(`/mcp-servers/${mode}`, { is_enabled: false }, 'PATCH');
      await platform.until(mode, 'off');
      expect(platform.tools(mode)).to.deep.equal([]);
      await platform.maestro.request(`/mcp-servers/${mode}`, { is_enabled: true }, 'PATCH');
      await platform.until(mode, 'connected');
      expect(platform.tools(mode)).to.have.members(ids);
    }
    expect(platform.maestro.services.registries.tools.get('mcp_call_tool')).to.equal(before);
  });

  it('hostile-schemas: what cannot be checked with takes any object, is named, and costs no time', async () => {
    await platform.add('hostile', 'hostile-schemas');
    await platform.until('hostile', 'connected');
    const { items } = await platform.maestro.request<{ items: McpServerTool[] }>('/mcp-servers/hostile/tools');
    const notices = Object.fromEntries(items.map(({ name, notice }) => [name, notice ?? 'none']));
    expect(notices.deep).to.match(/nested too deeply/);
    expect(notices.wide).to.match(/too large/);
    expect(notices.cycle).to.match(/refers to itself/);
    expect(notices.self).to.match(/refers to itself/);
    expect(notices.outside).to.match(/outside/);
    expect(notices.text).to.match(/any object/);
    for (const name of ['pattern', 'patterns', 'no_pattern']) expect(notices[name], name).to.match(/left out/);
    expect(notices.echo).to.equal('none');
    const began = Date.now();
    for (const { parameters } of items) Value.Check(parameters as never, { value: `${'a'.repeat(50)}!`, text: 'x' });
    expect(Date.now() - began).to.be.lessThan(500);
    await platform.maestro.request('/mcp-servers/hostile', undefined, 'DELETE');
  });
});
