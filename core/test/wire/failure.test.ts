import { expect } from 'chai';
import { ProviderError } from '../../src/errors.js';
import { networkFailure, type Phase } from '../../src/wire/failure.js';

const coded = (code: string) => Object.assign(new Error(`internal: ${code}`), { code });

describe('a failed exchange', () => {
  const rows: [code: string, phase: Phase, kind: string, words: string][] = [
    ['UND_ERR_CONNECT_TIMEOUT', 'head', 'network', 'accept a connection'],
    ['UND_ERR_BODY_TIMEOUT', 'body', 'timeout', 'fell silent'],
    ['EAI_AGAIN', 'head', 'network', 'looked up'],
    ['ECONNRESET', 'head', 'network', 'could not be reached (ECONNRESET)'],
    ['ECONNRESET', 'body', 'interrupted', 'in the middle of an answer'],
    ['', 'head', 'network', 'connection closed'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'head', 'network', 'certificate'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'head', 'network', 'certificate'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'head', 'network', 'certificate'],
    ['Z_DATA_ERROR', 'body', 'malformed', 'decompress'],
    ['ZSTD_error_corruption_detected', 'body', 'malformed', 'decompress'],
    ['ERR__ERROR_FORMAT_PADDING_1', 'body', 'malformed', 'decompress'],
  ];
  for (const [code, phase, kind, words] of rows)
    it(`with ${code || 'no code'} in the ${phase} is ${kind}`, () => {
      const error = networkFailure(coded(code), 'https://api.example.com', phase);
      expect(error).to.include({ kind, code: `provider.${kind}` });
      expect(error.message).to.contain('https://api.example.com').and.contain(words).and.not.contain('internal');
    });

  it('keeps what is already told, looks into many attempts, and takes anything else for a closed connection', () => {
    const told = new ProviderError('timeout', 'late');
    expect(networkFailure(told, 'x', 'body')).to.equal(told);
    const both = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]);
    expect(networkFailure(both, 'x', 'head').message).to.contain('refuses connections');
    expect(networkFailure('odd', 'x', 'head')).to.have.property('kind', 'network');
  });
});
