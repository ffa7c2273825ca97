import { writeFileSync } from 'node:fs';
import { defineCommand, place, UsageError } from './command.js';
import { withServer } from './connection.js';
import { plain } from './output.js';

export const command = defineCommand({
  usage: 'session export SESSION [FILE] [--format json|markdown] [--home D]',
  summary: 'Writes a session and its current conversation as a file, or prints it. A file that is there already stays.',
  notes: ['--format   json for programs, markdown for people; without it as the name of FILE ends, else json'],
  example: 'maestro session export 4f1c conversation.md',
  options: { ...place, format: { type: 'string' } },
  arity: [1, 2],
  async run(call) {
    const [id, file] = call.args;
    const format = formatOf(call.flags.format, file);
    const { bytes } = await withServer(call, ({ rest }) => rest.exportSession(id!, format));
    if (file !== undefined) writeFileSync(file, bytes, { flag: 'wx' });
    else call.stdout.write(plain(new TextDecoder().decode(bytes)));
    return 0;
  },
});

function formatOf(given: string | undefined, file = ''): 'json' | 'markdown' {
  if (given === undefined) return /\.(md|markdown)$/i.test(file) ? 'markdown' : 'json';
  if (given === 'json' || given === 'markdown') return given;
  throw new UsageError(`--format is json or markdown, not "${given}"`);
}
