import type { Fault, Reply } from '@maestro/provider-sim';
import { expect } from 'chai';
import { inMs, judge, median, quantile } from '../support/figures.js';
import { besideOneDown, type OneDownOptions } from '../support/one-down.js';
import { Random } from '../support/random.js';
import { Site, took } from '../support/site.js';
import { type OneProvider, trio } from '../support/three-providers.js';

/** What the contract allows. Each is a difference or a ratio within one run: the machine may be as slow as it likes. */
const allowed = { untilToldMs: 1_000, untilOnMs: 100, slowdown: 1.1 };

/** Providers have words of their own for a server that has too much to do. */
const busy = /^provider\.(overloaded|unavailable)$/;
const failures: readonly [what: string, fault: Fault, error: RegExp][] = [
  ['429', { type: 'status', status: 429 }, /^provider\.rate_limit$/],
  ['500', { type: 'status', status: 500 }, busy],
  ['529', { type: 'status', status: 529 }, busy],
  ['a closed connection', { type: 'reset' }, /^provider\.network$/],
  ['an error event', { type: 'error_event', at: 2 }, busy],
  ['an end before the terminal event', { type: 'eof', at: 150 }, /^provider\.interrupted$/],
];

describe('what providers do, by the clock', function () {
  this.timeout(600_000);
  const sites: Site[] = [];
  let site: Site;

  before(async () => {
    while (sites.length < 2) sites.push(await Site.start());
    site = sites[0]!;
  });
  after(async () => {
    for (const one of sites) await one.close();
  });
  beforeEach(() => {
    for (const one of sites) one.reset();
  });

  for (const provider of trio) {
    const sim = () => site.sims[provider.id];

    describe(`V1 a failed call to ${provider.id}`, () => {
      const failedAt = (): number => {
        const failed = sim().requests.at(-1);
        if (!failed?.overAt || !failed.fault) throw new Error('nothing failed');
        return failed.overAt;
      };

      for (const [what, fault, error] of failures) {
        it(`for ${what} is told with cause, attempt and time of the next within a second`, async () => {
          const session = await site.follow(provider);
          const told: number[] = [];
          const ordinary: number[] = [];
          for (let turn = 0; turn < 5; turn += 1) {
            sim().fault(fault);
            const said = session.say('hello');
            ordinary.push((await session.next('message.added')).at - said);
            const { at, event } = await session.next('call.retrying');
            told.push(at - failedAt());
            expect(event.data.attempt).to.equal(1);
            expect(event.data.error.code).to.match(error);
            expect(event.data.error.message).to.match(/\w+ \w+/);
            expect(event.data.delay_ms).to.be.within(1_000, 2_000);
            session.stop();
            await session.next('turn.cancelled');
          }
          const words = `told after ${inMs(told)} ms, other events after ${inMs(ordinary)} ms`;
          expect(median(told) - median(ordinary), words).to.be.below(allowed.untilToldMs);
        });
      }

      it('is made again no sooner than was told; news of it only then would come too late', async () => {
        const session = await site.follow(provider);
        const late: number[] = [];
        const ordinary: number[] = [];
        for (let turn = 0; turn < 2; turn += 1) {
          sim().fault({ type: 'status', status: 503, retry_after: '2' });
          const said = session.say('hello');
          ordinary.push((await session.next('message.added')).at - said);
          const { event } = await session.next('call.retrying');
          const failed = failedAt();
          await session.next('turn.completed');
          const again = sim().requests.at(-1)!;
          // Both clocks count whole milliseconds.
          expect(Date.parse(again.at)).to.be.at.least(Date.parse(event.at) + event.data.delay_ms - 5);
          late.push(again.overAt! - failed);
        }
        expect(median(late) - median(ordinary), inMs(late)).to.be.above(allowed.untilToldMs);
      });
    });

    describe(`V5 an answer of ${provider.id} whose socket stays open`, () => {
      const turns = 20;
      /** How much longer turns of two calls take after `prepare`, each beside one without. */
      const difference = async (prepare: () => void, settle: () => void = () => undefined) => {
        const session = await site.follow(provider);
        const closed: number[] = [];
        const other: number[] = [];
        for (let turn = 0; turn < turns; turn += 1) {
          closed.push(await took(session, 'list'));
          prepare();
          other.push(await took(session, 'list'));
          settle();
        }
        const words = `closed at once: ${inMs(closed)} ms; else: ${inMs(other)} ms`;
        return { ms: median(other) - median(closed), words };
      };

      it('delays a turn with a tool by less than a tenth of a second', async () => {
        let held = 0;
        const { ms, words } = await difference(
          () => sim().holds.arm('end'),
          () => {
            if (sim().requests.at(-1)?.state === 'open') held += 1;
            sim().holds.release();
          },
        );
        // Where the machine stood still for a second, the server has let go of some before we look.
        expect(held, 'turns that ended before their socket').to.be.at.least(turns * 0.8);
        expect(ms, words).to.be.below(allowed.untilOnMs);
      });

      it('would be seen if it delayed one', async () => {
        const late: Reply = {
          steps: [
            { type: 'tool', name: 'list_directory', input: {} },
            { type: 'pause', ms: 250 },
          ],
        };
        const { ms, words } = await difference(() => sim().play({ match: '^list', reply: late }));
        expect(ms, words).to.be.above(allowed.untilOnMs);
      });
    });
  }

  describe('V6 one provider down', () => {
    const random = new Random(6);
    const judged = (options: Omit<OneDownOptions, 'sites'>, at = sites) =>
      judge(() => besideOneDown({ sites: at, ...options }), { allowed: allowed.slowdown, random: () => random.next() });

    for (const down of trio) {
      it(`leaves turns of the other two as fast as they were: ${down.id}`, async () => {
        const { isWithin, words } = await judged({ down });
        expect(isWithin, words).to.equal(true);
      });
    }

    it('would be seen if it made turns of the others late', async () => {
      const [down, ...others] = trio as [OneProvider, ...OneProvider[]];
      const session = await site.follow(others[0]!);
      const times: number[] = [];
      for (let turn = 0; turn < 40; turn += 1) times.push(await took(session, 'hello'));
      const pause = { type: 'pause', ms: quantile(times, 0.95) } as const;
      const slow = (): Reply => ({ steps: [{ type: 'text', text: 'You said: hello' }, pause] });
      const onSpell = (broken: Site, well: Site) => {
        for (const { id } of others) {
          broken.sims[id].script = slow;
          well.sims[id].script = undefined;
        }
      };
      const { isWithin, words } = await judged({ down, onSpell });
      for (const one of sites) for (const { id } of others) one.sims[id].script = undefined;
      expect(isWithin, words).to.equal(false);
    });

    it('would be seen if the others stood in line behind it', async () => {
      // With one address for all, the limit of calls to one server is what they share.
      const shared: Site[] = [];
      try {
        while (shared.length < 2) shared.push(await Site.start({ isShared: true }));
        const { isWithin, words } = await judged(
          { down: trio[0]!, turns: 1, spells: [0, 1, 1, 0], limitMs: 1_000 },
          shared,
        );
        expect(isWithin, words).to.equal(false);
      } finally {
        for (const one of shared) await one.close();
      }
    });
  });
});
