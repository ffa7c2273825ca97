import { type AuthMethod, MaestroError, type PluginContext, type Provider } from '@maestro/core';
import { expect } from 'chai';
import { Value } from 'typebox/value';
import { apiKey } from '../src/api-key.js';
import { Config } from '../src/config.js';
import plugin from '../src/index.js';
import { bench, config, keyed } from './support.js';

describe('the plugin', () => {
  it('fills in its settings, and takes those of the documented example', () => {
    expect(config()).to.deep.equal({
      baseUrl: 'https://api.openai.com',
      organization: '',
      project: '',
      api: 'auto',
      chatgptUrl: 'https://chatgpt.com',
      wireProfile: { apiKey: 'prd', oauth: 'llxprt' },
      oauth: { clientId: '', issuerUrl: 'https://auth.openai.com', originator: 'llxprt/1.0' },
    });
    const example = { api: 'chat', baseUrl: 'http://127.0.0.1:11434/v1', wireProfile: { apiKey: 'llxprt-0.9' } };
    expect(Value.Check(Config, config(example))).to.equal(true);
  });

  for (const wrong of [
    { baseUrl: 'api.openai.com' },
    { baseUrl: 'https://host/?q=1' },
    { api: 'completions' },
    { organization: 'org\r\nx: y' },
    { wireProfile: { apiKey: 'other' } },
    { wireProfile: { key: 'prd' } },
    { oauth: { secret: 'x' } },
    { oauth: { originator: '' } },
  ])
    it(`refuses ${JSON.stringify(wrong)}`, () => {
      expect(Value.Check(Config, config(wrong))).to.equal(false);
    });

  const activate = async (settings: object) => {
    const added: { providers: Provider[]; auth: AuthMethod[]; warnings: string[] } = {
      providers: [],
      auth: [],
      warnings: [],
    };
    const ctx = {
      providers: { add: (item: Provider) => added.providers.push(item) },
      auth: { add: (item: AuthMethod) => added.auth.push(item) },
      log: { warn: (message: string) => void added.warnings.push(message) },
    } as unknown as PluginContext;
    await plugin.activate(ctx, config(settings));
    return added;
  };

  it('adds one provider and two ways to sign in, which know each other', async () => {
    const { providers, auth } = await activate({});
    expect(providers[0]).to.include({ id: 'openai', label: 'OpenAI' });
    expect(providers[0]!.auth).to.deep.equal(auth.map(({ id }) => id));
    expect(auth.map(({ kind, provider }) => [kind, provider])).to.deep.equal([
      ['api_key', 'openai'],
      ['oauth', 'openai'],
    ]);
  });

  it('takes organization and project from the environment where the settings have none', async () => {
    const { env } = process;
    const before = { ...env };
    Object.assign(env, { OPENAI_ORG_ID: 'org-env', OPENAI_PROJECT_ID: 'proj-env' });
    try {
      for (const [settings, organization] of [
        [{}, 'org-env'],
        [{ organization: 'org-set' }, 'org-set'],
      ] as const) {
        const { providers } = await activate(settings);
        const { request, close } = await bench();
        const sent = await new Promise<Record<string, unknown>>((resolve) => {
          const send = async (prepared: { slots: object }) => Promise.reject(resolve({ ...prepared.slots }));
          const stream = providers[0]!.stream(request({ send, credential: keyed() }));
          stream[Symbol.asyncIterator]()
            .next()
            .catch(() => undefined);
        });
        expect(sent).to.include({ organization, project: 'proj-env' });
        await close();
      }
    } finally {
      for (const name of ['OPENAI_ORG_ID', 'OPENAI_PROJECT_ID'])
        if (before[name] === undefined) delete env[name];
        else env[name] = before[name];
    }
  });

  it('warns of an address over which secrets travel unencrypted', async () => {
    const safe = {
      baseUrl: 'http://127.0.0.1:8080/x',
      chatgptUrl: 'http://localhost:1',
      oauth: { issuerUrl: 'http://[::1]:1' },
    };
    expect((await activate(safe)).warnings).to.deep.equal([]);
    const { warnings } = await activate({
      baseUrl: 'http://gateway.example/secret-path',
      chatgptUrl: 'http://127.0.0.1.evil.example',
      oauth: { issuerUrl: 'http://issuer.example' },
    });
    expect(warnings).to.have.length(3);
    expect(warnings[0]).to.contain('http://gateway.example').and.contain('https').and.not.contain('secret-path');
  });

  it('takes a key as it is pasted, and never shows one it refuses', () => {
    const { api_key } = apiKey.complete({ api_key: '  sk-proj-abc \n' });
    expect(api_key!.use((value) => value)).to.equal('sk-proj-abc');
    for (const wrong of ['', '   ', 'two words', 'schlüssel'])
      expect(() => apiKey.complete({ api_key: wrong }), wrong)
        .to.throw(MaestroError)
        .with.property('code', 'credential.invalid');
    expect(() => apiKey.complete({})).to.throw('is empty');
    expect(() => apiKey.complete({ api_key: 'two words' })).not.to.throw('two words');
    expect(apiKey.env).to.deep.equal(['OPENAI_API_KEY']);
  });
});
