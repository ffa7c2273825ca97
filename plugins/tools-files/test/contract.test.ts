import { mkdtemp, rm, writeFile as writeBytes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeTool } from '@maestro/core/testing';
import { allTools } from './support.js';

const patch = '@@ -1 +1 @@\n-one\n+1\n';
const gone = { file_path: 'gone.txt' };
const given = { file_path: 'a.txt' };

/** For each tool: arguments that succeed, that it refuses, and that do not fit. */
const cases: Record<keyof ReturnType<typeof allTools>, [good: object, failing: object, unfit: object[]]> = {
  readFile: [given, gone, [{ ...given, start_line: 0 }, { file_path: 1 }, { ...given, limit: 'all' }]],
  readLineRange: [{ ...given, start_line: 1, end_line: 2 }, { ...given, start_line: 9, end_line: 9 }, [given]],
  readManyFiles: [{ paths: ['*.txt'] }, {}, [{ paths: 'a.txt' }, { paths: [''] }]],
  writeFile: [{ file_path: 'b.txt', content: 'x' }, { ...given, content: 'x' }, [given]],
  replace: [
    { ...given, old_string: 'one', new_string: '1' },
    { ...given, old_string: 'none', new_string: '1' },
    [given, { ...given, old_string: '', new_string: '1' }],
  ],
  insertAtLine: [
    { ...given, line_number: 1, content: 'x' },
    { ...given, line_number: 9, content: 'x' },
    [{ ...given, line_number: 0, content: 'x' }],
  ],
  deleteLineRange: [
    { ...given, start_line: 1, end_line: 1 },
    { ...given, start_line: 9, end_line: 9 },
    [{ ...given, start_line: 1 }],
  ],
  applyPatch: [{ ...given, patch_content: patch }, { ...given, patch_content: 'x' }, [given]],
  glob: [{ pattern: '*.txt' }, { pattern: '[' }, [{}, { pattern: '' }]],
  grepSearch: [{ pattern: 'o', context: 1 }, { pattern: '(' }, [{}, { pattern: 'o', context: -1 }]],
  searchFileContent: [{ pattern: 'o' }, { pattern: '(' }, [{}, { pattern: 'o', max_results: 0 }]],
  listDirectory: [{}, { dir_path: 'gone' }, [{ ignore: 'x' }]],
};

for (const [name, [good, failing, unfit]] of Object.entries(cases)) {
  describeTool(name, async () => {
    const workingDirectory = await mkdtemp(path.join(tmpdir(), 'maestro-files-'));
    await writeBytes(path.join(workingDirectory, 'a.txt'), 'one\ntwo\n');
    return {
      tool: allTools()[name as keyof typeof cases],
      ...{ workingDirectory, good, failing, unfit },
      close: () => rm(workingDirectory, { recursive: true, force: true }),
    };
  });
}
