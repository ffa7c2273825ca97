import type { UsageGroup, UsageKey, UsageReport } from '../protocol/usage.js';
import { type Call, defineCommand, json, place, UsageError } from './command.js';
import { withServer } from './connection.js';
import { printJson, printTable } from './output.js';

const options = { ...place, ...json, by: { type: 'string' }, days: { type: 'string' } } as const;
const keys: readonly UsageKey[] = ['day', 'hour', 'provider', 'model', 'agent', 'activity', 'session'];
const MOST_DAYS = 3660;

export const command = defineCommand({
  usage: 'usage [--by WHAT] [--days N] [--json] [--home D]',
  summary: 'Shows what all sessions used and cost, also those that were removed.',
  notes: [
    `--by WHAT   one or two of ${keys.join(', ')}, with a comma between; default day`,
    '--days N    only today and the days before it, N in all; default 30',
  ],
  example: 'maestro usage --by provider,model --days 7',
  options,
  arity: [0, 0],
  async run(call) {
    const by = keysOf(call.flags.by ?? 'day');
    const days = daysOf(call.flags.days ?? '30');
    const { timeZone: tz } = Intl.DateTimeFormat().resolvedOptions();
    const query = { group_by: by.join(','), from: dayBefore(new Date(), days - 1), tz };
    const report = await withServer(call, ({ rest }) => rest.usageReport(query));
    if (call.flags.json) printJson(call, report);
    else show(call, report);
    return 0;
  },
});

function keysOf(written: string): UsageKey[] {
  const words = written.split(',').map((word) => word.trim());
  const known = words.flatMap((word) => keys.filter((key) => key === word));
  if (known.length === words.length && known.length <= 2) return known;
  throw new UsageError(`--by is one or two of ${keys.join(', ')}, with a comma between, not "${written}"`);
}

function daysOf(written: string): number {
  const days = Number(written);
  if (/^\d+$/.test(written) && days >= 1 && days <= MOST_DAYS) return days;
  throw new UsageError(`--days wants a number from 1 to ${MOST_DAYS}, not "${written}"`);
}

/** As a day of the place this runs at. */
function dayBefore(now: Date, days: number): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days, 12);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

const titles: [keyof UsageGroup, string][] = [
  ['day', 'DAY'],
  ['hour', 'HOUR (UTC)'],
  ['provider', 'PROVIDER'],
  ['model', 'MODEL'],
  ['agent', 'AGENT'],
  ['activity', 'ACTIVITY'],
  ['session_id', 'SESSION'],
];
const figures = ['CALLS', 'TOKENS IN', 'CACHED', 'TOKENS OUT', 'THINKING', 'COST'];

function show(call: Call<typeof options>, { items, totals }: UsageReport): void {
  const [first] = items;
  if (!first) return void call.stdout.write('Nothing was used in this time.\n');
  const columns = titles.filter(([column]) => column in first);
  const rows = items.map((item) => [...columns.map(([column]) => nameOf(item[column])), ...figuresOf(item)]);
  const total = [...columns.map((_, index) => (index === 0 ? 'in all' : '')), ...figuresOf(totals)];
  printTable(call, [...columns.map(([, title]) => title), ...figures], [...rows, total]);
}

const nameOf = (value: unknown) => (value === null || value === undefined ? 'unknown' : String(value));

function figuresOf(sums: Omit<UsageGroup, 'day'>): string[] {
  const { calls, request_tokens, cached_tokens, response_tokens, reasoning_tokens } = sums;
  const tokens = [request_tokens, cached_tokens, response_tokens, reasoning_tokens];
  return [String(calls), ...tokens.map(String), costOf(sums)];
}

/** A price that is not known is never nothing. */
function costOf({ total_cost_usd, estimated, unpriced_calls, calls }: Omit<UsageGroup, 'day'>): string {
  if (total_cost_usd === null) return 'no price';
  const missing = unpriced_calls > 0 ? `, ${unpriced_calls} of ${calls} calls without price` : '';
  return `${estimated ? '~' : ''}$${total_cost_usd}${missing}`;
}
