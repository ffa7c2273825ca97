import { formats } from './all-formats.js';
import { median, type Pair, type Stretch } from './figures.js';
import type { Followed } from './listener.js';
import { type Site, took } from './site.js';
import { type OneProvider, trio } from './three-providers.js';

export interface OneDownOptions {
  /** Two, alike. Each is the one with a provider down in half of the spells. */
  sites: readonly Site[];
  down: OneProvider;
  /** Turns of each of the other two in a spell, at each site; default 10. */
  turns?: number;
  /** Which site is the broken one, in each spell; by default one that lets drifts meet both states alike. */
  spells?: readonly (0 | 1)[];
  /** A turn that takes longer counts as this long. */
  limitMs?: number;
  /** Told where the provider is down in the spell that begins, and where it is not. */
  onSpell?: (broken: Site, well: Site) => void;
}

/** More than are let through to one server at once: some stand in line. */
const stuckSessions = 10;
const balanced = [0, 1, 1, 0, 1, 0, 0, 1] as const;

/**
 * Turns of two providers while the third takes calls and never answers, each beside one where nothing is wrong. Two
 * servers are asked in turn, turn by turn, so that whatever else the machine does meets both states alike, and change
 * their parts, so that it does not matter which is the faster one.
 */
export async function besideOneDown(options: OneDownOptions): Promise<Stretch[]> {
  const stretches: Stretch[] = [];
  for (const broken of options.spells ?? balanced) stretches.push(...(await spell(options, broken)));
  return stretches;
}

async function spell({ sites, down, turns = 10, limitMs, onSpell }: OneDownOptions, broken: 0 | 1): Promise<Stretch[]> {
  const [brokenSite, wellSite] = [sites[broken], sites[1 - broken]] as [Site, Site];
  onSpell?.(brokenSite, wellSite);
  // So that both did the same before, the ten of the other have their answers.
  const fine = await sessions(wellSite, down);
  await Promise.all(fine.map((session) => took(session, 'hello')));
  const stuck = await sessions(brokenSite, down);
  await breaks(brokenSite, down, stuck);
  const stretches: Stretch[] = [];
  for (const provider of trio.filter(({ id }) => id !== down.id)) {
    const times = await inTurn(await wellSite.follow(provider), await brokenSite.follow(provider), { turns, limitMs });
    // By what is usual with the provider, so that a slower one does not hide another.
    const usual = median(times.flat());
    stretches.push(times.map(([well, other]): Pair => [well / usual, other / usual]));
  }
  for (const session of stuck) session.stop();
  for (const session of stuck) await session.next('turn.cancelled');
  brokenSite.reset();
  return stretches;
}

/** One after the other, and the other way round the next time. */
async function inTurn(
  well: Followed,
  broken: Followed,
  { turns, limitMs }: { turns: number; limitMs: number | undefined },
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  // The first turn of a session is another matter than the rest.
  for (let turn = 0; turn <= turns; turn += 1) {
    const isFirst = turn % 2 === 0;
    const one = await took(isFirst ? well : broken, 'hello', limitMs);
    const other = await took(isFirst ? broken : well, 'hello', limitMs);
    if (turn > 0) pairs.push(isFirst ? [one, other] : [other, one]);
  }
  return pairs;
}

function sessions(site: Site, provider: OneProvider): Promise<Followed[]> {
  return Promise.all(Array.from({ length: stuckSessions }, () => site.follow(provider)));
}

/** From here on the provider says nothing; returns once all its sessions wait, for an answer or in line. */
async function breaks({ sims }: Site, { id, model }: OneProvider, third: readonly Followed[]): Promise<void> {
  // Only its own path: all may live on one simulator.
  const { path } = formats.find((one) => one.provider === id && one.model === model)!;
  sims[id].fault({ type: 'silence' }, { times: 0, path });
  for (const session of third) session.say('hello');
  for (const session of third) await session.next('call.started', 'call.queued');
}
