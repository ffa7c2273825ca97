import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { defineTool, MaestroError, type Tool } from '@maestro/core';
import { Type } from 'typebox';
import { says } from './answer.js';

const parameters = Type.Object(
  {
    fact: Type.String({ minLength: 1, maxLength: 4_000 }),
    scope: Type.Optional(Type.Enum(['global', 'project', 'core.global', 'core.project'], { default: 'project' })),
  },
  { additionalProperties: false },
);

/** What a file of memory may hold: it is read with every conversation. */
const mostBytes = 64 * 1_024;
const heading = '## Remembered';

/** @param home where the platform keeps its own files: facts for all projects stand there */
export function saveMemory(home: () => string): Tool<typeof parameters> {
  return defineTool({
    id: 'save_memory',
    title: 'Save memory',
    description:
      'Writes one short fact down that later sessions should know: with scope "project" into AGENTS.md of the working ' +
      'directory, with "global" into a file for all projects. Only what the user wants kept; no secrets.',
    parameters,
    effects: 'write',
    // A fact that stands there already is not written again.
    retry: 'safe',
    async run({ fact, scope = 'project' }, { workingDirectory }) {
      const folder = scope.endsWith('global') ? home() : workingDirectory;
      const file = join(folder, scope.endsWith('global') ? 'MEMORY.md' : 'AGENTS.md');
      // One line: a fact cannot bring a heading of its own along.
      const line = `- ${fact.replace(/\s+/g, ' ').trim()}`;
      await append(file, line);
      return says(`Remembered in ${file}: ${line.slice(2)}`);
    },
  });
}

async function append(file: string, line: string): Promise<void> {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  const handle = await open(file, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600).catch(
    (cause: unknown) => {
      throw new MaestroError('tool.denied', `${file} cannot be opened as a regular file; it may be a link`, { cause });
    },
  );
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new MaestroError('tool.not_a_file', `${file} is no regular file; nothing was written`);
    if (found.size > mostBytes) throw tooLarge(file);
    const text = await handle.readFile('utf8');
    if (text.split('\n').includes(line)) return;
    const gap = text === '' || text.endsWith('\n') ? '' : '\n';
    const head = text.split('\n').includes(heading) ? '' : `${text === '' ? '' : '\n'}${heading}\n\n`;
    const added = `${gap}${head}${line}\n`;
    if (found.size + Buffer.byteLength(added) > mostBytes) throw tooLarge(file);
    await handle.write(added);
  } finally {
    await handle.close();
  }
}

function tooLarge(file: string): MaestroError {
  return new MaestroError(
    'tool.too_large',
    `${file} would grow beyond ${mostBytes} bytes; remove what is out of date first`,
  );
}
