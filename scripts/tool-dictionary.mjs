// Writes docs/specs/tool_dictionary.md: every built-in tool of the two reference applications (their facts stand in
// docs/specs/reference_tools.json) beside what our plugins register, and why a tool of theirs is not here. Run after a
// build: node scripts/tool-dictionary.mjs; with --check it only says whether the page is up to date.
import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { container } from 'tsyringe';
import { loadConfig } from '../core/dist/src/config/load.js';
import { PluginHost } from '../core/dist/src/extension/host.js';
import { findPlugins, startPlugins } from '../core/dist/src/extension/load.js';
import { doors } from '../core/dist/src/extension/registry.js';
import { standIn } from '../core/dist/src/extension/stand-in.js';
import { silentLog } from '../core/dist/src/log.js';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const facts = path.join(root, 'docs', 'specs', 'reference_tools.json');
const page = path.join(root, 'docs', 'specs', 'tool_dictionary.md');

/** Why a tool of a reference application is not here. */
const absent = JSON.parse(readFileSync(path.join(root, 'docs', 'specs', 'absent_tools.json'), 'utf8'));

/** What the plugins that ship register, loaded without a platform. */
async function registeredTools() {
  const { config } = loadConfig({ env: { MAESTRO_HOME: path.join(root, 'none') } });
  const tools = new doors.tools();
  const services = container.createChildContainer();
  for (const Registry of Object.values(doors))
    services.registerInstance(Registry, Registry === doors.tools ? tools : new Registry());
  const host = new PluginHost(services, silentLog, { standIn });
  await startPlugins(host, await findPlugins(config.plugins));
  const failed = host.list().flatMap(({ name, reason }) => (reason ? [`${name}: ${reason}`] : []));
  if (failed.length > 0) throw new Error(failed.join('\n'));
  const found = tools.all().map((tool) => ({ plugin: tools.ownerOf(tool.id).replace('@maestro/', ''), ...tool }));
  await host.close();
  return found;
}

function dictionary(reference, tools) {
  const byName = new Map();
  for (const tool of reference) byName.set(tool.name, [...(byName.get(tool.name) ?? []), tool]);
  const ours = new Map(tools.map((tool) => [tool.id, tool]));
  const rows = [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, theirs]) => row(name, theirs, ours.get(name)));
  const own = tools.filter(({ id }) => !byName.has(id)).sort((a, b) => (a.id < b.id ? -1 : 1));
  return [
    '# Tool dictionary',
    '',
    'Every built-in tool of the two reference applications and what stands for it here, then the tools that are ours alone.',
    'Written by `node scripts/tool-dictionary.mjs` from `reference_tools.json`, `absent_tools.json` and what the plugins register;',
    'a test keeps it so. Each registered tool has a row in the table `tools`, where it can be switched off.',
    '',
    `| Tool | In | What it does there | Parameters there | Here |`,
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    '## Ours alone',
    '',
    '| Tool | Plugin | Effects | Parameters |',
    '| --- | --- | --- | --- |',
    ...own.map((tool) => `| \`${tool.id}\` | ${tool.plugin} | ${tool.effects} | ${names(tool.parameters)} |`),
    '',
  ].join('\n');
}

function row(name, theirs, ours) {
  if (!ours && !absent[name]) throw new Error(`${name} is neither registered nor explained in absent_tools.json`);
  if (ours && absent[name]) throw new Error(`${name} is registered and yet explained in absent_tools.json`);
  const apps = [...new Set(theirs.map(({ app }) => app))].sort().join(', ');
  const parameters = [...new Set(theirs.flatMap((tool) => Object.keys(tool.parameters?.properties ?? {})))];
  const here = ours ? `${ours.plugin} (${ours.effects})` : `not here: ${absent[name]}`;
  return `| \`${name}\` | ${apps} | ${theirs[0].description} | ${parameters.map((one) => `\`${one}\``).join(', ') || 'none'} | ${here} |`;
}

const names = (schema) =>
  Object.keys(schema?.properties ?? {})
    .map((name) => `\`${name}\``)
    .join(', ') || 'none';

const written = dictionary(JSON.parse(readFileSync(facts, 'utf8')).tools, await registeredTools());
if (!process.argv.includes('--check')) writeFileSync(page, written);
else if (readFileSync(page, 'utf8') !== written) {
  console.error('docs/specs/tool_dictionary.md is not what the plugins register: run node scripts/tool-dictionary.mjs');
  process.exit(1);
}
