import { expect } from 'chai';
import type { WireOperation } from '../../src/extension/wire-operation.js';
import { orderedBody } from '../../src/wire/ordered-body.js';
import type { WireProfile } from '../../src/wire/profile.js';
import { capture, check, operation } from './support.js';

type Headers = typeof capture.headers;

const only = async (...args: Parameters<typeof check>) => {
  const results = await check(...args);
  expect(results).to.have.length(1);
  return results[0]!;
};
const withHeaders = (change: (headers: Headers) => Headers) => ({
  'a.json': { ...capture, headers: change(structuredClone(capture.headers)) },
});

describe('1.11 a capture against what a plugin sends', () => {
  it('is equal where all is as captured, with patterns, left out values and identities', async () => {
    expect(await only({ 'a.json': capture })).to.deep.equal({
      file: 'a.json',
      part: null,
      profile: 'acme/api_key/reference/replies',
      verdict: 'equal',
      differences: [],
      note: null,
    });
  });

  it('differs when two headers are swapped, and shows both places', async () => {
    const swapped = withHeaders(([first, second, ...rest]) => [second!, first!, ...rest]);
    const { verdict, differences } = await only(swapped);
    expect(verdict).to.equal('different');
    expect(differences).to.deep.equal([
      {
        what: 'headers',
        diff: [
          '- X-Version: (anything like ^v[0-9.]+$)',
          '  Accept: application/json',
          '+ X-Version: v1.2.3',
          '  User-Agent: ours/1.0',
          '  x-key: secret',
          '  Connection: keep-alive',
          '  Host: api.acme.example',
          `  Content-Length: 41`,
        ],
      },
    ]);
  });

  const changed: Record<string, [(headers: Headers) => Headers, string[]]> = {
    'the casing of a name': [
      (headers) => headers.map(([name, value]) => [name === 'x-key' ? 'X-Key' : name, value]),
      ['- X-Key: <redacted>', '+ x-key: secret'],
    ],
    'a header that is not sent': [(headers) => [...headers, ['X-More', '1']], ['- X-More: 1']],
    'a header too many': [(headers) => headers.slice(1), ['+ Accept: application/json']],
    'a value': [
      (headers) => headers.map(([name, value]) => [name, name === 'Accept' ? '*/*' : value]),
      ['- Accept: */*', '+ Accept: application/json'],
    ],
    'a value that does not fit its pattern': [
      (headers) => headers.map(([name, value]) => [name, name === 'X-Version' ? { pattern: '^[0-9]' } : value]),
      ['- X-Version: (anything like ^[0-9])', '+ X-Version: v1.2.3'],
    ],
    'the host': [
      (headers) => headers.map(([name, value]) => [name, name === 'Host' ? 'api.other.example' : value]),
      ['- Host: api.other.example', '+ Host: api.acme.example'],
    ],
  };
  for (const [what, [change, lines]] of Object.entries(changed)) {
    it(`differs in ${what}`, async () => {
      const { verdict, differences } = await only(withHeaders(change));
      expect(verdict).to.equal('different');
      expect(differences).to.have.length(1);
      expect(differences[0]!.diff.filter((line) => !line.startsWith('  '))).to.deep.equal(lines);
    });
  }

  it('differs in the order of the keys of the body, in its framing and in the address', async () => {
    const other = {
      ...capture,
      scheme_host: 'https://eu.acme.example',
      top_level_key_order: ['messages', 'model', 'tools'],
      body_framing: 'none',
    };
    const { differences } = await only({ 'a.json': other });
    expect(differences).to.deep.equal([
      { what: 'address', diff: ['- https://eu.acme.example', '+ https://api.acme.example'] },
      { what: 'framing of the body', diff: ['- none', '+ content-length'] },
      { what: "order of the body's keys", diff: ['- messages', '  model', '+ messages', '  tools'] },
    ]);
  });

  it('counts the order of the query', async () => {
    const path = '/v1/models/acme-1:reply?b=2&alt=sse';
    const both = operation({ path: '/v1/models/{model}:reply?alt=sse&b=2' });
    expect(await only({ 'a.json': { ...capture, path } }, { operations: [both] })).to.have.property(
      'verdict',
      'missing',
    );
  });

  it('takes the nearest of several', async () => {
    const far = operation({ id: 'acme/far', headers: [['Host', '{host}'], ...operation().profile.headers.slice(6)] });
    const { profile, verdict } = await only({ 'a.json': capture }, { operations: [far, operation(), far] });
    expect({ profile, verdict }).to.deep.equal({ profile: 'acme/api_key/reference/replies', verdict: 'equal' });
    expect(await only({ 'a.json': capture }, { operations: [far] })).to.include({
      profile: 'acme/far',
      verdict: 'different',
    });
  });

  it('says missing for another application, version, method or path, and so for every new file', async () => {
    const files = {
      'a.json': { ...capture, app: 'other' },
      'b.json': { ...capture, version: '2.0' },
      'c.json': { ...capture, method: 'GET' },
      'd.json': { ...capture, path: '/v1/models/%zz:answer?alt=sse' },
      'e.json': capture,
    };
    expect((await check(files)).map(({ verdict }) => verdict)).to.deep.equal([
      'missing',
      'missing',
      'missing',
      'missing',
      'equal',
    ]);
  });

  it('says what it does not understand of a file, and names what nobody recorded', async () => {
    const results = await check({
      'a.txt': 'no JSON',
      'b.json': { something: 'else' },
      'c.json': { ...capture, headers: [['Accept', { fancy: true }]] },
      'c2.json': { ...capture, headers: [['Accept', { pattern: '(' }]] },
      'd.json': { source: 'read from source', items: [{}, {}] },
    });
    expect(results.map(({ file, verdict }) => [file, verdict])).to.deep.equal([
      ['a.txt', 'unreadable'],
      ['b.json', 'unreadable'],
      ['c.json', 'unreadable'],
      ['c2.json', 'unreadable'],
      ['d.json', 'described'],
    ]);
    expect(results[1]!.note).to.contain('neither "headers"');
    expect(results[2]!.note).to.contain('headers.0.1');
    expect(results[3]!.note).to.contain('regular expression');
    expect(results[4]!.note).to.equal('2 described, not captured; not compared');
  });

  it('shows a request that cannot be made as a difference', async () => {
    const broken: WireOperation = {
      ...operation(),
      samples: () => {
        throw new Error('no project');
      },
    };
    const results = [
      await only({ 'a.json': capture }, { operations: [broken] }),
      await only({ 'a.json': capture }, { operations: [{ ...operation(), samples: () => [] }] }),
    ];
    expect(results.map(({ differences }) => differences)).to.deep.equal([
      [{ what: 'not sent', diff: ['+ no project'] }],
      [{ what: 'not sent', diff: ['+ it gives no sample'] }],
    ]);
    expect(await only({ 'a.json': capture }, { operations: [broken, operation()] })).to.have.property(
      'verdict',
      'equal',
    );
  });

  it('sends nothing to the address a sample names', async () => {
    const elsewhere: WireOperation = {
      ...operation(),
      samples: (example) =>
        operation()
          .samples(example)
          .map((sample) => ({ ...sample, origin: 'http://127.0.0.1:1' })),
    };
    expect(await only({ 'a.json': capture }, { operations: [elsewhere] })).to.have.property('verdict', 'equal');
  });

  it('compares parameters of a form in their order', async () => {
    const body = { encoding: 'form', keys: ['grant_type', 'code'] } as const;
    const of = (pairs: unknown) => ({ 'a.json': { ...capture, body_encoding: 'form', body: pairs } });
    const form = operation({ body });
    const operations = [{ ...form, samples: formSamples(form, body) }];
    const right = [
      ['grant_type', 'auth code'],
      ['code', '<redacted>'],
    ];
    expect(await only(of(right), { operations })).to.have.property('verdict', 'equal');
    expect((await only(of(right.toReversed()), { operations })).differences).to.deep.equal([
      { what: 'parameters of the form', diff: ['- code=<redacted>', '  grant_type=auth code', '+ code=x'] },
    ]);
    expect(await only(of({ not: 'pairs' }), { operations })).to.have.property('verdict', 'unreadable');
  });
});

const formSamples =
  ({ profile }: WireOperation, body: NonNullable<WireProfile['body']>): WireOperation['samples'] =>
  ({ origin, path }) => [
    {
      profile,
      origin,
      slots: { model: path.model, version: '1', identity: 'ours', key: 'secret' },
      body: orderedBody(body, { grant_type: 'auth code', code: 'x' }),
    },
  ];
