import type { PluginDetail } from '../protocol/plugins.js';
import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { plain, printJson } from './output.js';

export const command = defineCommand({
  usage: 'plugin info PLUGIN [--json] [--home D]',
  summary: 'Shows a plugin: what it brings, how it is set up, why it is not active; secrets are never shown.',
  example: 'maestro plugin info @me/my-plugin',
  options: { ...place, ...json },
  arity: [1, 1],
  async run(call) {
    const plugin = await withServer(call, ({ rest }) => rest.plugin(call.args[0]!));
    if (call.flags.json) printJson(call, plugin);
    else call.stdout.write(plain(words(plugin)));
    return 0;
  },
});

function words({
  name,
  version,
  state,
  reason,
  restart,
  contributes,
  settings,
  secrets,
  ...rest
}: PluginDetail): string {
  const brings = Object.entries(contributes).flatMap(([kind, ids]) =>
    ids.length > 0 ? [`  ${kind}: ${ids.join(' ')}`] : [],
  );
  const set = Object.entries(settings).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`);
  const hidden = secrets.map((path) => `  ${path}: set, and not shown`);
  const lines = [
    [name, version, rest.license].filter((one) => one !== null).join(' '),
    rest.description,
    `state: ${state}${reason === null ? '' : `, ${reason}`}`,
    restart,
    rest.folder && `folder: ${rest.folder}`,
    brings.length > 0 ? 'brings:' : null,
    ...brings,
    set.length + hidden.length > 0 ? 'settings:' : null,
    ...set,
    ...hidden,
  ];
  return `${lines.filter((line) => line !== null && line !== '').join('\n')}\n`;
}
