import { describeTool } from '@maestro/core/testing';
import { Folder, syntaxTools } from './support.js';

/** For each tool: arguments that succeed, that it refuses, and that do not fit. */
const cases = {
  astGrep: [
    { pattern: 'f($A)', language: 'ts' },
    { pattern: 'f', rule: {} },
    [{ pattern: '' }, { pattern: 'f', maxResults: 0 }],
  ],
  analysis: [
    { mode: 'callers', language: 'ts', symbol: 'f' },
    { mode: 'callers', language: 'ts' },
    [{ mode: 'other', language: 'ts' }, { mode: 'exports' }, { mode: 'exports', language: 'ts', depth: 0 }],
  ],
  astRead: [{ file_path: 'a.ts' }, { file_path: 'gone.ts' }, [{}, { file_path: 'a.ts', offset: 0 }]],
  astEdit: [
    { file_path: 'a.ts', old_string: 'f(1)', new_string: 'f(2)' },
    { file_path: 'a.ts', old_string: 'gone', new_string: '' },
    [{ file_path: 'a.ts', old_string: '', new_string: '' }, { file_path: 'a.ts' }],
  ],
} as const satisfies Partial<Record<keyof ReturnType<typeof syntaxTools>, [object, object, object[]]>>;

for (const [name, [good, failing, unfit]] of Object.entries(cases)) {
  describeTool(name, async () => {
    const folder = new Folder();
    await folder.open();
    await folder.write({ 'a.ts': 'f(1);\nfunction g() { f(3); }\n' });
    const tool = syntaxTools()[name as keyof typeof cases];
    return { tool, workingDirectory: folder.path, good, failing, unfit, close: folder.close };
  });
}
