import { expect } from 'chai';
import { Fallbacks } from '../src/fallback.js';
import { llxprt09Key, llxprtKey } from '../src/profiles/llxprt.js';
import { prdKey } from '../src/profiles/prd.js';

describe('a refused header value', () => {
  const origin = 'https://gateway.example';
  const refusal = 'Unexpected value(s) `messages-2023-12-15` for the `anthropic-beta` header. Please consult';

  for (const [message, header] of [
    [refusal, 'anthropic-beta'],
    ['invalid beta flag', 'anthropic-beta'],
    ['unsupported header: X-Client-Version', 'X-Client-Version'],
    ['the User-Agent header is not allowed', 'User-Agent'],
  ] as const)
    it(`moves its origin, and no other, to the reference: ${message}`, () => {
      const fallbacks = new Fallbacks(prdKey, llxprtKey);
      expect(fallbacks.learn(origin, message)?.header).to.equal(header);
      expect(fallbacks.setFor(origin)).to.equal(llxprtKey);
      expect(fallbacks.setFor('https://elsewhere.example')).to.equal(prdKey);
    });

  for (const message of [
    'messages: the API accepts a top-level `system` parameter',
    'anthropic-version: header is required',
    'x-api-key header is invalid',
    'max_tokens: Field required',
    '',
  ])
    it(`is not seen in: ${message || '(nothing)'}`, () => {
      const fallbacks = new Fallbacks(prdKey, llxprtKey);
      expect(fallbacks.learn(origin, message)).to.equal(undefined);
      expect(fallbacks.setFor(origin)).to.equal(prdKey);
    });

  it('is answered once: what the reference is refused for is an error', () => {
    const fallbacks = new Fallbacks(prdKey, llxprtKey);
    fallbacks.learn(origin, refusal);
    expect(fallbacks.learn(origin, refusal)).to.equal(undefined);
    for (const chosen of [llxprtKey, llxprt09Key])
      expect(new Fallbacks(chosen, llxprtKey).learn(origin, refusal)).to.equal(undefined);
  });
});
