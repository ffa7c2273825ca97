import { expect } from 'chai';
import { Fallbacks } from '../src/fallback.js';
import { prd } from '../src/profiles/prd.js';

describe('a refused header value', () => {
  const origin = 'https://gateway.example';
  const names = (fallbacks: Fallbacks, where = origin) => fallbacks.apply(where, prd).headers.map(([name]) => name);
  const all = prd.headers.map(([name]) => name);

  for (const [message, header] of [
    ['Unexpected value(s) `messages-2023-12-15` for the `anthropic-beta` header. Please consult', 'anthropic-beta'],
    ['invalid beta flag', 'anthropic-beta'],
    ['unsupported header: X-Client-Version', 'X-Client-Version'],
    ['the User-Agent header is not allowed', 'User-Agent'],
  ] as const)
    it(`is learnt from: ${message}`, () => {
      const fallbacks = new Fallbacks();
      expect(fallbacks.learn(origin, prd, message).map((each) => each.header)).to.deep.equal([header]);
      expect(names(fallbacks)).to.deep.equal(all.filter((name) => name !== header));
      expect(names(fallbacks, 'https://elsewhere.example')).to.deep.equal(all);
      expect(fallbacks.learn(origin, fallbacks.apply(origin, prd), message)).to.deep.equal([]);
    });

  for (const message of [
    'messages: the API accepts a top-level `system` parameter',
    'anthropic-version: header is required',
    'x-api-key header is invalid',
    'max_tokens: Field required',
    '',
  ])
    it(`is not seen in: ${message || '(nothing)'}`, () => {
      expect(new Fallbacks().learn(origin, prd, message)).to.deep.equal([]);
    });

  it('leaves the other values of its header, and a second one can follow', () => {
    const fallbacks = new Fallbacks();
    const list = { ...prd, headers: [['anthropic-beta', 'one-1, two-2, three-3']] as const };
    fallbacks.learn(origin, list, 'Unexpected value(s) `two-2` for the `anthropic-beta` header');
    expect(fallbacks.apply(origin, list).headers).to.deep.equal([['anthropic-beta', 'one-1, three-3']]);
    fallbacks.learn(
      origin,
      fallbacks.apply(origin, list),
      'Unexpected value(s) `one-1` for the `anthropic-beta` header',
    );
    expect(fallbacks.apply(origin, list).headers).to.deep.equal([['anthropic-beta', 'three-3']]);
  });
});
