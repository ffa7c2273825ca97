import { inspect } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { ProviderError } from '../../src/errors.js';
import { Secret } from '../../src/secret.js';
import { redacted, renderRequest } from '../../src/wire/render.js';
import { key, prepared, profile } from './support.js';

describe('K2 a rendered request', () => {
  it('has host and connection, the headers of its profile in order and casing, then type and length', () => {
    const { method, url, headers } = renderRequest(prepared({ origin: 'https://api.example.com' }));
    expect(method).to.equal('POST');
    expect(url).to.equal('https://api.example.com/v1/chat/replies');
    expect(headers).to.deep.equal([
      ['host', 'api.example.com'],
      ['connection', 'keep-alive'],
      ['X-Key', 'sk-very-secret-value'],
      ['acme-version', '2020-01-01'],
      ['Authorization', 'Bearer token-value'],
      ['ACME-Beta', 'one-2020'],
      ['Accept', 'application/json'],
      ['content-type', 'application/json'],
      ['content-length', '10'],
    ]);
  });

  it('shows secrets by kind and the end of their hash', () => {
    const { redactedHeaders } = renderRequest(prepared());
    const shown = Object.fromEntries(redactedHeaders);
    expect(shown['X-Key']).to.match(/^<redacted:key:[0-9a-f]{4}>$/);
    expect(shown.Authorization).to.match(/^Bearer <redacted:token:[0-9a-f]{4}>$/);
    expect(shown['ACME-Beta']).to.equal('one-2020');
    expect(redactedHeaders.map(([name]) => name)).to.deep.equal(
      renderRequest(prepared()).headers.map(([name]) => name),
    );
  });

  it('tells two secrets apart and one again', () => {
    expect(redacted('key', key)).to.equal(redacted('key', new Secret('sk-very-secret-value')));
    expect(redacted('key', key)).not.to.equal(redacted('key', new Secret('another')));
  });

  it('prints and serialises without its secrets', () => {
    const request = renderRequest(prepared());
    const printed = inspect(request, { depth: 9, showHidden: true }) + JSON.stringify(request);
    expect(printed).not.to.contain('sk-very-secret').and.not.to.contain('token-value');
  });

  it('leaves out a header whose slot has no value', () => {
    const { headers } = renderRequest(prepared({ slots: { kind: 'chat', key } }));
    expect(headers.map(([name]) => name)).to.deep.equal([
      'host',
      'connection',
      'X-Key',
      'acme-version',
      'Accept',
      'content-type',
      'content-length',
    ]);
  });

  it('keeps the content type of its profile, and has none with a GET', () => {
    const own = { ...profile, headers: [['Content-Type', 'text/plain']] as const };
    expect(renderRequest(prepared({ profile: own })).headers.map(([name]) => name)).to.deep.equal([
      'host',
      'connection',
      'Content-Type',
      'content-length',
    ]);
    const get = renderRequest(prepared({ profile: { ...profile, method: 'GET', headers: [] }, body: Buffer.alloc(0) }));
    expect(get.headers.map(([name]) => name)).to.deep.equal(['host', 'connection']);
  });

  it('takes a list with a host, in any casing, for the whole head and fills host and length where they stand', () => {
    const headers = [
      ['Content-Length', '{content_length}'],
      ['X-Beta', '{beta}'],
      ['X-None', '{none}'],
      ['HOST', '{host}'],
    ] as const;
    const whole = { ...profile, headers };
    expect(renderRequest(prepared({ profile: whole, origin: 'https://api.example.com:8443' })).headers).to.deep.equal([
      ['Content-Length', '10'],
      ['X-Beta', 'one-2020'],
      ['HOST', 'api.example.com:8443'],
    ]);
    const get = renderRequest(prepared({ profile: { ...whole, method: 'GET' }, body: Buffer.alloc(0) }));
    expect(get.headers.map(([name]) => name)).to.deep.equal(['X-Beta', 'HOST']);
    const lost = { ...profile, headers: [['Host', '{host}']] as const };
    expect(() => renderRequest(prepared({ profile: lost }))).to.throw('no content-length');
  });

  it('names the type of a form where its profile says none', () => {
    const form = { ...profile, headers: [], body: { encoding: 'form', keys: [] } } as const;
    expect(renderRequest(prepared({ profile: form })).headers[2]).to.deep.equal([
      'content-type',
      'application/x-www-form-urlencoded',
    ]);
  });

  it('escapes what goes into the path', () => {
    expect(renderRequest(prepared({ slots: { kind: 'a/b?c' } })).url).to.match(/\/v1\/a%2Fb%3Fc\/replies$/);
  });

  for (const [what, value] of [
    ['a line feed', 'good\nX-Evil: 1'],
    ['a carriage return', 'good\r'],
    ['a NUL', 'go\0od'],
    ['a letter outside Latin-1', 'schlüssel…'],
  ] as const) {
    it(`is refused for ${what}, by the name of the slot and without the value`, () => {
      const render = () => renderRequest(prepared({ slots: { kind: 'chat', key: new Secret(value) } }));
      expect(render).to.throw(ProviderError, '"key"').with.property('kind', 'bad_request');
      expect(render).not.to.throw('good');
    });
  }

  it('is refused for an origin that is none, a path without its value and a secret in the path', () => {
    for (const origin of ['', 'example.com', 'ftp://example.com', 'https://example.com/v1', 'https://u:p@example.com'])
      expect(() => renderRequest(prepared({ origin })), origin).to.throw(ProviderError, 'is no origin');
    expect(() => renderRequest(prepared({ slots: {} }))).to.throw(ProviderError, '"kind" in the path');
    expect(() => renderRequest(prepared({ slots: { kind: key } }))).to.throw(ProviderError, 'is a secret');
  });

  it('carries any printable Latin-1 value unchanged, and refuses every other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (value) => {
        const render = () => renderRequest(prepared({ slots: { kind: 'chat', beta: value } }));
        if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
          expect(Object.fromEntries(render().headers)['ACME-Beta']).to.equal(value);
        else expect(render).to.throw(ProviderError);
      }),
    );
  });
});
