import { MaestroError, type SideReply, type SideRequest, text } from '@maestro/core';
import { toolCall } from '@maestro/core/testing';
import { expect } from 'chai';
import { googleWebSearch } from '../src/google-web-search.js';
import { refusalOf, wordsOf } from './support.js';

describe('searching the web', () => {
  const reply: SideReply = { parts: [text('Found.')], provider: 'p', model: 'm', reason: 'stop' };
  const other = { provider: 'other', model: 'searching' };
  const onlyOther = async ({ model }: SideRequest) => {
    if (!model) throw new MaestroError('provider.no_search', 'Local does not search the web for its models.');
    return { ...reply, sources: [{ url: 'https://a.org/', title: 'A' }] };
  };

  it('asks a model that may search, and lists its sources', async () => {
    const asked: SideRequest[] = [];
    const sources = [
      { url: 'https://a.org/', title: 'A' },
      { url: 'https://b.org/', title: '' },
    ];
    const ask = async (request: SideRequest) => {
      asked.push(request);
      return { ...reply, sources };
    };
    const words = wordsOf(await googleWebSearch(undefined).run({ query: 'what' }, toolCall({ ask })));
    expect(words).to.equal('Found.\n\nSources:\n[1] A: https://a.org/\n[2] https://b.org/');
    expect(asked).to.have.lengthOf(1);
    expect(asked[0]).to.include({ activity: 'web_search', webSearch: true });
  });

  it('goes to the provider of the settings where the own one does not search, and else says so', async () => {
    const call = toolCall({ ask: onlyOther });
    expect(wordsOf(await googleWebSearch(other).run({ query: 'what' }, call))).to.contain('[1] A: https://a.org/');
    expect(await refusalOf(googleWebSearch(undefined).run({ query: 'what' }, call))).to.match(
      /^provider\.no_search Local does not search .*searchWith/,
    );
  });

  it('says where a search rests on nothing', async () => {
    const words = wordsOf(await googleWebSearch(undefined).run({ query: 'x' }, toolCall({ ask: async () => reply })));
    expect(words).to.contain('named no sources');
  });
});
