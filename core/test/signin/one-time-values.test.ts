import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { OAuthSecrets } from '../../src/oauth/oauth.js';
import type { Secret } from '../../src/secret.js';
import { redactSecrets } from '../../src/secret.js';
import { isSameState, oneTimeValues } from '../../src/signin/one-time-values.js';

const plain = (secret: Secret) => secret.use((value) => value);
const hex = { bytes: 16, encoding: 'hex' } as const;

describe('the one-time values of a sign-in', () => {
  it('with PKCE have a verifier of the bytes asked for, and its S256 as challenge', () => {
    const { verifier, challenge, state } = oneTimeValues({ verifierBytes: 48, state: hex });
    expect(plain(verifier!)).to.match(/^[A-Za-z0-9_-]{64}$/);
    expect(challenge).to.equal(createHash('sha256').update(plain(verifier!)).digest('base64url'));
    expect(plain(state)).to.match(/^[0-9a-f]{32}$/);
  });

  it('without PKCE have neither verifier nor challenge', () => {
    const values = oneTimeValues({ verifierBytes: null, state: { bytes: 24, encoding: 'base64url' } });
    expect(values).to.include({ verifier: null, challenge: null });
    expect(plain(values.state)).to.match(/^[A-Za-z0-9_-]{32}$/);
  });

  it('have the verifier as state where the way wants it, and a state of their own where there is none', () => {
    const values = oneTimeValues({ verifierBytes: 32, state: 'verifier' });
    expect(plain(values.state)).to.equal(plain(values.verifier!));
    expect(plain(oneTimeValues({ verifierBytes: null, state: 'verifier' }).state)).to.match(/^[A-Za-z0-9_-]{43}$/);
  });

  it('are never the same twice, and are kept out of what is written down', () => {
    const ways: OAuthSecrets[] = [
      { verifierBytes: 32, state: hex },
      { verifierBytes: null, state: hex },
      { verifierBytes: null, state: 'verifier' },
    ];
    for (const way of ways) {
      const [one, other] = [oneTimeValues(way), oneTimeValues(way)];
      expect(isSameState(one.state, plain(one.state))).to.equal(true);
      expect(isSameState(one.state, plain(other.state))).to.equal(false);
      expect(redactSecrets(`state=${plain(one.state)}`)).to.equal('state=<redacted>');
    }
  });
});
