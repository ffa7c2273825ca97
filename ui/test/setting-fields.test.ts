import { expect } from 'chai';
import { changed, problemIn, problemsOf, settingFields, shownIn } from '../src/text/setting-fields.js';

const schema = {
  type: 'object',
  properties: {
    baseUrl: { type: 'string', pattern: '^https?://', description: 'Where it answers' },
    api: { anyOf: [{ const: 'auto' }, { const: 'chat' }], title: 'API' },
    timeoutMs: { type: 'integer', minimum: 1, maximum: 10 },
    verbose: { type: 'boolean' },
    oauth: {
      type: 'object',
      properties: { clientId: { type: 'string', minLength: 2 }, clientSecret: { type: 'string' } },
    },
    languages: { type: 'object', patternProperties: { '.*': { type: 'string' } } },
  },
};
const settings = { baseUrl: 'https://a.example', api: 'auto', timeoutMs: 5, verbose: true, oauth: { clientId: 'me' } };
const fields = settingFields(schema, settings, ['oauth.clientSecret']);
const field = (path: string) => fields.find((one) => one.path === path)!;

describe('the fields of the settings of a plugin', () => {
  it('are made from its schema, maps with known keys as groups', () => {
    expect(fields.map(({ path, group, label, kind }) => [path, group, label, kind])).to.deep.equal([
      ['baseUrl', '', 'Base url', 'text'],
      ['api', '', 'API', 'choice'],
      ['timeoutMs', '', 'Timeout ms', 'whole'],
      ['verbose', '', 'Verbose', 'switch'],
      ['oauth.clientId', 'Oauth', 'Client id', 'text'],
      ['oauth.clientSecret', 'Oauth', 'Client secret', 'secret'],
      ['languages', '', 'Languages', 'json'],
    ]);
    expect([
      shownIn(field('timeoutMs')),
      shownIn(field('oauth.clientSecret')),
      shownIn(field('languages')),
    ]).to.deep.equal(['5', '', '']);
    expect(settingFields(null, {}, [])).to.deep.equal([]);
  });

  const typed: [path: string, text: string, problem: RegExp][] = [
    ['baseUrl', 'ftp://x', /fit/],
    ['timeoutMs', '2.5', /whole/],
    ['timeoutMs', '0', /1 or more/],
    ['timeoutMs', '11', /10 at most/],
    ['timeoutMs', 'many', /no number/],
    ['timeoutMs', '', /^$/],
    ['oauth.clientId', 'x', /2 characters/],
    ['oauth.clientSecret', '', /^$/],
    ['languages', '{"a": ', /JSON/],
    ['languages', '{"a": "b"}', /^$/],
  ];
  for (const [path, text, problem] of typed) {
    it(`say what is wrong with ${JSON.stringify(text)} in ${path}`, () => {
      expect(problemIn(field(path), text)).to.match(problem);
    });
  }

  it('give what was changed alone, and null where the default is wanted again', () => {
    const all = new Map<string, string | boolean>([
      ['baseUrl', 'https://a.example'],
      ['timeoutMs', ''],
      ['verbose', false],
      ['oauth.clientSecret', 'new'],
      ['languages', '{"a": "b"}'],
    ]);
    expect(changed(fields, all)).to.deep.equal({
      timeoutMs: null,
      verbose: false,
      oauth: { clientSecret: 'new' },
      languages: { a: 'b' },
    });
    expect(changed(fields, new Map([['verbose', true]]))).to.deep.equal({});
  });

  it('find their place in the words of the server', () => {
    const message = '@me/mine: timeoutMs must be integer; oauth.clientId must be longer; unknown key "x"';
    expect([...problemsOf(message, fields)]).to.deep.equal([
      ['timeoutMs', 'must be integer'],
      ['oauth.clientId', 'must be longer'],
      ['', 'unknown key "x"'],
    ]);
  });
});
