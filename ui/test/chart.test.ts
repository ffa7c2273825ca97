import { expect } from 'chai';
import fc from 'fast-check';
import { drawnOf, gridOf, labelledPlaces, MOST_SERIES, placesOf, sumsOf } from '../src/text/chart.js';

const one = (name: string, ...points: [x: number | string, y: number | null][]) => ({ name, points });

describe('what a chart draws', () => {
  it('has a place for every point of every series, numbers in their order', () => {
    expect(placesOf([one('a', ['1 Nov', 1], ['2 Nov', 2]), one('b', ['3 Nov', 1])])).to.deep.equal([
      ...['1 Nov', '2 Nov', '3 Nov'],
    ]);
    expect(placesOf([one('a', [30, 1]), one('b', [4, 1])])).to.deep.equal([4, 30]);
  });

  it('keeps order and colour of a series whatever it holds, and a missing value missing', () => {
    const [first, second] = drawnOf([one('a', ['x', null]), { ...one('b', ['y', 2]), slot: 7 }], true);
    expect(first).to.deep.equal({ name: 'a', slot: 1, values: [null, null] });
    expect(second).to.deep.equal({ name: 'b', slot: 7, values: [null, 2] });
  });

  it('adds up parts beyond five as "other"; the whole stays the same', () => {
    const some = fc.array(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 3, maxLength: 3 }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(some, (rows) => {
        const series = rows.map((row, index) => one(`s${index}`, ...row.map((y, x): [number, number] => [x, y])));
        const drawn = drawnOf(series, true);
        const whole = [0, 1, 2].map((x) => rows.reduce((all, row) => all + row[x]!, 0));
        expect(sumsOf(drawn)).to.deep.equal(whole);
        expect(drawn.length).to.be.at.most(MOST_SERIES + 1);
        expect(drawn.some(({ name }) => name === 'other')).to.equal(rows.length > MOST_SERIES);
      }),
    );
  });

  it('cannot add up levels: those beyond five are left to the table', () => {
    const series = Array.from({ length: 7 }, (_, index) => one(`s${index}`, [0, index]));
    expect(drawnOf(series, false).map(({ name }) => name)).to.deep.equal(['s0', 's1', 's2', 's3', 's4']);
  });

  it('has round grid lines from zero to above the most, and not far above', () => {
    expect(gridOf(4.86)).to.deep.equal([6, 4, 2, 0]);
    expect(gridOf(5.4)).to.deep.equal([6, 4, 2, 0]);
    expect(gridOf(0.29)).to.deep.equal([0.3, 0.2, 0.1, 0]);
    expect(gridOf(0)).to.deep.equal([1, 0]);
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (most) => {
        const lines = gridOf(most);
        expect(lines.at(-1)).to.equal(0);
        expect(lines[0]).to.be.at.least(most * (1 - 1e-9));
        expect(lines[0]).to.be.at.most(most * 2);
        expect(lines.length).to.be.within(3, 4);
      }),
    );
  });

  it('names the last place and even steps before it, never more than fit', () => {
    expect([...labelledPlaces(14, 7)]).to.deep.equal([0, 2, 4, 6, 8, 10, 12, 13]);
    expect([...labelledPlaces(1, 8)]).to.deep.equal([0]);
    expect([...labelledPlaces(0, 8)]).to.deep.equal([]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (count) => {
        const labelled = labelledPlaces(count, 8);
        return labelled.size <= 9 && labelled.has(count - 1);
      }),
    );
  });
});
