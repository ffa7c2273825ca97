import { expect } from 'chai';
import { type Platform, startPlatform } from './support.js';

describe('tools that reach servers by name', function () {
  this.timeout(60_000);
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
    await platform.add('sim', 'good');
    await platform.until('sim', 'connected');
  });
  after(() => platform.maestro.close());

  it('say which server, and which tool of it, a call goes on to, so that its switch counts', () => {
    const { tools } = platform.maestro.services.registries;
    const group = { kind: 'server', name: 'sim' };
    const reached = (id: string, args: unknown) => tools.get(id).reaches?.(args as never);
    for (const tool of ['echo', 'sim__echo'])
      expect(reached('mcp_call_tool', { server: 'sim', tool, args: { text: 'a' } })).to.deep.equal({
        ...{ id: 'sim__echo', group, args: { text: 'a' } },
      });
    for (const id of ['mcp_list_tools', 'mcp_get_prompt'])
      expect(reached(id, { server: 'sim' })).to.deep.include({ group });
    expect(reached('activate_mcp_server', { name: 'sim' })).to.deep.include({ group });
    expect(reached('read_mcp_resource', { uri: 'x:y', serverName: 'sim' })).to.deep.include({ group });
  });
});
