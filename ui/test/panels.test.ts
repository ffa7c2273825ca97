import type { SeriesView } from '@maestro/core/protocol';
import { expect } from 'chai';
import { figure, finding, gaugeText, shareOf } from '../src/text/panel-figures.js';
import { arranged, hide, moved, readPlaces, unhide, untouched } from '../src/text/panel-places.js';
import { brings, glyphOf } from '../src/text/plugin-words.js';

describe('where panels stand', () => {
  const panels = ['a', 'b', 'c'].map((id) => ({ id }));
  const ids = (places = untouched) => arranged(panels, places).map(({ id }) => id);

  it('is as the server lists them, until somebody moves one', () => {
    expect(ids()).to.deep.equal(['a', 'b', 'c']);
    const places = moved(untouched, ids(), 'c', -1);
    expect(ids(places)).to.deep.equal(['a', 'c', 'b']);
    expect(ids(moved(places, ids(places), 'a', 1))).to.deep.equal(['c', 'a', 'b']);
    expect(moved(places, ids(places), 'a', -1), 'the first goes no further').to.equal(places);
  });

  it('leaves out what is hidden, and what is new comes last', () => {
    const places = hide({ order: ['c', 'a'], hidden: [] }, 'c');
    expect(ids(places)).to.deep.equal(['a', 'b']);
    expect(ids(unhide(places, 'c'))).to.deep.equal(['c', 'a', 'b']);
  });

  it('survives whatever the browser kept', () => {
    for (const text of [null, '', '{', '[]', '{"order":1,"hidden":[1,null]}']) {
      expect(readPlaces(text)).to.deep.equal(untouched);
    }
    expect(readPlaces('{"order":["a"],"hidden":["b"]}')).to.deep.equal({ order: ['a'], hidden: ['b'] });
  });
});

describe('the figures of a panel', () => {
  it('are short, and unknown where they are no numbers', () => {
    expect([figure(1234.567), figure(Number.NaN), figure(3)]).to.deep.equal(['1,234.57', '-', '3']);
    expect([shareOf(5, 10), shareOf(20, 10), shareOf(-1, 10), shareOf(1, 0)]).to.deep.equal([0.5, 1, 0, 0]);
    expect(gaugeText(23.4, 100, '%')).to.equal('23\u202f%');
    expect(gaugeText(3, 8, 'GB')).to.equal('3\u202fGB of 8\u202fGB');
  });

  it('of a chart are said as its finding', () => {
    const view: SeriesView = {
      type: 'series',
      label: 'Load',
      unit: '%',
      lines: [
        {
          name: 'CPU',
          points: [
            [1, 5],
            [2, 20],
            [3, 10],
          ],
        },
        { name: 'GPU', points: [] },
      ],
    };
    expect(finding(view)).to.equal('Load. CPU 10\u202f%, between 5 and 20. GPU: nothing yet');
  });
});

describe('what a plugin brings', () => {
  it('is counted in words, with the picture of what it brings most', () => {
    const contributes = { panels: ['a'], tools: ['b', 'c'], providers: [], auth: [] };
    expect(brings({ contributes }).map(({ text }) => text)).to.deep.equal(['1 panel', '2 tools']);
    expect(glyphOf({ contributes })).to.equal('wrench');
    expect(glyphOf({ contributes: { panels: [], tools: [], providers: [], auth: [] } })).to.equal('blocks');
  });
});
