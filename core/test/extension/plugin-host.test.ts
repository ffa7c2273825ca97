import { expect } from 'chai';
import { container, inject, injectable } from 'tsyringe';
import { Type } from 'typebox';
import { MaestroError } from '../../src/errors.js';
import { PluginHost } from '../../src/extension/host.js';
import { definePlugin, type Plugin, PluginConfig, type PluginContext } from '../../src/extension/plugin.js';
import type { Provider } from '../../src/extension/provider.js';
import { AuthMethods, Panels, Providers, Tools } from '../../src/extension/registry.js';
import { defineTool, type Tool } from '../../src/extension/tool.js';
import { createLog } from '../../src/log.js';

const failure = async (act: Promise<unknown>): Promise<MaestroError> => {
  const outcome = await act.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  expect(outcome).to.be.instanceOf(MaestroError);
  return outcome as MaestroError;
};

const tool = (id: string, says = 'done'): Tool =>
  defineTool({
    id,
    title: id,
    description: id,
    parameters: Type.Object({}),
    effects: 'read',
    retry: 'safe',
    run: async () => ({ content: [{ v: 1, type: 'text', text: says }] }),
  });

const provider = (id: string): Provider => ({
  id,
  label: id,
  auth: [],
  models: async () => [],
  async *stream() {
    yield { type: 'done', reason: 'stop' };
  },
});

function platform(options?: { limitMs: number }) {
  const root = container.createChildContainer();
  const registries = {
    providers: new Providers(),
    tools: new Tools(),
    auth: new AuthMethods(),
    panels: new Panels(),
  };
  root.registerInstance(Providers, registries.providers).registerInstance(Tools, registries.tools);
  root.registerInstance(AuthMethods, registries.auth).registerInstance(Panels, registries.panels);
  const lines: string[] = [];
  const log = createLog({ level: 'debug', sinks: [{ write: (line) => lines.push(line) }] });
  return { root, ...registries, lines, host: new PluginHost(root, log, options) };
}

const plugin = (name: string, activate: Plugin['activate']): Plugin => definePlugin({ name, activate });

describe('the plugin host', () => {
  it('lets the four kinds in, and out again as the plugin unloads', async () => {
    const { host, providers, tools, auth, panels } = platform();
    await host.load(
      plugin('all', (ctx) => {
        ctx.providers.add(provider('p'));
        ctx.tools.add(tool('t'));
        ctx.auth.add({ id: 'a', provider: 'p', kind: 'api_key', label: 'A', fields: [], complete: () => ({}) });
        ctx.panels.add({
          id: 'v',
          title: 'V',
          slot: 'dashboard',
          async *view() {
            yield { type: 'markdown', text: 'hello' };
          },
        });
      }),
    );
    const ids = () => [providers, tools, auth, panels].map((door) => door.all().map(({ id }) => id));
    expect(ids()).to.deep.equal([['p'], ['t'], ['a'], ['v']]);
    expect(host.list()).to.deep.equal([
      {
        name: 'all',
        version: null,
        state: 'active',
        reason: null,
        contributes: { providers: ['p'], tools: ['t'], auth: ['a'], panels: ['v'] },
      },
    ]);
    await host.unload('all');
    expect(ids()).to.deep.equal([[], [], [], []]);
    expect(host.list()[0]).to.include({ name: 'all', state: 'off', reason: null });
  });

  it('cleans up last first, after the signal, and past a clean-up that throws', async () => {
    const { host, lines } = platform();
    const steps: string[] = [];
    await host.load(
      plugin('tidy', (ctx) => {
        ctx.signal.addEventListener('abort', () => steps.push('signal'));
        ctx.own(() => void steps.push('first'));
        ctx.own(() => {
          throw new Error('stuck drawer');
        });
        ctx.own(async () => void steps.push('third'));
      }),
    );
    await host.unload('tidy');
    expect(steps).to.deep.equal(['signal', 'third', 'first']);
    expect(lines.join('')).to.contain('clean-up failed').and.contain('stuck drawer');
  });

  it('takes back early what a plugin asks back, once', async () => {
    const { host, tools } = platform();
    let undone = 0;
    await host.load(
      plugin('early', async (ctx) => {
        const undo = ctx.own(() => void undone++);
        await undo();
        await undo();
        await ctx.tools.add(tool('t'))();
      }),
    );
    expect(tools.has('t')).to.equal(false);
    await host.unload('early');
    await host.unload('early');
    expect(undone).to.equal(1);
  });

  it('leaves nothing behind of a plugin that throws as it starts', async () => {
    const { host, tools } = platform();
    const steps: string[] = [];
    const broken = plugin('broken', (ctx) => {
      ctx.tools.add(tool('t'));
      ctx.own(() => void steps.push('closed'));
      throw new Error('no luck');
    });
    const error = await failure(host.load(broken));
    expect(error).to.include({ code: 'plugin.activate', message: 'broken did not start: no luck' });
    expect(tools.all()).to.deep.equal([]);
    expect(steps).to.deep.equal(['closed']);
    expect(host.list()[0]).to.include({ state: 'failed', reason: 'broken did not start: no luck' });
  });

  it('says what was thrown when it was no error', async () => {
    const { host } = platform();
    const error = await failure(host.load(plugin('odd', () => Promise.reject('just words'))));
    expect(error.message).to.equal('odd did not start: just words');
  });

  it('starts a plugin that failed once when it is loaded again', async () => {
    const { host } = platform();
    let tries = 0;
    const moody = plugin('moody', () => {
      if (++tries === 1) throw new Error('not yet');
    });
    await failure(host.load(moody));
    await host.load(moody);
    expect(host.list()[0]).to.include({ state: 'active', reason: null });
  });

  it('names plugin, place and fault of settings that do not fit, without their values', async () => {
    const { host } = platform();
    const picky = definePlugin({
      name: 'picky',
      config: Type.Object({ port: Type.Integer({ minimum: 1 }), inner: Type.Object({ key: Type.String() }) }),
      activate: () => undefined,
    });
    const error = await failure(host.load(picky, { port: 'hunter2-secret', inner: { key: 7 } }));
    expect(error.code).to.equal('plugin.config');
    expect(error.message).to.match(/^picky: .*port must be integer/);
    expect(error.message).to.contain('inner.key must be string').and.not.contain('hunter2');
    expect(host.list()[0]).to.include({ name: 'picky', state: 'failed' });
  });

  it('refuses an unknown setting and suggests the one that was meant', async () => {
    const { host } = platform();
    const shouting = definePlugin({
      name: 'shouting',
      config: Type.Object({ baseUrl: Type.String({ default: 'x' }) }),
      activate: () => undefined,
    });
    const slip = await failure(host.load(shouting, { basUrl: 'y' }));
    expect(slip.message).to.equal('shouting: unknown key "basUrl", did you mean "baseUrl"?');
    const far = await failure(host.load(shouting, { volume: 11 }));
    expect(far.message).to.equal('shouting: unknown key "volume"; known: baseUrl');
    const none = await failure(
      host.load(
        plugin('plain', () => undefined),
        { volume: 11 },
      ),
    );
    expect(none.message).to.equal('plain: unknown key "volume"; it has no settings');
  });

  it('fills in defaults and hands the settings to the plugin and its classes', async () => {
    @injectable()
    class Greeter {
      constructor(@inject(PluginConfig) readonly settings: { greeting: string }) {}
    }
    const { host } = platform();
    const seen: string[] = [];
    await host.load(
      definePlugin({
        name: 'greeter',
        config: Type.Object({ greeting: Type.String({ default: 'hello' }) }),
        activate: (ctx, { greeting }) => void seen.push(greeting, ctx.resolve(Greeter).settings.greeting),
      }),
    );
    expect(seen).to.deep.equal(['hello', 'hello']);
  });

  it('keeps a core service alive when a plugin that used it unloads', async () => {
    class Clock {
      stopped = false;
      dispose() {
        this.stopped = true;
      }
    }
    const { host, root } = platform();
    const clock = new Clock();
    root.registerInstance(Clock, clock);
    await host.load(plugin('watcher', (ctx) => void ctx.resolve(Clock)));
    await host.unload('watcher');
    expect(clock.stopped).to.equal(false);
    expect(root.resolve(Clock)).to.equal(clock);
  });

  it('lets nothing be added after unloading', async () => {
    const { host, tools } = platform();
    const kept: PluginContext[] = [];
    await host.load(plugin('ghost', (ctx) => void kept.push(ctx)));
    await host.unload('ghost');
    expect(() => kept[0]?.tools.add(tool('late'))).to.throw(MaestroError, 'ghost is unloaded');
    expect(() => kept[0]?.own(() => undefined)).to.throw(MaestroError, 'ghost is unloaded');
    expect(tools.all()).to.deep.equal([]);
  });

  it('lets one of two loads at once win', async () => {
    const { host, tools } = platform();
    const twice = plugin('twice', async (ctx) => {
      await Promise.resolve();
      ctx.tools.add(tool('t'));
    });
    const [one, two] = await Promise.allSettled([host.load(twice), host.load(twice)]);
    expect([one?.status, two?.status]).to.deep.equal(['fulfilled', 'rejected']);
    expect((two as PromiseRejectedResult).reason).to.include({ code: 'plugin.loaded' });
    expect(tools.has('t')).to.equal(true);
    expect(host.list()[0]).to.include({ state: 'active' });
  });

  it('lets a running plugin swap a tool', async () => {
    const { host, tools } = platform();
    let swap: (() => Promise<void>) | undefined;
    await host.load(
      plugin('bridge', (ctx) => {
        const undo = ctx.tools.add(tool('t', 'old'));
        swap = async () => {
          await undo();
          ctx.tools.add(tool('t', 'new'));
        };
      }),
    );
    await swap?.();
    const { content } = await tools.get('t').run({}, {} as never);
    expect(content).to.deep.equal([{ v: 1, type: 'text', text: 'new' }]);
  });

  it('refuses an id that another plugin has, naming both, and keeps the first', async () => {
    const { host, tools } = platform();
    await host.load(plugin('first', (ctx) => void ctx.tools.add(tool('same', '1'))));
    const error = await failure(host.load(plugin('second', (ctx) => void ctx.tools.add(tool('same', '2')))));
    expect(error).to.include({ code: 'contribution.taken', message: 'second: "same" already comes from first' });
    expect(tools.ownerOf('same')).to.equal('first');
    expect(host.list().map(({ state }) => state)).to.deep.equal(['active', 'failed']);
  });

  it('gives up a plugin that hangs, names it, and takes back what it had added', async () => {
    const { host, tools } = platform({ limitMs: 30 });
    const hangs = plugin('hangs', (ctx) => {
      ctx.tools.add(tool('t'));
      return new Promise(() => undefined);
    });
    const error = await failure(host.load(hangs));
    expect(error.code).to.equal('plugin.slow');
    expect(error.message).to.match(/^hangs did not finish starting within 0.03 s/);
    expect(tools.all()).to.deep.equal([]);
    expect(host.list()[0]).to.include({ name: 'hangs', state: 'failed' });
  });

  it('logs what a plugin throws after it was given up, and nothing else happens', async () => {
    const { host, lines } = platform({ limitMs: 20 });
    const { promise, reject } = Promise.withResolvers<void>();
    await failure(host.load(plugin('late', () => promise)));
    reject(new Error('too late'));
    await new Promise(setImmediate);
    expect(lines.join('')).to.contain('late threw after it was given up').and.contain('too late');
    expect(host.list()[0]).to.include({ state: 'failed' });
  });

  it('unloads all plugins, the last loaded first', async () => {
    const { host } = platform();
    const order: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      await host.load(plugin(name, (ctx) => void ctx.own(() => void order.push(name))));
    }
    await host.close();
    expect(order).to.deep.equal(['three', 'two', 'one']);
  });

  it('writes what a plugin logs with the name of the plugin', async () => {
    const { host, lines } = platform();
    await host.load(plugin('talker', (ctx) => ctx.log.info('here I am', { at: 'home' })));
    expect(lines.map((line) => JSON.parse(line))).to.deep.include.members([
      { ...JSON.parse(lines[0] as string), level: 'info', part: 'talker', at: 'home', msg: 'here I am' },
    ]);
  });
});

describe('a registry', () => {
  it('names what is loaded when asked for something unknown', () => {
    const tools = new Tools();
    expect(() => tools.get('x')).to.throw(MaestroError, 'no "x"; loaded: none');
    tools.add(tool('y'), 'me');
    expect(() => tools.get('x')).to.throw(MaestroError, 'no "x"; loaded: y');
  });

  it('refuses ids that could not stand in a URL or in front of a model', () => {
    for (const id of ['', 'a b', '../x', 'ä', 'x'.repeat(65), 7 as unknown as string]) {
      expect(() => new Tools().add({ ...tool('t'), id }, 'me'), String(id)).to.throw(MaestroError, 'me adds something');
    }
    expect(() => new Tools().add({ ...tool('t'), id: 'with.dot' }, 'me')).to.throw(MaestroError);
    expect(new Providers().add(provider('with.dot'), 'me')).to.be.a('function');
    const method = {
      id: 'p/key',
      provider: 'p',
      kind: 'api_key',
      label: 'K',
      fields: [],
      complete: () => ({}),
    } as const;
    expect(new AuthMethods().add(method, 'me')).to.be.a('function');
    expect(() => new AuthMethods().add({ ...method, id: 'p/key/x' }, 'me')).to.throw(MaestroError);
  });

  it('does not let an old undo take away what came later', async () => {
    const tools = new Tools();
    const undo = tools.add(tool('t'), 'one');
    await undo();
    tools.add(tool('t'), 'two');
    await undo();
    expect(tools.ownerOf('t')).to.equal('two');
    expect(tools.ownerOf('u')).to.equal(undefined);
  });
});
