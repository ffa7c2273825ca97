import { defineTool, MaestroError, type ToolCallContext } from '@maestro/core';
import { editFile } from '@maestro/tools-files/edit-file';
import { resolvePlace } from '@maestro/tools-files/place';
import { replaceIn } from '@maestro/tools-files/replace';
import type { SeenFiles } from '@maestro/tools-files/seen-files';
import { Type } from 'typebox';
import type { AstGrep } from './ast-grep.js';
import { languageOf } from './languages.js';
import { type SyntaxFault, syntaxErrors } from './syntax-errors.js';

export const astEdit = (seen: SeenFiles, astGrep: AstGrep) =>
  defineTool({
    id: 'ast_edit',
    title: 'Edit code',
    description:
      'Replaces an exact piece of text, which must occur once, in a file of code, and checks its syntax. Without `force` it only ' +
      'shows the change and what the check says; with `force` it writes, unless the change brings new syntax errors.',
    parameters: Type.Object({
      file_path: Type.String({ minLength: 1, description: 'Path of the file' }),
      old_string: Type.String({ minLength: 1, description: 'Text to replace, exactly as it stands in the file' }),
      new_string: Type.String({ description: 'Text to put there' }),
      force: Type.Optional(Type.Boolean({ default: false, description: 'Write the change' })),
      last_modified: Type.Optional(
        Type.Number({ description: 'The time a preview named: another one means the file was changed meanwhile' }),
      ),
    }),
    effects: 'write',
    retry: 'never',
    run: async (args, call) => {
      const isPreview = args.force !== true;
      const place = resolvePlace(args.file_path, call.workingDirectory);
      return await editFile({ place, seen, call, isPreview }, async ({ file, text: before, modifiedMs }, name) => {
        const time = Math.trunc(modifiedMs);
        if (args.last_modified !== undefined && Math.trunc(args.last_modified) !== time) throw changed(name);
        const { text } = replaceIn(before, name, args);
        const check = await checked(astGrep, { file, before, after: text }, call);
        if (check.isWorse && !isPreview) throw broken(name, check.said);
        const said = isPreview
          ? `Preview: nothing was written. ${check.said} To write it, call again with force: true and last_modified: ${time}.`
          : `Replaced 1 place in ${name}. ${check.said}`;
        return { text, said };
      });
    },
  });

interface Checked {
  /** There are more errors than before. */
  isWorse: boolean;
  said: string;
}

async function checked(
  astGrep: AstGrep,
  { file, before, after }: { file: string; before: string; after: string },
  call: ToolCallContext,
): Promise<Checked> {
  const language = languageOf(file);
  if (language === undefined) return { isWorse: false, said: 'Its syntax was not checked: no grammar fits its name.' };
  const now = await syntaxErrors(astGrep, { text: after, language }, call);
  if (now.length === 0) return { isWorse: false, said: `Its syntax is good (${language}).` };
  const then = await syntaxErrors(astGrep, { text: before, language }, call);
  const isWorse = now.length > then.length;
  return {
    isWorse,
    said: `${isWorse ? 'It brings syntax errors' : 'It has syntax errors, as before'}: ${places(now)}.`,
  };
}

const places = (errors: SyntaxFault[]) =>
  errors
    .slice(0, 5)
    .map(({ line, text }) => `line ${line} ${text === '' ? 'lacks something' : `at ${JSON.stringify(text)}`}`)
    .join(', ') + (errors.length > 5 ? ` and ${errors.length - 5} more` : '');

const changed = (name: string) =>
  new MaestroError(
    'tool.stale',
    `${name} was changed since last_modified; nothing was written. Read it again, then edit.`,
  );

const broken = (name: string, said: string) =>
  new MaestroError(
    'code.bad_syntax',
    `${name} was left as it is. ${said} Mend the change; replace writes it unchecked.`,
  );
