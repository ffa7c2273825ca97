import { AgentImport, definePlugin, Templates, ToolSwitches } from '@maestro/core';
import { AgentTools } from './agent-tools.js';
import { namedAgents } from './named-agents.js';
import { shippedAgents } from './shipped.js';
import { SWITCH } from './switch.js';
import { toolNames } from './tool-names.js';

export default definePlugin({
  name: '@maestro/sub-agents',
  async activate(ctx) {
    const templates = ctx.resolve(Templates);
    await ctx.resolve(ToolSwitches).seedGroup(SWITCH);
    ctx.own(ctx.resolve(AgentImport).know(toolNames));
    await templates.ship(await shippedAgents());
    for (const tool of namedAgents(templates)) ctx.tools.add(tool);
    const tools = new AgentTools(templates, (tool) => ctx.tools.add(tool), ctx.log);
    ctx.own(() => tools.close());
    await tools.open();
  },
});
