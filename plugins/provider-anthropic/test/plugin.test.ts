import { type AuthMethod, Http, MaestroError, type PluginContext, type Provider } from '@maestro/core';
import { expect } from 'chai';
import { Value } from 'typebox/value';
import { apiKey } from '../src/api-key.js';
import { Config } from '../src/config.js';
import plugin from '../src/index.js';
import { settings } from './support.js';

describe('the plugin', () => {
  it('fills in its settings, and takes those of the documented example', () => {
    expect(Value.Default(Config, {})).to.deep.equal({
      baseUrl: 'https://api.anthropic.com',
      wireProfile: { apiKey: 'prd', oauth: 'llxprt' },
      identity: 'llxprt/1.0',
      oauth: {
        clientId: '',
        authorizeUrl: 'https://claude.ai/oauth/authorize',
        tokenUrl: 'https://console.anthropic.com/v1/oauth/token',
        toolPrefix: 'llxprt_',
      },
    });
    const example = {
      baseUrl: 'http://127.0.0.1:8080/anthropic',
      wireProfile: { apiKey: 'prd', oauth: 'llxprt' },
      oauth: { clientId: 'mine' },
    };
    expect(Value.Check(Config, Value.Default(Config, example))).to.equal(true);
  });

  for (const wrong of [
    { baseUrl: 'api.anthropic.com' },
    { baseUrl: 'https://host/?q=1' },
    { wireProfile: { apiKey: 'other' } },
    { wireProfile: { key: 'prd' } },
    { identity: 'two\r\nlines' },
    { oauth: { toolPrefix: 'a tool ' } },
    { oauth: { secret: 'x' } },
  ])
    it(`refuses ${JSON.stringify(wrong)}`, () => {
      expect(Value.Check(Config, Value.Default(Config, wrong))).to.equal(false);
    });

  it('adds one provider and its ways to sign in, which know each other', async () => {
    const added: { providers: Provider[]; auth: AuthMethod[] } = { providers: [], auth: [] };
    const http = new Http();
    const ctx = {
      providers: { add: (item: Provider) => added.providers.push(item) },
      auth: { add: (item: AuthMethod) => added.auth.push(item) },
      log: { warn: () => undefined },
      resolve: () => http,
    } as unknown as PluginContext;
    const closed = 'http://127.0.0.1:1';
    await plugin.activate(ctx, { ...settings, baseUrl: closed });
    const [provider] = added.providers;
    expect(provider).to.include({ id: 'anthropic', label: 'Anthropic' });
    expect(provider!.auth).to.deep.equal(added.auth.map(({ id }) => id));
    const credential = {
      id: 'env',
      provider: 'anthropic',
      method: apiKey.id,
      kind: 'api_key' as const,
      secrets: apiKey.complete({ api_key: 'k' }),
    };
    const asked = provider!.models({ signal: new AbortController().signal, refresh: true, credential });
    expect(await asked.catch((cause: unknown) => cause)).to.include({ kind: 'network' });
    await http.close();
  });

  it('warns of a base URL over which keys travel unencrypted', async () => {
    const warnings: string[] = [];
    const add = () => undefined;
    const log = { warn: (message: string) => void warnings.push(message) };
    const ctx = { providers: { add }, auth: { add }, log } as unknown as PluginContext;
    const safe = ['https://api.anthropic.com', 'http://127.0.0.1:8080/x', 'http://localhost:1', 'http://[::1]:1'];
    for (const baseUrl of safe) await plugin.activate(ctx, { ...settings, baseUrl });
    expect(warnings).to.deep.equal([]);
    for (const baseUrl of ['http://gateway.example/secret-path', 'http://127.0.0.1.evil.example'])
      await plugin.activate(ctx, { ...settings, baseUrl });
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.contain('http://gateway.example').and.contain('https').and.not.contain('secret-path');
  });

  it('takes a key as it is pasted, and never shows one it refuses', () => {
    const { api_key } = apiKey.complete({ api_key: '  sk-ant-api03-abc \n' });
    expect(api_key!.use((value) => value)).to.equal('sk-ant-api03-abc');
    for (const wrong of ['', '   ', 'two words', 'schlüssel', 'sk-ant-oat01-abc'])
      expect(() => apiKey.complete({ api_key: wrong }), wrong)
        .to.throw(MaestroError)
        .with.property('code', 'credential.invalid');
    expect(() => apiKey.complete({})).to.throw('is empty');
    expect(() => apiKey.complete({ api_key: 'sk-ant-oat01-abc' })).not.to.throw('oat01');
    expect(apiKey.env).to.deep.equal(['ANTHROPIC_API_KEY']);
  });
});
