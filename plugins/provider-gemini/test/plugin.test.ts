import { type AuthMethod, Http, MaestroError, type PluginContext, type Provider } from '@maestro/core';
import { expect } from 'chai';
import { Value } from 'typebox/value';
import { apiKey } from '../src/api-key.js';
import { Config } from '../src/config.js';
import plugin from '../src/index.js';
import { settings, user } from './support.js';

/** What the plugin adds and says. */
async function activated(config: object) {
  const added = { providers: [] as Provider[], auth: [] as AuthMethod[], warnings: [] as string[] };
  const ctx = {
    providers: { add: (item: Provider) => added.providers.push(item) },
    auth: { add: (item: AuthMethod) => added.auth.push(item) },
    log: { warn: (message: string) => void added.warnings.push(message) },
  } as unknown as PluginContext;
  await plugin.activate(ctx, settings(config));
  return added;
}

describe('the plugin', () => {
  it('fills in its settings, and takes those of the documented example', () => {
    expect(settings()).to.deep.include({
      baseUrl: 'https://generativelanguage.googleapis.com',
      codeAssistUrl: 'https://cloudcode-pa.googleapis.com',
      wireProfile: { apiKey: 'gemini-cli', oauth: 'gemini-cli' },
    });
    const example = {
      wireProfile: { apiKey: 'llxprt', oauth: 'llxprt-0.9' },
      installationId: '01234567-89ab-4cde-8f01-23456789abcd',
      oauth: { clientId: 'mine', clientSecret: 'mine' },
    };
    expect(Value.Check(Config, settings(example))).to.equal(true);
  });

  for (const wrong of [
    { baseUrl: 'generativelanguage.googleapis.com' },
    { codeAssistUrl: 'https://host/?q=1' },
    { wireProfile: { apiKey: 'prd' } },
    { wireProfile: { oauth: 'llxprt' } },
    { installationId: 'mine' },
    { oauth: { tokenUrl: 'ftp://host' } },
    { oauth: { secret: 'x' } },
  ])
    it(`refuses ${JSON.stringify(wrong)}`, () => {
      expect(Value.Check(Config, settings(wrong))).to.equal(false);
    });

  it('adds one provider and two ways to sign in, which know each other', async () => {
    const { providers, auth, warnings } = await activated({});
    expect(providers[0]).to.include({ id: 'gemini', label: 'Gemini' });
    expect(providers[0]!.auth).to.deep.equal(auth.map(({ id }) => id));
    expect(auth[1]!.warning).to.contain('2026-06-18');
    expect(auth[1]!.oauth!.missing()).to.contain('oauth.clientId');
    expect(warnings).to.deep.equal([]);
  });

  it('warns of every address to which secrets travel unencrypted', async () => {
    const safe = { baseUrl: 'http://127.0.0.1:8080/x', codeAssistUrl: 'http://localhost:1' };
    expect((await activated(safe)).warnings).to.deep.equal([]);
    const open = {
      baseUrl: 'http://gateway.example/secret-path',
      oauth: { tokenUrl: 'http://127.0.0.1.evil.example/t' },
    };
    const { warnings } = await activated(open);
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.contain('baseUrl is http://gateway.example').and.not.contain('secret-path');
  });

  it('takes a key as it is pasted, and never shows one it refuses', () => {
    const { api_key } = apiKey.complete({ api_key: '  AIza-abc \n' });
    expect(api_key!.use((value) => value)).to.equal('AIza-abc');
    for (const wrong of ['', '   ', 'two words', 'schlüssel', 'ya29.abc'])
      expect(() => apiKey.complete({ api_key: wrong }), wrong)
        .to.throw(MaestroError)
        .with.property('code', 'credential.invalid');
    expect(() => apiKey.complete({})).to.throw('is empty');
    expect(apiKey.env).to.deep.equal(['GEMINI_API_KEY', 'GOOGLE_API_KEY']);
  });

  it('names every request it makes after a reference once', async () => {
    const { providers } = await activated({});
    const ids = providers[0]!.wire!.map(({ profile }) => profile.id);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(ids.every((id) => id.startsWith('gemini/'))).to.equal(true);
  });

  it('can show each of them on the wire', async () => {
    const { providers } = await activated({});
    const http = new Http();
    const example = {
      origin: 'http://127.0.0.1:1',
      path: { model: 'gemini-2.5-pro', operation: 'op-1' },
      model: 'gemini-2.5-pro',
      system: 'Be brief.',
      messages: [user('hello')],
      tools: [{ name: 'look', description: 'Looks', parameters: { type: 'object', properties: {} } }],
    };
    for (const { profile, samples } of providers[0]!.wire!)
      for (const sample of samples(example)) {
        const { method, url, headers } = http.render(sample);
        expect(method).to.equal(profile.method);
        expect(new URL(url).origin).to.equal(example.origin);
        expect(headers.filter(([, value]) => value.includes('{'))).to.deep.equal([]);
        expect(headers.filter(([name]) => name.toLowerCase() === 'host')).to.have.length(1);
      }
    await http.close();
  });
});
