import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Processes } from '@maestro/core';
import { startTestMaestro, type TestMaestro } from '@maestro/core/testing';
import files from '@maestro/tools-files';
import { expect } from 'chai';
import plugin from '../src/index.js';
import { scripted } from './lsp-support.js';
import { Folder } from './support.js';

describe('the plugin', function () {
  this.timeout(30_000);
  const folder = new Folder();
  const { failure, run } = folder;
  let maestro: TestMaestro;
  const tool = (id: string) => maestro.services.registries.tools.get(id);

  before(async () => {
    await folder.open();
    await folder.write({ 'a.ts': 'f(1);\n' });
    const settings = { servers: { typescript: scripted('good'), python: false as const } };
    maestro = await startTestMaestro({ plugins: [{ plugin: files }, { plugin, settings }] });
  });
  after(async () => {
    await maestro.close();
    await folder.close();
  });

  it('adds its tools to a platform', () => {
    const ours = maestro.services.registries.tools.all().filter(({ id }) => /^(ast|lsp|structural)_/.test(id));
    expect(ours.map(({ id }) => id).sort()).to.deep.equal([
      'ast_edit',
      'ast_grep',
      'ast_read_file',
      'lsp_diagnostics',
      'lsp_document_symbols',
      'lsp_find_references',
      'lsp_goto_definition',
      'lsp_hover',
      'lsp_workspace_symbols',
      'structural_analysis',
    ]);
  });

  it('knows what a session read with the tools of files, and they what it wrote', async () => {
    await run(tool('read_file'), { file_path: 'a.ts' });
    await writeFile(folder.at('a.ts'), 'f(2);\n');
    const edit = { file_path: 'a.ts', old_string: 'f(2)', new_string: 'f(3)', force: true };
    expect((await failure(tool('ast_edit'), edit)).code).to.equal('tool.stale');
    await run(tool('read_file'), { file_path: 'a.ts' });
    await run(tool('ast_edit'), edit);
    await run(tool('replace'), { file_path: 'a.ts', old_string: 'f(3)', new_string: 'f(4)' });
    expect(await folder.content('a.ts')).to.equal('f(4);\n');
  });

  it('leaves no server running when it is unloaded', async () => {
    const processes = maestro.services.container.resolve(Processes);
    const servers = () => processes.list().filter(({ label }) => label.startsWith('language server'));
    await run(tool('lsp_hover'), { filePath: 'a.ts', line: 0, character: 0 });
    expect(servers()).to.have.length(1);
    await maestro.services.host.unload(plugin.name);
    for (let tries = 0; servers().length > 0 && tries < 250; tries += 1) await sleep(20);
    expect(servers()).to.deep.equal([]);
  });
});
