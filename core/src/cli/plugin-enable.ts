import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson } from './output.js';

export const command = defineCommand({
  usage: 'plugin enable PLUGIN [--json] [--home D]',
  summary: 'Turns a plugin on, at once and for later starts; running sessions go on.',
  example: 'maestro plugin enable @me/my-plugin',
  options: { ...place, ...json },
  arity: [1, 1],
  async run(call) {
    const plugin = await withServer(call, ({ rest }) => rest.patchPlugin(call.args[0]!, { enabled: true }));
    if (call.flags.json) printJson(call, plugin);
    else
      call.stdout.write(
        `${plugin.name} is ${plugin.state === 'active' ? 'on' : plugin.state}${plugin.restart ? `; ${plugin.restart}` : ''}\n`,
      );
    return plugin.state === 'failed' ? 1 : 0;
  },
});
