import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { container } from 'tsyringe';
import { loadConfig } from '../../src/config/load.js';
import { PluginHost } from '../../src/extension/host.js';
import { findPlugins, startPlugins } from '../../src/extension/load.js';
import { AuthMethods, Panels, Providers, Tools } from '../../src/extension/registry.js';
import { createLog } from '../../src/log.js';
import { InstalledPlugins } from '../../src/plugins/installed-plugins.js';
import { RecentLines } from '../../src/plugins/recent-lines.js';

const core = new URL('../../src/index.js', import.meta.url).href;
const typebox = import.meta.resolve('typebox');

const greeter = `
import { definePlugin } from '${core}';
import { Type } from '${typebox}';
export default definePlugin({
  name: 'greeter',
  config: Type.Object({
    greeting: Type.String({ default: 'hello', minLength: 2 }),
    inner: Type.Object({ token: Type.String({ default: '' }), times: Type.Integer({ default: 1 }) }, { default: {} }),
    words: Type.Record(Type.String(), Type.String(), { default: {} }),
  }),
  activate(ctx, { greeting }) {
    if (greeting === 'explode') throw new Error('it exploded');
    if (greeting === 'cling') ctx.own(() => new Promise(() => undefined));
    ctx.log.info('I say ' + greeting);
    ctx.panels.add({ id: 'greeting', title: greeting, slot: 'settings', async *view() { yield { type: 'markdown', text: greeting }; } });
  },
});
`;

describe('the plugins of a configuration', () => {
  let folder: string;
  const file = () => join(folder, 'maestro.yaml');
  const written = () => readFileSync(file(), 'utf8');
  const yaml = (text: string) => writeFileSync(file(), text, { mode: 0o600 });
  const resolve = (name: string) => {
    if (!['greeter', 'broken'].includes(name)) throw new Error(`cannot find ${name}`);
    return pathToFileURL(join(folder, name, 'index.mjs')).href;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'maestro-plugins-'));
    for (const [name, source] of [
      ['greeter', greeter],
      ['broken', 'throw new Error("no such luck");'],
    ] as const) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'index.mjs'), source);
      const info = { name, version: '1.2.3', description: 'Says hello', license: 'MIT', type: 'module' };
      writeFileSync(join(folder, name, 'package.json'), JSON.stringify(info));
    }
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function open(text: string, env: NodeJS.ProcessEnv = {}) {
    yaml(text);
    const sources = { env: { MAESTRO_HOME: folder, ...env } };
    const loaded = loadConfig(sources);
    const { plugins: all } = loaded.config;
    loaded.config.plugins = Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('@maestro/')));
    const lines = new RecentLines();
    const log = createLog({ sinks: [lines] });
    const root = container.createChildContainer();
    const panels = new Panels();
    for (const door of [Providers, Tools, AuthMethods]) root.registerInstance(door as never, new door() as never);
    root.registerInstance(Panels, panels);
    const host = new PluginHost(root, log);
    const plugins = new InstalledPlugins({ host, loaded, sources, lines, resolve, stopMs: 50 });
    const found = await findPlugins(loaded.config.plugins, { resolve });
    plugins.started(found, []);
    await startPlugins(host, found);
    const refusal = (change: Promise<unknown>) =>
      change.then(
        () => ({ code: 'done', message: '' }),
        (error: { code: string; message: string }) => error,
      );
    return { plugins, panels, host, refusal, title: () => panels.find('greeting')?.title };
  }

  it('are listed with what their packages say, and read with schema, settings and log', async () => {
    const { plugins } = await open('plugins: { greeter: { greeting: hey, inner: { token: CANARY-1 } } }\n');
    expect(plugins.list()).to.have.length(1);
    expect(plugins.list()[0]).to.deep.include({
      ...{ name: 'greeter', version: '1.2.3', description: 'Says hello', license: 'MIT', state: 'active' },
      restart: null,
    });
    const { settings, secrets, schema, fixed, ...rest } = plugins.get('greeter');
    expect(settings).to.deep.equal({ greeting: 'hey', inner: { times: 1 }, words: {} });
    expect([secrets, fixed]).to.deep.equal([['inner.token'], {}]);
    expect(schema).to.have.nested.property('properties.greeting.minLength', 2);
    expect(JSON.stringify([settings, schema, rest])).not.to.contain('CANARY');
    expect(plugins.log('greeter').map(({ level, text }) => [level, text])).to.deep.equal([['info', 'I say hey']]);
    expect(() => plugins.get('nobody')).to.throw(/there is no plugin "nobody"/);
  });

  it('are turned off and on while everything runs, and for later starts, with their settings kept', async () => {
    const { plugins, title } = await open('# mine\nplugins:\n  greeter: { greeting: hey } # loud\n');
    const told: string[] = [];
    plugins.onChange(() => told.push(plugins.list()[0]!.state));
    expect(await plugins.change('greeter', { enabled: false })).to.include({ state: 'off', version: '1.2.3' });
    expect([title(), written()]).to.deep.equal([
      undefined,
      '# mine\nplugins:\n  greeter: false # was: {"greeting":"hey"}\n',
    ]);
    expect((await plugins.change('greeter', { enabled: true })).settings).to.include({ greeting: 'hey' });
    expect([title(), told]).to.deep.equal(['hey', ['off', 'active']]);
    expect(loadConfig({ env: { MAESTRO_HOME: folder } }).config.plugins.greeter).to.deep.equal({ greeting: 'hey' });
  });

  it('are set up anew at once; what is not named stays, and null gives the default back', async () => {
    const { plugins, title } = await open('plugins: { greeter: { greeting: hey, inner: { token: abc } } }\n');
    const set = { greeting: 'good day', inner: { times: 3 }, words: { a: 'b' } };
    const { settings, secrets } = await plugins.change('greeter', { settings: set });
    expect([title(), settings, secrets]).to.deep.equal(['good day', set, ['inner.token']]);
    await plugins.change('greeter', { settings: { greeting: null, words: {} } });
    expect([title(), loadConfig({ env: { MAESTRO_HOME: folder } }).config.plugins.greeter]).to.deep.equal([
      'hello',
      { inner: { token: 'abc', times: 3 }, words: {} },
    ]);
  });

  it('go on as they were where new settings do not fit or do not start, and nothing is written', async () => {
    const before = 'plugins: { greeter: { greeting: hey } }\n';
    const { plugins, refusal, title } = await open(before);
    const misfit = await refusal(plugins.change('greeter', { settings: { greeting: 'x', nonsense: 1 } }));
    expect(misfit.code).to.equal('plugin.config');
    expect(misfit.message).to.include('greeting').and.include('unknown key "nonsense"');
    const broken = await refusal(plugins.change('greeter', { settings: { greeting: 'explode' } }));
    expect(broken.message).to.include('it exploded');
    expect([title(), written(), plugins.list()[0]?.state]).to.deep.equal(['hey', before, 'active']);
  });

  it('are not changed where something above maestro.yaml says otherwise, or the file is broken by now', async () => {
    writeFileSync(join(folder, 'above.yaml'), 'plugins: { greeter: { greeting: above } }\n');
    const { plugins, refusal, title } = await open('plugins: { greeter: {} }\n', {
      MAESTRO_CONFIG: join(folder, 'above.yaml'),
    });
    expect(plugins.get('greeter').fixed).to.deep.equal({ greeting: `${join(folder, 'above.yaml')}:1:33` });
    const off = await refusal(plugins.change('greeter', { enabled: false }));
    expect(off.code).to.equal('plugin.fixed');
    expect(off.message).to.include('above.yaml:1:');
    expect((await refusal(plugins.change('greeter', { settings: { greeting: 'mine' } }))).code).to.equal(
      'plugin.fixed',
    );
    yaml('plugins: [\n');
    expect((await refusal(plugins.change('greeter', { settings: { words: { a: 'b' } } }))).code).to.equal(
      'config.invalid',
    );
    expect([title(), written()]).to.deep.equal(['above', 'plugins: [\n']);
  });

  it('take no settings while they are off, and say that one which cannot be loaded needs a restart', async () => {
    const { plugins, refusal } = await open('plugins: { greeter: false, broken: {} }\n');
    expect((await refusal(plugins.change('greeter', { settings: { greeting: 'hey' } }))).code).to.equal('plugin.off');
    expect(plugins.get('greeter')).to.include({ state: 'off', schema: null, description: 'Says hello' });
    const both = await plugins.change('greeter', { enabled: true, settings: { greeting: 'hey' } });
    expect(both.settings).to.include({ greeting: 'hey' });
    expect(plugins.get('broken'))
      .to.include({ state: 'failed', schema: null })
      .and.property('reason')
      .match(/no such luck/);
    await plugins.change('broken', { enabled: false });
    expect((await plugins.change('broken', { enabled: true })).restart).to.match(/restart it/);
    expect(loadConfig({ env: { MAESTRO_HOME: folder } }).config.plugins.broken).to.deep.equal({});
  });

  it('one that does not stop keeps nobody waiting, and says that it needs a restart', async () => {
    const { plugins, refusal } = await open('plugins: { greeter: { greeting: cling } }\n');
    const off = await plugins.change('greeter', { enabled: false });
    expect([off.state, off.restart]).to.deep.equal(['off', 'it did not stop within 0.05 s']);
    expect(written()).to.include('greeter: false');
    const again = await plugins.change('greeter', { enabled: true });
    expect([again.state, again.restart], 'what it added was taken back').to.deep.equal(['active', null]);
    const { code } = await refusal(plugins.change('greeter', { settings: { greeting: 'hey' } }));
    expect(code).to.equal('plugin.slow');
  });

  it('say when maestro.yaml cannot be written, and go on as they are set now', async () => {
    const { plugins, refusal } = await open('plugins: { greeter: {} }\n');
    mkdirSync(`${file()}.${process.pid}.new`);
    const { code, message } = await refusal(plugins.change('greeter', { enabled: false }));
    expect([code, plugins.list()[0]?.state]).to.deep.equal(['config.unwritable', 'off']);
    expect(message).to.include('counts until the server stops');
    expect(written()).to.equal('plugins: { greeter: {} }\n');
  });
});
