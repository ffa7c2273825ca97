import type { McpServerTool, McpTrial } from '@maestro/core';
import { expect } from 'chai';
import { type Platform, simulator, startPlatform } from './support.js';

describe('a server that is tried before it is saved', function () {
  this.timeout(60_000);
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
  });
  after(() => platform.maestro.close());

  const tried = (mode: string, more: object = {}) =>
    platform.maestro.request<McpTrial>('/mcp-servers/test', {
      server: { name: 'trial', transport: 'stdio', command: process.execPath, args: [simulator, mode] },
      ...more,
    });

  it('tells its tools and how long it took, and leaves nothing behind', async () => {
    const { status, tools } = await tried('good');
    expect(status).to.include({ state: 'connected', reason: null });
    expect(status.connect_ms).to.be.a('number').and.greaterThan(0);
    expect(tools.map(({ name }: McpServerTool) => name)).to.include('echo');
    expect(status.offered_tools).to.equal(tools.length);
    expect(platform.tools('trial')).to.deep.equal([]);
    expect(await platform.maestro.request('/mcp-servers')).to.deep.include({ items: [] });
  });

  it('tells why it cannot be reached, with what the program said', async () => {
    const { status, tools } = await tried('crash-at-start');
    expect(status.state).to.equal('waiting');
    expect(status.reason).to.include('exit code');
    expect(tools).to.deep.equal([]);
  });
});

describe('how a connection stands', function () {
  this.timeout(60_000);
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
  });
  after(() => platform.maestro.close());

  it('is told as it changes, with what the server said last', async () => {
    let told = 0;
    platform.maestro.services.toolServers.onStatus(() => {
      told += 1;
    });
    const { id } = await platform.add('noisy', 'crash-at-start');
    await platform.until('noisy', 'waiting');
    expect(told).to.be.greaterThan(1);
    const status = await platform.status('noisy');
    expect(Date.parse(status.since)).to.be.closeTo(Date.now(), 30_000);
    expect(status.connect_ms).to.equal(null);
    const { items } = await platform.maestro.request<{ items: string[] }>(`/mcp-servers/${id}/log`);
    expect(items).to.include('this server does not want to start');
  });
});
