import type { ActivityNote, BudgetResource, CallSums, UsageGroup } from '@maestro/core/protocol';
import { expect } from 'chai';
import fc from 'fast-check';
import { tellOfBudgets } from '../src/state/budget-news.js';
import { Signal } from '../src/state/signal.js';
import { amountIn, budgetsInForce, levelOf, shareIn } from '../src/text/budget-rows.js';
import { csv } from '../src/text/csv.js';
import { activityName, comparedWith, forecast, placesOf, seriesOf, written } from '../src/text/usage-figures.js';
import { before, daysOf, periodName, searchOf, viewOf } from '../src/text/usage-view.js';

const TODAY = '2026-03-30';
const sums = (set: Partial<CallSums>): CallSums => ({
  ...{ calls: 1, request_tokens: 10, response_tokens: 2, cached_tokens: 0, cache_write_tokens: 0, reasoning_tokens: 0 },
  ...{ total_cost_usd: '1', unpriced_calls: 0, estimated: false },
  ...set,
});

describe('what of the usage is looked at', () => {
  it('stands in the address and comes from it the same, for any of it', () => {
    const word = fc.string({ minLength: 1, maxLength: 12 });
    const filters = fc.record({ provider: word, model: word, agent: word, activity: word }, { requiredKeys: [] });
    const period = fc.constantFrom('period=today', 'period=7', '', 'period=90', 'from=2026-01-05&to=2026-02-01');
    fc.assert(
      fc.property(filters, period, fc.boolean(), (some, time, isTokens) => {
        const asked = `${time}&${new URLSearchParams(some)}${isTokens ? '&measure=tokens' : ''}`;
        const view = viewOf(asked, TODAY);
        expect(viewOf(searchOf(view), TODAY)).to.deep.equal(view);
        expect(view).to.include(some);
      }),
    );
  });

  it('is the last fourteen days where nothing is said, or nothing that makes sense', () => {
    for (const search of [
      '',
      '?period=13',
      '?from=2026-02-30&to=2026-03-01',
      '?from=2026-03-02&to=2026-03-01',
      '?to=2026-03-01',
    ])
      expect(viewOf(search, TODAY), search).to.deep.equal({
        period: '14',
        from: '2026-03-17',
        to: TODAY,
        measure: 'cost',
      });
    expect(searchOf(viewOf('', TODAY))).to.equal('');
  });

  it('counts days as days, also where one has 23 hours', () => {
    const view = viewOf('?period=7', TODAY);
    expect(daysOf(view)).to.deep.equal([24, 25, 26, 27, 28, 29, 30].map((day) => `2026-03-${day}`));
    expect(before(view)).to.include({ from: '2026-03-17', to: '2026-03-23' });
    expect(periodName(view)).to.equal('7 days');
    expect(periodName(viewOf('?from=2026-03-01&to=2026-03-09', TODAY))).to.equal('1 Mar to 9 Mar');
  });
});

describe('figures of usage', () => {
  it('never write an unknown price as zero, and mark what is estimated', () => {
    expect(written(sums({ total_cost_usd: null, unpriced_calls: 1 }), 'cost')).to.equal('no price');
    expect(written(sums({ total_cost_usd: '0.3', estimated: true }), 'cost')).to.equal('~$0.30');
    expect(written(sums({ calls: 0, total_cost_usd: null }), 'cost')).to.equal('$0.00');
    expect(written(sums({ request_tokens: 9_000_000 }), 'tokens')).to.equal('9.00 M');
  });

  it('make a series of each provider with a point for every day, in the order given', () => {
    const items: UsageGroup[] = [
      { ...sums({ total_cost_usd: '2' }), day: '2026-03-02', provider: 'b' },
      { ...sums({ total_cost_usd: null }), day: '2026-03-01', provider: 'a' },
    ];
    const providers = ['a', 'b'].map((id, index) => ({ id, label: id.toUpperCase(), slot: index + 3 }));
    expect(seriesOf(items, providers, ['2026-03-01', '2026-03-02'], 'cost')).to.deep.equal([
      {
        name: 'A',
        slot: 3,
        points: [
          ['2026-03-01', null],
          ['2026-03-02', 0],
        ],
      },
      {
        name: 'B',
        slot: 4,
        points: [
          ['2026-03-01', 0],
          ['2026-03-02', 2],
        ],
      },
    ]);
  });

  it('of one day stand at its hours so far, and wherever something was used', () => {
    const view = viewOf(`?from=${TODAY}&to=${TODAY}`, TODAY);
    const odd = '2026-03-30T05:30:00.000Z';
    const places = placesOf(view, new Date(2026, 2, 30, 2, 10), [{ ...sums({}), hour: odd }]);
    const hours = [0, 1, 2].map((hour) => new Date(2026, 2, 30, hour).toISOString());
    expect(places).to.have.members([...hours, odd]);
    expect(places).to.deep.equal([...places].sort());
  });

  it('are compared with the time before, and carried on to its end', () => {
    expect(comparedWith('11', '10')).to.equal('10\u202f% more than before');
    expect(comparedWith('5', '10')).to.equal('50\u202f% less than before');
    expect(comparedWith(null, '10')).to.equal('100\u202f% less than before');
    expect(comparedWith('5', null)).to.equal('nothing before to compare with');
    expect(forecast(50, 0, 100, 50)).to.equal(100);
    expect(forecast(50, 0, 100, 1)).to.equal(null);
  });

  it('name what calls were made for', () => {
    expect(['conversation', 'sub_agent', 'web_fetch'].map(activityName)).to.deep.equal([
      'Conversation',
      'Sub-agents',
      'Web fetch',
    ]);
  });
});

describe('budgets as a list', () => {
  const budget = (set: Partial<BudgetResource>): BudgetResource => ({
    ...{ id: null, scope: 'day', session_id: null, limit_usd: '10', warn_at: 0.8, source: 'config', spent_usd: '0' },
    ...{ unpriced_calls: 0, created_at: null, updated_at: null },
    ...set,
  });

  it('are those that count: what people set above the configuration, then single sessions', () => {
    const own = budget({ id: '1', source: 'user' });
    const single = budget({ id: '2', source: 'user', scope: 'session', session_id: 's' });
    const turn = budget({ scope: 'turn' });
    expect(budgetsInForce([budget({}), turn, own, single])).to.deep.equal([own, turn, single]);
  });

  it('warn from their share on, and are full at their limit', () => {
    expect(['7.99', '8', '10', '11'].map((spent_usd) => levelOf(budget({ spent_usd })))).to.deep.equal([
      'ok',
      'warn',
      'full',
      'full',
    ]);
    expect(levelOf(budget({ limit_usd: null }))).to.equal(null);
    expect(levelOf(budget({ spent_usd: null }))).to.equal(null);
  });

  it('take amounts and shares as people write them, and nothing else', () => {
    expect(['10', ' $0.50 ', '1.123456789012', '', '-1', '1e3', '1,5', 'x'].map(amountIn)).to.deep.equal([
      ...['10', '0.50', '1.123456789012', null, null, null, null, null],
    ]);
    expect(['80', '80 %', '12.5%', '0', '101', '', 'x'].map(shareIn)).to.deep.equal([
      0.8,
      0.8,
      0.125,
      0,
      null,
      null,
      null,
    ]);
  });
});

describe('a table for other programs', () => {
  it('quotes what needs it and lets nothing be a formula', () => {
    const text = csv(
      ['name', 'n'],
      [
        ['a "b", c', 1.5],
        ['=1+2', null],
        ['@x\r\ny', 0],
      ],
    );
    expect(text).to.equal(`name,n\r\n"a ""b"", c",1.5\r\n'=1+2,\r\n"'@x\r\ny",0\r\n`);
  });
});

describe('news of budgets', () => {
  it('are told once, where they are fresh, with the way to the budgets', () => {
    const notes = new Signal<readonly ActivityNote[]>([]);
    const shown: unknown[][] = [];
    tellOfBudgets(notes, { show: (...words) => shown.push(words) }, () => Date.parse('2026-03-30T12:00:10Z'));
    const who = { session_id: 's', agent_name: 'Atlas' };
    const text = 'used 82 % of the budget for today: 8.2 of 10 USD';
    const fresh: ActivityNote = { id: 2, at: '2026-03-30T12:00:00Z', ...who, kind: 'budget', text };
    notes.value = [fresh, { ...fresh, id: 1, at: '2026-03-30T11:00:00Z' }, { ...fresh, id: 3, kind: 'done' }];
    notes.value = [...notes.value];
    expect(shown).to.deep.equal([
      ['info', 'Atlas used 82 % of the budget for today', '8.2 of 10 USD', { label: 'Usage', href: '/usage' }],
    ]);
  });
});
