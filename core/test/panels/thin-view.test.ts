import { expect } from 'chai';
import { thinView, VIEW_LIMITS } from '../../src/panels/thin-view.js';
import type { View } from '../../src/protocol/views.js';

const fault = (view: unknown) => {
  try {
    thinView(view);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it was taken');
};
const points = (count: number): [number, number][] => Array.from({ length: count }, (_, index) => [index, index % 7]);

const every: View = {
  type: 'stack',
  title: 'All',
  items: [
    { type: 'row', items: [{ type: 'stat', label: 'Passed', value: '318', unit: 'tests', tone: 'good' }] },
    { type: 'gauge', label: 'CPU', value: 23, max: 100, unit: '%' },
    { type: 'series', label: 'Load', lines: [{ name: 'one', points: [[1, 2]] }] },
    { type: 'table', columns: [{ key: 'a', label: 'A', align: 'end' }], rows: [{ a: 1 }, { a: null }] },
    { type: 'log', lines: [{ at: '2026-11-27T10:00:00Z', text: 'hello', tone: 'warn' }] },
    { type: 'markdown', text: '# Title' },
    { type: 'tree', nodes: [{ label: 'root', open: true, children: [{ label: 'leaf', detail: 'x' }] }] },
    { type: 'form', action: 'save', submit: 'Save', fields: [{ name: 'a', label: 'A', kind: 'text', value: 'v' }] },
    { type: 'button', label: 'Go', action: 'go', confirm: 'Sure?' },
  ],
};

describe('a view on its way to those who look', () => {
  it('passes as it is where it fits', () => {
    expect(thinView(every)).to.deep.equal({ view: every, leftOut: [] });
  });

  it('keeps 500 points of a line with its first and last, and says so', () => {
    const view = { type: 'series', label: 'L', lines: [{ name: 'n', points: points(10_000) }] };
    const { view: thin, leftOut } = thinView(view);
    const [line] = (thin as typeof view).lines;
    expect(line?.points).to.have.length(VIEW_LIMITS.points);
    expect([line?.points[0], line?.points.at(-1)]).to.deep.equal([points(1)[0], points(10_000).at(-1)]);
    expect(leftOut).to.deep.equal(['a chart: 500 of 10000 points']);
  });

  it('keeps the first 200 rows, the last 200 lines and 200 entries of a tree', () => {
    const rows = Array.from({ length: 900 }, (_, n) => ({ n }));
    const lines = rows.map(({ n }) => ({ at: '', text: String(n) }));
    const nodes = rows.map(({ n }) => ({ label: String(n), children: [{ label: 'below' }] }));
    const { view, leftOut } = thinView({
      type: 'row',
      items: [
        { type: 'table', columns: [{ key: 'n', label: 'N' }], rows },
        { type: 'log', lines },
        { type: 'tree', nodes },
      ],
    });
    const [table, log, tree] = (
      view as unknown as { items: [{ rows: unknown[] }, { lines: unknown[] }, { nodes: unknown[] }] }
    ).items;
    expect(table.rows).to.deep.equal(rows.slice(0, 200));
    expect(log.lines).to.deep.equal(lines.slice(-200));
    expect(tree.nodes).to.have.length(100);
    expect(leftOut).to.deep.equal([
      'a table: the first 200 of 900 rows',
      'a log: the last 200 of 900 lines',
      'a tree: its first 200 entries',
    ]);
  });

  it('is thinned further until it is no larger than 64 KB', () => {
    const lines = Array.from({ length: 200 }, (_, n) => ({ at: '', text: `${n} ${'x'.repeat(1_000)}` }));
    const { view, leftOut } = thinView({ type: 'log', lines });
    expect(JSON.stringify(view).length).to.be.within(40_000, VIEW_LIMITS.bytes);
    expect(leftOut).to.deep.equal(['a log: the last 50 of 200 lines']);
    expect(fault({ type: 'markdown', text: 'é'.repeat(40_000) }).code).to.equal('panel.large');
  });

  it('never gives back what was typed into a secret field', () => {
    const fields = [{ name: 'key', label: 'Key', kind: 'secret', value: 'CANARY' }];
    expect(JSON.stringify(thinView({ type: 'form', action: 'a', submit: 'S', fields }))).not.to.contain('CANARY');
  });

  const bad: [what: string, view: unknown, place: RegExp][] = [
    ['nothing', undefined, /^view is no part/],
    ['a text', 'hello', /^view is no part/],
    ['an unknown type', { type: 'html', text: '<b>' }, /^view has the unknown type "html"/],
    ['a key nobody knows', { type: 'markdown', text: '', onclick: 'x' }, /^view/],
    ['a number that is none', { type: 'gauge', label: '', value: Number.NaN, max: 1 }, /^view\.value/],
    [
      'a wrong part far inside',
      { type: 'row', items: [{ type: 'stat', label: 1, value: '' }] },
      /^view\.items\.0\.label/,
    ],
    [
      'a point without a value',
      { type: 'series', label: '', lines: [{ name: '', points: [[1]] }] },
      /^view\.lines\.0\.points\.0/,
    ],
  ];
  for (const [what, view, place] of bad) {
    it(`is refused with the place where it holds ${what}`, () => {
      expect(fault(view)).to.include({ code: 'panel.view' }).and.property('message').match(place);
    });
  }

  it('is refused where it has no end', () => {
    const loop: { type: string; items: unknown[] } = { type: 'stack', items: [] };
    loop.items.push(loop);
    expect(fault(loop).message).to.match(/deeper than 12 levels/);
    const wide = { type: 'row', items: Array.from({ length: 600 }, () => ({ type: 'markdown', text: '' })) };
    expect(fault(wide).message).to.match(/more than 500 parts/);
  });
});
