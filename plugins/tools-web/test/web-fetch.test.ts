import { MaestroError, type SideRequest, text } from '@maestro/core';
import { toolCall } from '@maestro/core/testing';
import { expect } from 'chai';
import { articlePage, openSite, refusalOf, type Site, wordsOf } from './support.js';

describe('asking about pages', () => {
  let site: Site;
  const asked: SideRequest[] = [];
  const ask = async (request: SideRequest) => {
    asked.push(request);
    return { parts: [text('It is [1].')], provider: 'p', model: 'm', reason: 'stop' as const };
  };
  before(async () => {
    site = await openSite(({ url }, response) => {
      if (url === '/gone') response.writeHead(404).end();
      else response.setHeader('content-type', 'text/html').end(articlePage(`What ${url} says.`));
    });
  });
  beforeEach(() => asked.splice(0));
  after(() => site.close());

  it('gives a model the pages between marks no page knows, and its answer with their addresses', async () => {
    const prompt = `What do ${site.url}/a and ${site.url}/b say?`;
    const words = wordsOf(await site.ask.run({ prompt }, toolCall({ ask })));
    expect(words).to.equal(`It is [1].\n\nPages:\n[1] On & on: ${site.url}/a\n[2] On & on: ${site.url}/b`);
    const [request] = asked;
    const parts = (request?.messages[0]?.parts ?? []).map((part) => (part.type === 'text' ? part.text : part.type));
    expect(parts[0]).to.equal(prompt);
    expect(parts[1]).to.match(/^--- page \[1\] ([0-9a-f]{16}): [\s\S]*What \/a says\.\n--- end of page \[1\] \1$/);
    expect(request?.activity).to.equal('web_fetch');
  });

  it('goes on with the pages there are, and fails where there is none', async () => {
    const some = await site.ask.run({ prompt: `${site.url}/gone ${site.url}/a` }, toolCall({ ask }));
    expect(wordsOf(some)).to.match(/\[1\] On & on: \S+\/a\n\nNot read:\n\S+\/gone answered 404/);
    const none = await site.ask.run({ prompt: `${site.url}/gone http://127.0.0.1:${site.port}/` }, toolCall({ ask }));
    expect(none.is_error).to.equal(true);
    expect(wordsOf(none)).to.contain('404').and.to.contain('not on the public internet');
    expect(asked).to.have.lengthOf(1);
  });

  it('wants one to twenty addresses', async () => {
    expect(await refusalOf(site.ask.run({ prompt: 'What is new?' }, toolCall({ ask })))).to.match(/^web\.bad_address/);
    const many = Array.from({ length: 21 }, (_, index) => `${site.url}/${index}`).join(' ');
    expect(await refusalOf(site.ask.run({ prompt: many }, toolCall({ ask })))).to.match(/names 21 pages/);
  });

  it('is about each of its pages, for the rules of a person', () => {
    expect(site.ask.subject?.({ prompt: 'HTTPS://A.org and http://b.org:80/x#y' })).to.deep.equal([
      'https://a.org/',
      'http://b.org/x',
    ]);
    expect(site.ask.subject?.({ prompt: 'https://a.org' })).to.equal('https://a.org/');
  });

  it('fails with what its model failed with', async () => {
    const fails = () => Promise.reject(new MaestroError('credential.missing', 'no key'));
    expect(await refusalOf(site.ask.run({ prompt: `${site.url}/a` }, toolCall({ ask: fails })))).to.contain('no key');
  });
});
