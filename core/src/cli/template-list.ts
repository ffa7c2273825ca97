import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { printJson, printTable } from './output.js';

export const command = defineCommand({
  usage: 'template list [--json] [--home D]',
  summary: 'Lists agent templates. Each is a tool as well: agents call one another by it.',
  example: 'maestro template list',
  options: { ...place, ...json },
  arity: [0, 0],
  async run(call) {
    const { items } = await withServer(call, ({ rest }) => rest.templates());
    if (call.flags.json) printJson(call, items);
    else if (items.length === 0) call.stdout.write('No templates. `maestro template import FILE` adds one.\n');
    else {
      const rows = items.map(({ name, role, source, description }) => [name, role ?? '', source, oneLine(description)]);
      printTable(call, ['NAME', 'ROLE', 'SOURCE', 'DESCRIPTION'], rows);
    }
    return 0;
  },
});

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
