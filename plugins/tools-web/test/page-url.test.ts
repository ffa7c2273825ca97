import { MaestroError } from '@maestro/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { isSameSite, pageUrl, subjectOf, urlsIn } from '../src/page-url.js';

describe('the address of a page', () => {
  it('is http or https, and goes without its fragment', () => {
    expect(pageUrl(' HTTPS://Example.org:443/a b#c ').href).to.equal('https://example.org/a%20b');
    for (const no of ['file:///etc/passwd', 'ftp://x.org', 'javascript:alert(1)', 'x', '', 'http://', 'data:,x']) {
      expect(() => pageUrl(no), no)
        .to.throw(MaestroError)
        .with.property('code', 'web.bad_address');
    }
  });

  it('holds no name or password, and what is said of one that does holds neither', () => {
    const letters = fc.stringMatching(/^[a-z0-9]{12,20}$/);
    fc.assert(
      fc.property(letters, letters, (name, password) => {
        expect(() => pageUrl(`http://${name}:${password}@example.org/`))
          .to.throw(MaestroError)
          .with.property('message')
          .that.does.not.match(new RegExp(`${name}|${password}`));
      }),
    );
  });

  it('is refused in words whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.string({ unit: 'binary' })), (text) => {
        try {
          expect(pageUrl(text).protocol).to.match(/^https?:$/);
        } catch (error) {
          expect(error).to.be.instanceOf(MaestroError);
        }
      }),
    );
  });

  it('is one to rules, however it is written', () => {
    const ways = ['http://127.0.0.1/x', 'HTTP://0x7f.1/x#top', 'http://2130706433:80/x', 'http://017700000001/x'];
    expect(new Set(ways.map(subjectOf))).to.deep.equal(new Set(['http://127.0.0.1/x']));
    expect(subjectOf('not one')).to.equal('not one');
  });
});

describe('addresses in a prompt', () => {
  it('are found where they stand, without what belongs to the sentence', () => {
    const prompt = `Compare (https://a.org/x_(y)), http://b.org/?q=1. and <https://c.org/z>, "https://d.org"! See [e](https://e.org/f).`;
    expect(urlsIn(prompt)).to.deep.equal([
      'https://a.org/x_(y)',
      'http://b.org/?q=1',
      'https://c.org/z',
      'https://d.org',
      'https://e.org/f',
    ]);
    expect(urlsIn(`'https://a.org/o'b' 看https://b.org/。 https://c.org/don't`)).to.deep.equal([
      "https://a.org/o'b",
      'https://b.org/',
      "https://c.org/don't",
    ]);
    expect(urlsIn('https://a.org https://a.org and ftp://b.org, www.c.org')).to.deep.equal(['https://a.org']);
  });

  it('are all found among any words', () => {
    const url = fc
      .webUrl({ withQueryParameters: true })
      .filter((each) => /[a-z0-9/]$/i.test(each) && !/[[\]'()*!]/.test(each));
    fc.assert(
      fc.property(fc.uniqueArray(url, { maxLength: 5 }), (urls) => {
        expect(urlsIn(urls.map((each) => `Read ${each}, please.`).join('\n'))).to.deep.equal(urls);
      }),
    );
  });

  it('are looked for in time, whatever the text', () => {
    const began = performance.now();
    for (const piece of ['http://', 'http://a)', 'http://(((', 'https://x.', '[('])
      urlsIn(piece.repeat(Math.floor(50_000 / piece.length)));
    expect(performance.now() - began).to.be.lessThan(5_000);
  });
});

describe('two addresses', () => {
  it('are of one site with and without www, and from http to https, but not back', () => {
    const same = (from: string, to: string) => isSameSite(new URL(from), new URL(to));
    expect(same('http://a.org/x', 'https://www.a.org/y')).to.equal(true);
    expect(same('https://a.org', 'http://a.org')).to.equal(false);
    for (const other of ['https://b.org', 'https://a.org:8443', 'https://a.org.evil.example', 'https://evil-a.org'])
      expect(same('https://a.org', other), other).to.equal(false);
  });
});
