import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { defineCommand, place } from './command.js';
import { withServer } from './connection.js';
import { plain } from './output.js';

export const command = defineCommand({
  usage: 'template import FILE... [--home D]',
  summary: 'Saves agent files as templates, also those of other programs: markdown with front matter.',
  example: 'maestro template import agents/reviewer.md',
  options: place,
  arity: [1, 100],
  async run(call) {
    await withServer(call, async ({ rest }) => {
      for (const path of call.args) {
        const file = basename(path)
          .replace(/[^\x20-\x7e]/g, '?')
          .slice(0, 200);
        const { template, notes } = await rest.importTemplate({ file, text: readFileSync(path, 'utf8') });
        call.stdout.write(plain(`${template.name}\n`));
        for (const note of notes) call.stderr.write(plain(`  note: ${note}\n`));
      }
    });
    return 0;
  },
});
