import { readFileSync } from 'node:fs';
import { definePlugin, Processes, ToolServers } from '@maestro/core';
import { Bridge } from './bridge.js';
import { ownTools } from './own-tools.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export default definePlugin({
  name: '@maestro/mcp-bridge',
  async activate(ctx) {
    const servers = ctx.resolve(ToolServers);
    const bridge = new Bridge({ servers, processes: ctx.resolve(Processes), tools: ctx.tools, log: ctx.log, version });
    ctx.own(() => bridge.close());
    for (const tool of ownTools(bridge)) ctx.tools.add(tool);
    ctx.own(servers.attach(bridge));
    ctx.own(servers.onChange((id) => bridge.follow(id)));
    await bridge.start();
  },
});
