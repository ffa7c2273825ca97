import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { testDatabase } from '@maestro/core/testing';
import { expect } from 'chai';
import { dropHome, MaestroProcess, makeHome } from '../support/maestro-process.js';
import { until } from '../support/until.js';

const root = new URL('../../../', import.meta.url);

describe('the tool dictionary', function () {
  this.timeout(120_000);

  it('is what the plugins register, beside the tools of the reference applications', async () => {
    const script = new URL('scripts/tool-dictionary.mjs', root).pathname;
    await promisify(execFile)(process.execPath, [script, '--check']);
  });

  it('seeds the table of tools: each that exists here has a row', async () => {
    const page = await readFile(new URL('docs/specs/tool_dictionary.md', root), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `') && !line.includes('| not here:'));
    const written = rows.map((line) => line.split('`')[1] ?? '');
    expect(written.length).to.be.greaterThan(30);
    const database = await testDatabase();
    const home = await makeHome('{}\n');
    const server = await MaestroProcess.start({ home, env: { MAESTRO_DATABASE_URL: database.url } });
    try {
      await until('all tools to have their rows', async () => {
        const { items } = await server.must<{ items: { name: string }[] }>('GET', '/tools');
        const seeded = new Set(items.map(({ name }) => name));
        return written.every((name) => seeded.has(name));
      });
    } finally {
      await server.stop();
      await database.drop();
      await dropHome(home);
    }
  });
});
