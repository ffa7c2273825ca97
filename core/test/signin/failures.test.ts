import { expect } from 'chai';
import { MaestroError, ProviderError } from '../../src/errors.js';
import { Secret } from '../../src/secret.js';
import { failureOf, needsLogin, providerError } from '../../src/signin/failures.js';

describe('a failure with a credential', () => {
  it('is what the plugin said where it said it properly, and else a plugin that broke, told without its words', () => {
    const proper = new ProviderError('network', 'no route');
    expect(providerError(proper, 'asking')).to.equal(proper);
    const cause = new MaestroError('config.invalid', 'baseUrl is no address');
    expect(providerError(cause, 'asking')).to.include({ kind: 'bad_request', message: cause.message, cause });
    const broken = new TypeError('x is undefined');
    const message = 'asking failed in its plugin; the log says why';
    expect(providerError(broken, 'asking')).to.include({ kind: 'malformed', message, cause: broken });
    expect(providerError('not even an error', 'asking')).to.include({ kind: 'malformed', message });
  });

  it('that only a person can mend says what to do, and why where that is known', () => {
    const row = { provider: 'acme', label: 'work' };
    const known = needsLogin({ ...row, failure: { code: 'provider.auth', message: 'token revoked', at: '' } });
    expect(known).to.include({ kind: 'auth', permanent: true });
    expect(known.message).to.equal(
      'the sign-in "work" of acme has ended: token revoked. Sign in again: maestro auth login acme',
    );
    expect(needsLogin({ ...row, failure: null }).message).to.equal(
      'the sign-in "work" of acme has ended. Sign in again: maestro auth login acme',
    );
  });

  it('K1 is kept without a secret that the provider repeats', () => {
    new Secret('failure-canary-4410');
    const at = new Date(0);
    expect(failureOf(new ProviderError('auth', 'no: failure-canary-4410'), at)).to.deep.equal({
      code: 'provider.auth',
      message: 'no: <redacted>',
      at: '1970-01-01T00:00:00.000Z',
    });
  });
});
