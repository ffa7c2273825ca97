import { expect } from 'chai';
import type { AuthMethod } from '../../src/extension/auth.js';
import type { OAuthWay } from '../../src/oauth/oauth.js';
import { check } from './support.js';

const query = [
  ['code', 'true'],
  ['client_id', '<client_id>'],
  ['redirect_uri', { pattern: '^http://127\\.0\\.0\\.1:[0-9]+/callback$' }],
  ['scope', 'one two'],
  ['code_challenge', { pattern: '^[A-Za-z0-9_-]{43}$' }],
  [{ slot: 'identity' }, 'true'],
  ['state', { pattern: '^[0-9a-f]{64}$' }],
];
const captured = {
  app: 'acme-cli',
  version: '1.0',
  provider: 'acme',
  base: 'https://acme.example/authorize',
  space_encoding: '%20',
  query,
};

/** A sign-in whose address has these parameters, in this order. */
function method(pairs: (flow: Parameters<Visited['authorizeUrl']>[0]) => [string, string][], plus = false): AuthMethod {
  const way: Visited = {
    way: 'browser',
    redirect: { host: '127.0.0.1', ports: 'any', path: '/callback' },
    secrets: { verifierBytes: 32, state: { bytes: 32, encoding: 'hex' } },
    authorizeUrl: (flow) => {
      const text = new URLSearchParams(pairs(flow)).toString();
      return `https://acme.example/authorize?${plus ? text : text.replaceAll('+', '%20')}`;
    },
  };
  const device = { way: 'device' } as Extract<OAuthWay, { way: 'device' }>;
  const oauth = { ways: [device, way] } as unknown as NonNullable<AuthMethod['oauth']>;
  return { id: 'acme/oauth', provider: 'acme', kind: 'oauth', label: 'Acme', fields: [], complete: () => ({}), oauth };
}
type Visited = Extract<OAuthWay, { way: 'browser' }>;

const right: Parameters<typeof method>[0] = ({ redirectUri, challenge, state }) => [
  ['code', 'true'],
  ['client_id', 'mine'],
  ['redirect_uri', redirectUri],
  ['scope', 'one two'],
  ['code_challenge', challenge ?? ''],
  ['our_flow', 'true'],
  ['state', state],
];

describe('1.11 the address a sign-in sends a browser to', () => {
  const compare = async (...methods: AuthMethod[]) =>
    (
      await check({ 'urls.json': { urls: [captured, { ...captured, base: 'https://other.example' }] } }, { methods })
    )[0]!;

  it('is equal with the captured base, parameters in order and spaces', async () => {
    expect(await compare(method(right))).to.deep.include({
      part: 'acme-cli, acme',
      profile: 'acme/oauth browser',
      verdict: 'equal',
    });
  });

  it('differs with another order, another value and another way to write a space', async () => {
    const swapped = await compare(method((flow) => [right(flow)[1]!, right(flow)[0]!, ...right(flow).slice(2)]));
    expect(swapped.differences[0]!.diff.slice(0, 3)).to.deep.equal(['- code=true', '  client_id=mine', '+ code=true']);
    const plus = await compare(method(right, true));
    expect(plus.differences.map(({ what }) => what)).to.deep.equal(['parameters', 'how a space is written']);
  });

  it('differs where the address cannot be made, unless another way can', async () => {
    const broken = method(() => {
      throw new Error('no client');
    });
    expect((await compare(broken)).differences).to.deep.equal([{ what: 'not sent', diff: ['+ no client'] }]);
    expect(await compare(broken, method(right))).to.have.property('verdict', 'equal');
  });

  it('takes the nearest, and has a result for each address of the file', async () => {
    expect(
      await compare(
        method(() => [['code', 'true']]),
        method(right),
      ),
    ).to.have.property('verdict', 'equal');
    const results = await check({ 'urls.json': { urls: [captured, { ...captured, base: 'https://other.example' }] } });
    expect(results.map(({ verdict }) => verdict)).to.deep.equal(['missing', 'missing']);
  });
});
