import type { CallSums, UsageGroup } from '@maestro/core/protocol';
import type { UsageShown } from '../state/usage-data.js';
import { csv } from './csv.js';
import { lengthOf, type UsageView } from './usage-view.js';

type Table = 'times' | 'models' | 'agents' | 'activities' | 'calls';

/** Which tables can be had as a file. */
export function exportsOf(view: UsageView): { value: Table; label: string }[] {
  return [
    { value: 'times', label: `By ${lengthOf(view) === 1 ? 'hour' : 'day'} and provider` },
    { value: 'models', label: 'By model' },
    { value: 'agents', label: 'By agent' },
    { value: 'activities', label: 'By activity' },
    { value: 'calls', label: 'Most expensive calls' },
  ];
}

const figures = [
  'calls',
  'request_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'response_tokens',
  'reasoning_tokens',
  'total_cost_usd',
  'unpriced_calls',
] as const;
const callColumns = [
  ...(['at', 'session_id', 'call_id', 'agent', 'provider', 'model', 'activity', 'duration_ms'] as const),
  ...(['request_tokens', 'cached_tokens', 'response_tokens', 'reasoning_tokens', 'total_cost_usd'] as const),
];
const names = ['day', 'hour', 'provider', 'model', 'agent', 'activity'] as const;

/** A table of the page with every figure as it is stored: money with all its digits, an unknown price as an empty cell. */
export function usageCsv(shown: UsageShown, table: Table): { name: string; text: string } {
  const { from, to } = shown.view;
  const name = `usage-${table}-${from}-${to}.csv`;
  if (table === 'calls') {
    const rows = shown.dearest.map((call) => [...callColumns.map((column) => call[column]), flag(call.estimated)]);
    return { name, text: csv([...callColumns, 'estimated'], rows) };
  }
  const { items } = shown[table];
  const columns = names.filter((column) => items.some((item) => column in item));
  const rows = items.map((item) => [...columns.map((column) => item[column] ?? null), ...sums(item)]);
  return { name, text: csv([...columns, ...figures, 'estimated'], rows) };
}

function sums(item: UsageGroup): (string | number | null)[] {
  return [...figures.map((figure) => (item as CallSums)[figure]), flag(item.estimated)];
}

const flag = (is: boolean) => (is ? 'yes' : 'no');
