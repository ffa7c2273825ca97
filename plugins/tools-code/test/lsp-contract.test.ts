import { describeTool } from '@maestro/core/testing';
import { type LspTools, lspTools, typescript } from './lsp-support.js';
import { Folder } from './support.js';

const at = { filePath: 'a.ts', line: 0, character: 9 };
const gone = { ...at, filePath: 'gone.ts' };
const unfit = [{}, { ...at, line: -1 }, { ...at, character: 0.5 }, { line: 0, character: 0 }];

/** For each tool: arguments that succeed, that it refuses, and that do not fit. */
const cases = {
  definition: [at, gone, unfit],
  references: [at, gone, unfit],
  hover: [at, { ...at, character: 99 }, unfit],
  symbols: [{ filePath: 'a.ts' }, { filePath: 'a.unknown' }, [{}, { filePath: '' }]],
  workspace: [{ query: 'f' }, undefined, [{}, { query: 7 }]],
  diagnostics: [{}, undefined, [7]],
} as const satisfies Partial<Record<keyof LspTools, [object, object | undefined, readonly unknown[]]>>;

describe('with a language server', function () {
  this.timeout(60_000);
  const folder = new Folder();
  let tools: LspTools;
  before(async () => {
    await folder.open();
    await folder.write({ 'a.ts': 'function f() {}\nf();\n' });
    tools = lspTools({ typescript });
  });
  after(async () => {
    await tools.close();
    await folder.close();
  });

  for (const [name, [good, failing, unfit]] of Object.entries(cases)) {
    describeTool(name, async () => ({
      tool: tools[name as keyof typeof cases],
      ...{ workingDirectory: folder.path, good, failing, unfit },
      close: () => undefined,
    }));
  }
});
