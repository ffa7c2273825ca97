import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { Panel } from '../../src/extension/panel.js';
import { Panels } from '../../src/extension/registry.js';
import { createLog } from '../../src/log.js';
import { PanelRuns } from '../../src/panels/panel-runs.js';
import type { PanelShown } from '../../src/protocol/panels.js';
import type { View } from '../../src/protocol/views.js';

const say = (text: string): View => ({ type: 'markdown', text });
const textOf = ({ view }: PanelShown) => (view?.type === 'markdown' ? view.text : null);

/** Keeps what it was told, and can wait for something to be told. */
class Viewer {
  readonly told: PanelShown[] = [];
  #waiting: (() => void)[] = [];
  readonly tell = (shown: PanelShown) => {
    this.told.push(shown);
    for (const look of this.#waiting) look();
  };
  get last(): PanelShown {
    return this.told.at(-1)!;
  }
  until(find: (shown: PanelShown) => boolean): Promise<PanelShown> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.told.length > 0 && find(this.last)) resolve(this.last);
      };
      this.#waiting.push(look);
      look();
    });
  }
}

describe('panels that run', () => {
  let panels: Panels;
  let runs: PanelRuns;
  let lines: string[];
  const add = (view: Panel['view'], more: Partial<Panel> = {}) =>
    panels.add({ id: 'p', title: 'P', slot: 'dashboard', view, ...more }, 'maker');
  beforeEach(() => {
    panels = new Panels();
    lines = [];
    const log = createLog({ sinks: [{ write: (line) => lines.push(line) }] });
    runs = new PanelRuns({ panels, log, times: { firstMs: 150, endMs: 50, actionMs: 150 } });
  });
  afterEach(() => runs.close());

  it('begin with the first who looks, are one for all, and end with the last', async () => {
    const steps: string[] = [];
    add(async function* (_ctx, signal) {
      steps.push('begun');
      signal.addEventListener('abort', () => steps.push('aborted'));
      try {
        for (let n = 0; ; n += 1) {
          yield say(String(n));
          await delay(5, undefined, { signal });
        }
      } finally {
        steps.push('cleaned up');
      }
    });
    await delay(30);
    expect(steps, 'nobody looks').to.deep.equal([]);
    const [a, b] = [new Viewer(), new Viewer()];
    const leaveA = runs.watch('p', undefined, a.tell);
    expect(a.last.state).to.equal('loading');
    await a.until(({ state }) => state === 'live');
    const leaveB = runs.watch('p', undefined, b.tell);
    expect(b.last, 'who comes later sees at once what is shown').to.deep.equal(a.last);
    await b.until((shown) => textOf(shown) !== '0');
    expect(a.last).to.equal(b.last);
    leaveA();
    leaveA();
    expect([steps, runs.running]).to.deep.equal([['begun'], 1]);
    leaveB();
    await delay(30);
    expect(steps).to.deep.equal(['begun', 'aborted', 'cleaned up']);
    expect(runs.running).to.equal(0);
  });

  it('tell five times a second at most, the newest, and say what was left out', async () => {
    add(async function* () {
      for (let n = 0; ; n += 1) yield say(String(n));
    });
    const viewer = new Viewer();
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    const leave = runs.watch('p', undefined, viewer.tell);
    await delay(1_100);
    leave();
    clearInterval(timer);
    const live = viewer.told.filter(({ state }) => state === 'live');
    expect(live.length).to.be.within(3, 7);
    expect(Number(textOf(live.at(-1)!))).to.be.greaterThan(live.length);
    expect(live.at(-1)?.left_out[0]).to.match(/^updates: the newest of about \d+ a second/);
    expect(turns, 'a panel that never waits leaves the process its turn').to.be.greaterThan(40);
  });

  it('once shows the first view and lets go', async () => {
    let isOver = false;
    add(async function* (_ctx, signal) {
      signal.addEventListener('abort', () => {
        isOver = true;
      });
      await delay(20);
      yield say('here');
      await delay(10_000, undefined, { signal });
    });
    const shown = await runs.once('p');
    expect([shown.state, textOf(shown), shown.panel?.plugin]).to.deep.equal(['live', 'here', 'maker']);
    expect([isOver, runs.running]).to.deep.equal([true, 0]);
  });

  const broken: [what: string, view: Panel['view'], code: string, message: RegExp][] = [
    [
      'throws at once',
      () => {
        throw new Error('no door');
      },
      'panel.failed',
      /^no door$/,
    ],
    [
      'throws later',
      async function* () {
        yield say('first');
        throw new Error('out of paint');
      },
      'panel.failed',
      /^out of paint$/,
    ],
    [
      'gives no view',
      async function* () {
        yield { type: 'html' } as never;
      },
      'panel.view',
      /unknown type/,
    ],
    ['is no generator', (() => 42) as never, 'panel.failed', /asyncIterator|iterable|function/],
    [
      'never shows anything',
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }),
      'panel.slow',
      /within 0.15 s/,
    ],
    [
      'ends without a word',
      () => ({ [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }) }),
      'panel.view',
      /before it showed anything/,
    ],
  ];
  for (const [what, view, code, message] of broken) {
    it(`one that ${what} is told as broken, and nothing else is`, async () => {
      add(view);
      panels.add(
        {
          id: 'other',
          title: 'O',
          slot: 'dashboard',
          view: async function* () {
            yield say('fine');
          },
        },
        'x',
      );
      const viewer = new Viewer();
      const leave = runs.watch('p', undefined, viewer.tell);
      const { error } = await viewer.until(({ state }) => state === 'error');
      expect(error?.code).to.equal(code);
      expect(error?.message).to.match(message);
      expect(lines.join('')).to.contain('"part":"maker"').and.contain('the panel p broke');
      expect(textOf(await runs.once('other'))).to.equal('fine');
      leave();
    });
  }

  it('one that does not end when told to is left behind and named', async () => {
    add(async function* () {
      yield say('stubborn');
      await new Promise(() => undefined);
    });
    const leave = runs.watch('p', undefined, () => undefined);
    await delay(60);
    leave();
    await delay(120);
    expect(lines.join('')).to.contain('does not end though it was told to');
    expect(textOf(await runs.once('p')), 'and can be begun anew').to.equal('stubborn');
  });

  it('are restarted for all who look, and keep the last view until there is another', async () => {
    let isGood = false;
    add(async function* () {
      yield say(isGood ? 'good' : 'bad');
      if (!isGood) throw new Error('broken');
    });
    const viewer = new Viewer();
    const leave = runs.watch('p', undefined, viewer.tell);
    const broke = await viewer.until(({ state }) => state === 'error');
    expect(textOf(broke)).to.equal('bad');
    isGood = true;
    runs.restart('p', undefined);
    expect([viewer.last.state, textOf(viewer.last)]).to.deep.equal(['loading', 'bad']);
    expect((await viewer.until((shown) => textOf(shown) === 'good')).error).to.equal(null);
    leave();
  });

  it('are off when their plugin goes, and go on when it comes back', async () => {
    const view: Panel['view'] = async function* () {
      yield say('on');
    };
    const remove = add(view);
    const viewer = new Viewer();
    const leave = runs.watch('p', undefined, viewer.tell);
    await viewer.until(({ state }) => state === 'live');
    await remove();
    expect(viewer.last).to.include({ state: 'off', panel: null });
    add(view, { title: 'P again' });
    expect((await viewer.until(({ state }) => state === 'live')).panel?.title).to.equal('P again');
    leave();
  });

  it('of the slot session are one for each session and know which', async () => {
    add(
      async function* ({ sessionId }) {
        yield say(sessionId ?? 'none');
      },
      { slot: 'session' },
    );
    const [a, b] = await Promise.all([runs.once('p', 'a'), runs.once('p', 'b')]);
    expect([textOf(a), textOf(b)]).to.deep.equal(['a', 'b']);
    expect(() => runs.watch('p', undefined, () => undefined)).to.throw(/stands beside a session/);
    expect(() => runs.watch('q', undefined, () => undefined)).to.throw(/there is no panel "q"; there are: p/);
  });

  it('do what their actions say, and tell what went wrong', async () => {
    const got: unknown[] = [];
    add(
      async function* () {
        yield say('');
      },
      {
        actions: {
          save: (input, ctx) => void got.push(input, ctx),
          fail: async () => {
            throw new Error('no such file');
          },
          hang: () => new Promise(() => undefined),
        },
      },
    );
    await runs.act('p', 'save', { a: 1 });
    expect(got).to.deep.equal([{ a: 1 }, { sessionId: undefined }]);
    const codeOf = (act: Promise<unknown>) =>
      act.then(
        () => 'done',
        (error: { code: string }) => error.code,
      );
    expect(await codeOf(runs.act('p', 'fail', {}))).to.equal('panel.failed');
    expect(await codeOf(runs.act('p', 'hang', {}))).to.equal('panel.slow');
    expect(await codeOf(runs.act('p', 'toString', {}))).to.equal('panel.action_unknown');
  });
});
