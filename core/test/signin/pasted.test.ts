import { expect } from 'chai';
import fc from 'fast-check';
import type { MaestroError } from '../../src/errors.js';
import { readPasted } from '../../src/signin/pasted.js';

const isState = (given: string) => given === 'right';
const codeOf = (pasted: string) => {
  try {
    return readPasted(pasted, isState);
  } catch (error) {
    return (error as MaestroError).code;
  }
};

describe('what a person pastes', () => {
  it('is no code when it is empty, blank, or as long as no code is', () => {
    for (const pasted of ['', ' \n\t ', 'x'.repeat(16_385)]) expect(codeOf(pasted)).to.equal('sign_in.code_invalid');
    expect(codeOf('x'.repeat(16_384)))
      .to.have.property('code')
      .with.length(16_384);
  });

  it('is no code where an address has none, or where it cannot be read', () => {
    for (const pasted of ['https://acme.example/', 'https://acme.example/?code=', 'https://', 'http://[/?code=c'])
      expect(codeOf(pasted), pasted).to.equal('sign_in.code_invalid');
  });

  it('is the code of the address the browser ended at, with the issuer that names itself there', () => {
    const address =
      'HTTP://localhost:1455/callback?iss=https%3A%2F%2Facme.example&scope=a+b&state=right&code=c%2Fd#_=_';
    expect(codeOf(address)).to.deep.equal({ code: 'c/d', issuer: 'https://acme.example' });
    expect(codeOf('https://acme.example/?code=c')).to.deep.equal({ code: 'c' });
  });

  it('is a refusal where the address says so, with words or without, once its state is right', () => {
    const address = 'https://acme.example/code?error=access_denied';
    expect(codeOf(`${address}&state=right`)).to.deep.equal({ error: 'access_denied', description: null });
    expect(codeOf(`${address}&error_description=no`)).to.deep.equal({ error: 'access_denied', description: 'no' });
    expect(codeOf(`${address}&state=wrong`)).to.equal('sign_in.state');
  });

  it('ends in an answer or in a reason, and never in an answer with the state of another sign-in', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('#', '?', '&', 'https://', 'code=', 'state=', 'error=', 'right'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const pasted = parts.join('');
        const outcome = codeOf(pasted);
        if (typeof outcome === 'string') expect(outcome).to.match(/^sign_in\.(code_invalid|state)$/);
        else if ('code' in outcome) expect(outcome.code).to.match(/^[\x21-\x7e]+$/);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/), fc.boolean(), (state, isAddress) => {
        fc.pre(state !== 'right');
        const pasted = isAddress ? `https://acme.example/?code=c&state=${state}` : `c#${state}`;
        expect(codeOf(pasted)).to.equal('sign_in.state');
      }),
    );
  });
});
