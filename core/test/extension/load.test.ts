import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { container } from 'tsyringe';
import { PluginHost } from '../../src/extension/host.js';
import { findPlugins, type LoadOptions, type PluginSettings, startPlugins } from '../../src/extension/load.js';
import { AuthMethods, Panels, Providers, Tools } from '../../src/extension/registry.js';
import { silentLog } from '../../src/log.js';

describe('loading plugins by the names of their packages', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'maestro-plugins-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Installs a package whose module has this text. */
  function install(name: string, module: string): void {
    const home = join(folder, 'node_modules', name);
    mkdirSync(join(home, 'lib'), { recursive: true });
    writeFileSync(
      join(home, 'package.json'),
      JSON.stringify({ name, version: '1.2.3', type: 'module', exports: './lib/index.js' }),
    );
    writeFileSync(join(home, 'lib', 'index.js'), module);
  }

  const adds = (name: string, tool: string) =>
    `export default { name: '${name}', activate: (ctx) => { ctx.tools.add({ id: '${tool}' }) } };`;

  async function load(settings: PluginSettings, options: Partial<LoadOptions> = {}) {
    const { resolve } = createRequire(join(folder, 'here.js'));
    const all = { resolve: (name: string) => pathToFileURL(resolve(name)).href, ...options };
    const root = container.createChildContainer();
    for (const door of [Providers, Tools, AuthMethods, Panels])
      root.registerInstance(door as never, new door() as never);
    const host = new PluginHost(root, silentLog, { limitMs: options.limitMs ?? 5000 });
    await startPlugins(host, await findPlugins(settings, all), all);
    const byName = Object.fromEntries(host.list().map((plugin) => [plugin.name, plugin]));
    return { host, byName };
  }

  it('starts what is named, with version and settings, and lists what is off', async () => {
    install('@acme/one', adds('@acme/one', 'one'));
    const { byName } = await load({ '@acme/one': {}, '@acme/off': false });
    expect(byName['@acme/one']).to.deep.include({ state: 'active', version: '1.2.3', reason: null });
    expect(byName['@acme/one']?.contributes.tools).to.deep.equal(['one']);
    expect(byName['@acme/off']).to.include({ state: 'off', reason: null });
  });

  it('starts without any plugin, and with all of them off', async () => {
    expect((await load({})).byName).to.deep.equal({});
    const { byName } = await load({ a: false, b: false });
    expect(Object.values(byName).map(({ state }) => state)).to.deep.equal(['off', 'off']);
  });

  it('lists each plugin that is missing, broken or strange with its reason and starts the others', async () => {
    install('good', adds('good', 'good'));
    install('throws', 'throw new Error("at import")');
    install('syntax', 'export default {');
    install('empty', '');
    install('other', adds('another name', 'x'));
    install('words', 'throw "just words"');
    install('needs', 'import "not-there-at-all"; export default {}');
    install('late', 'export default { name: "late", activate() { throw new Error("at start") } };');
    const names = ['throws', 'syntax', 'empty', 'other', 'words', 'needs', 'late', 'missing', 'good'];
    const { byName } = await load(Object.fromEntries(names.map((name) => [name, {}])));
    const reason = (name: string) => byName[name]?.reason ?? '';
    expect(reason('throws')).to.equal('throws could not be loaded: at import');
    expect(reason('syntax')).to.contain('syntax could not be loaded: ');
    expect(reason('empty')).to.equal('empty: its default export is no plugin called "empty"');
    expect(reason('other')).to.equal('other: its default export is no plugin called "other"');
    expect(reason('words')).to.equal('words could not be loaded: just words');
    expect(reason('needs')).to.contain('not-there-at-all');
    expect(reason('late')).to.equal('late did not start: at start');
    expect(reason('missing')).to.equal(
      'missing is not installed; install it, or set it to false under "plugins" in maestro.yaml',
    );
    expect(byName.good).to.include({ state: 'active' });
  });

  it('tells a package that is not built from one that is not there', async () => {
    install('unbuilt', '');
    rmSync(join(folder, 'node_modules', 'unbuilt', 'lib'), { recursive: true });
    const address = pathToFileURL(join(folder, 'node_modules', 'unbuilt', 'lib', 'index.js')).href;
    const { byName } = await load({ unbuilt: {} }, { resolve: () => address });
    expect(byName.unbuilt?.reason).to.equal('unbuilt is installed but not built; build it, or set it to false');
  });

  it('gives up one that never finishes loading, and names it', async () => {
    install('endless', 'await new Promise(() => {}); export default {};');
    install('good', adds('good', 'good'));
    const { byName } = await load({ endless: {}, good: {} }, { limitMs: 50 });
    expect(byName.endless?.reason).to.match(/^endless did not finish loading within 0.05 s/);
    expect(byName.good).to.include({ state: 'active' });
  });

  it('gives an id that two add at once to the one named first', async () => {
    install('zeta', adds('zeta', 'same'));
    install('alpha', adds('alpha', 'same'));
    const { byName } = await load({ zeta: {}, alpha: {} });
    expect([byName.zeta?.state, byName.alpha?.state]).to.deep.equal(['active', 'failed']);
    expect(byName.alpha?.reason).to.equal('alpha: "same" already comes from zeta');
  });

  it('says where settings that do not fit were written', async () => {
    install('picky', `export default { name: 'picky', activate() {} };`);
    const { byName } = await load({ picky: { volume: 11 } }, { where: (name) => `maestro.yaml:3:${name.length}` });
    expect(byName.picky?.reason).to.equal('maestro.yaml:3:5 picky: unknown key "volume"; it has no settings');
    expect(byName.picky?.version).to.equal('1.2.3');
  });

  it('finds packages of the workspace, and knows no version where no package file names it', async () => {
    const missing = await findPlugins({ '@acme/surely-not-installed': {} });
    expect(missing[0]?.found).to.include({ code: 'plugin.missing' });
    writeFileSync(join(folder, 'loose.mjs'), adds('loose', 't'));
    const { byName } = await load({ loose: {} }, { resolve: () => pathToFileURL(join(folder, 'loose.mjs')).href });
    expect(byName.loose).to.include({ state: 'active', version: null });
  });
});
