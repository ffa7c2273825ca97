import { Http, type PluginContext, type Provider } from '@maestro/core';
import { expect } from 'chai';
import { Value } from 'typebox/value';
import { Config, type LocalConfig } from '../src/config.js';
import plugin from '../src/index.js';

describe('the plugin of local models', () => {
  it('looks for the four servers where they listen by themselves', () => {
    const { servers } = Value.Default(Config, {}) as LocalConfig;
    expect(servers.map(({ name, url }) => `${name} ${url}`)).to.deep.equal([
      'ollama http://127.0.0.1:11434',
      'llama.cpp http://127.0.0.1:8080',
      'lmstudio http://127.0.0.1:1234',
      'vllm http://127.0.0.1:8000',
    ]);
  });

  it('takes the documented example, and no server at all', () => {
    const example = { servers: [{ name: 'gpu', url: 'http://10.0.0.5:8000', kind: 'vllm', apiKey: 'k' }] };
    for (const settings of [example, { servers: [] }])
      expect(Value.Check(Config, Value.Default(Config, settings))).to.equal(true);
  });

  for (const wrong of [
    { name: 'a/b', url: 'http://x' },
    { name: 'a', url: 'x:1' },
    { name: 'a', url: 'http://x', kind: 'other' },
    { name: 'a', url: 'http://x', apiKey: 'two words' },
    { name: 'a', url: 'http://x', key: 'k' },
    { url: 'http://x' },
  ])
    it(`refuses ${JSON.stringify(wrong)}`, () => {
      expect(Value.Check(Config, Value.Default(Config, { servers: [wrong] }))).to.equal(false);
    });

  it('adds one provider that needs no credential', async () => {
    const added: Provider[] = [];
    const http = new Http();
    const ctx = {
      providers: { add: (item: Provider) => added.push(item) },
      log: { warn: () => undefined, debug: () => undefined },
      resolve: () => http,
    } as unknown as PluginContext;
    await plugin.activate(ctx, { servers: [] });
    expect(added[0]).to.include({ id: 'local', label: 'Local models' });
    expect(added[0]!.auth).to.deep.equal([]);
    expect(await added[0]!.models({ signal: AbortSignal.timeout(1000), refresh: true })).to.deep.equal([]);
    await http.close();
  });
});
