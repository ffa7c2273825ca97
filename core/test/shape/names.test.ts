import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { container } from 'tsyringe';
import { loadConfig } from '../../src/config/load.js';
import { PluginHost } from '../../src/extension/host.js';
import { findPlugins, startPlugins } from '../../src/extension/load.js';
import { AuthMethods, Panels, Providers, Tools } from '../../src/extension/registry.js';
import { standIn } from '../../src/extension/stand-in.js';
import { silentLog } from '../../src/log.js';
import { pluginFolders, repository, type Source, sources } from './support.js';

/** Companies and products whose models, servers or programs plugins speak to. */
const vendors = [
  'anthropic',
  'azure',
  'bedrock',
  'chatgpt',
  'claude',
  'codex',
  'cohere',
  'deepseek',
  'gemini',
  'google',
  'groq',
  'llama',
  'lmstudio',
  'llxprt',
  'mistral',
  'ollama',
  'openai',
  'openrouter',
  'qwen',
  'vllm',
];

async function registrations() {
  const { config } = loadConfig({ env: { MAESTRO_HOME: join(repository, 'none') } });
  const root = container.createChildContainer();
  for (const door of [Providers, Tools, AuthMethods, Panels]) root.registerInstance(door as never, new door() as never);
  const host = new PluginHost(root, silentLog, { standIn });
  await startPlugins(host, await findPlugins(config.plugins));
  const list = host.list();
  await host.close();
  return list;
}

/** Words that stand alone: `read_file` and `openai`, but not a part of a longer word. */
const word = (text: string) => new RegExp(`(?<![A-Za-z0-9])${text}(?![A-Za-z0-9])`, 'i');
const literal = (text: string) => new RegExp(`(['"\`])${text}\\1`);

function hits(files: readonly Source[], patterns: readonly RegExp[]): string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const found = patterns.find((pattern) => pattern.test(line));
      return found ? [`${path}:${index + 1} ${found.source}`] : [];
    }),
  );
}

describe('core/src', () => {
  const core = sources('core/src');

  it('names no plugin that ships, nor what it registers', async () => {
    const plugins = await registrations();
    expect(plugins.map(({ state }) => state)).to.deep.equal(plugins.map(() => 'active'));
    const packages = pluginFolders().map(
      (folder): string => JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8')).name,
    );
    expect(packages).to.have.members(plugins.map(({ name }) => name));
    const ids = plugins.flatMap(({ contributes }) => Object.values(contributes).flat());
    expect(ids.length).to.be.greaterThan(5);
    // An id that is an everyday word may stand in a sentence, but not as a value.
    const everyday = ids.filter(
      (id) =>
        id === 'local' || (/^[a-z]+$/.test(id) && plugins.some(({ contributes }) => contributes.tools.includes(id))),
    );
    const telling = ids.filter((id) => !everyday.includes(id));
    const patterns = [...packages, ...telling].map(word);
    expect(hits(core, [...patterns, ...everyday.map(literal)])).to.deep.equal([]);
  });

  it('names no vendor', () => {
    expect(hits(core, vendors.map(word))).to.deep.equal([]);
  });

  it('would be found out', () => {
    const file = {
      path: 'x.ts',
      text: "// as OpenAI does\nif (id === 'replace') text.replace('a', 'b');\nsave('read_file')",
    };
    expect(hits([file], [word('openai'), literal('replace'), word('read_file')])).to.have.length(3);
    expect(
      hits([{ path: 'x.ts', text: 'openaire; text.replace(a)' }], [word('openai'), literal('replace')]),
    ).to.deep.equal([]);
  });
});
