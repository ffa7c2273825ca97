import type { MaestroRest } from '../client/index.js';
import type { BudgetResource, BudgetScope } from '../protocol/budgets.js';
import { type Call, defineCommand, json, place, UsageError } from './command.js';
import { withServer } from './connection.js';
import { printJson, printTable } from './output.js';
import { usdFlag } from './usd-flag.js';

const options = { ...place, ...json, session: { type: 'string', short: 's' }, 'warn-at': { type: 'string' } } as const;
const scopes: readonly BudgetScope[] = ['turn', 'session', 'day'];

export const command = defineCommand({
  usage: 'budget [list|set|rm] ... [-s SESSION] [--warn-at SHARE] [--json] [--home D]',
  summary: 'Shows or sets what a turn, a session or a day may cost, in USD.',
  notes: [
    'list                         all of them (also without a word), with what was spent',
    'set turn|session|day USD     counts above the configuration; "off" for no limit',
    'rm turn|session|day          what stands below it counts again',
    '-s SESSION                   for the turns of one session, or for one session as a whole',
    '--warn-at SHARE              warn at this share of it, from 0 to 1',
  ],
  example: 'maestro budget set day 20 --warn-at 0.5',
  options,
  arity: [0, 3],
  run: (call) => {
    const wish = wishOf(call);
    return withServer(call, ({ rest }) => perform(call, rest, wish));
  },
});

type Wish =
  | { does: 'list' }
  | { does: 'rm'; scope: BudgetScope }
  | { does: 'set'; scope: BudgetScope; limit_usd: string | null; warn_at?: number };

function wishOf({ args: [what = 'list', named, amount], flags }: Call<typeof options>): Wish {
  const scope = scopes.find((known) => known === named);
  if (what === 'list' && named === undefined) return { does: 'list' };
  if (scope === 'day' && flags.session !== undefined) throw new UsageError('a day is of all sessions; leave -s out');
  if (what === 'rm' && scope && amount === undefined) return { does: 'rm', scope };
  if (what === 'set' && scope && amount !== undefined) {
    const limit_usd = amount === 'off' ? null : usdFlag(amount, 'the amount');
    const share = flags['warn-at'];
    if (share === undefined) return { does: 'set', scope, limit_usd };
    const warn_at = Number(share);
    if (share.trim() === '' || !(warn_at >= 0 && warn_at <= 1))
      throw new UsageError('--warn-at wants a number from 0 to 1');
    return { does: 'set', scope, limit_usd, warn_at };
  }
  throw new UsageError(
    `say "list", "set turn|session|day USD" or "rm turn|session|day"\nUsage: maestro ${command.usage}`,
  );
}

async function perform(call: Call<typeof options>, rest: MaestroRest, wish: Wish): Promise<number> {
  const { items } = await rest.budgets();
  if (wish.does === 'list') {
    show(call, items);
    return 0;
  }
  const { session = null } = call.flags;
  const known = items.find(
    ({ id, scope, session_id }) => id !== null && scope === wish.scope && session_id === session,
  );
  if (wish.does === 'rm') {
    if (!known?.id) throw new UsageError(`no ${wish.scope} budget is set here; see \`maestro budget\``);
    await rest.removeBudget(known.id);
    return 0;
  }
  const { does: _, scope, ...set } = wish;
  const made = known?.id
    ? await rest.patchBudget(known.id, set)
    : await rest.createBudget({ scope, session_id: session, ...set });
  show(call, [made]);
  return 0;
}

function show(call: Call<typeof options>, budgets: readonly BudgetResource[]): void {
  if (call.flags.json) printJson(call, budgets);
  else
    printTable(
      call,
      ['FOR', 'SESSION', 'LIMIT', 'WARN AT', 'SPENT', 'SET BY'],
      budgets.map((one) => [
        `a ${one.scope}`,
        one.session_id ?? 'all',
        one.limit_usd === null ? 'off' : `$${one.limit_usd}`,
        `${Math.round(one.warn_at * 100)} %`,
        spent(one),
        one.source === 'config' ? 'configuration' : 'you',
      ]),
    );
}

function spent({ spent_usd, unpriced_calls }: BudgetResource): string {
  const missing = unpriced_calls > 0 ? ` + ${unpriced_calls} calls of unknown price` : '';
  return `${spent_usd === null ? '' : `$${spent_usd}`}${missing}`;
}
