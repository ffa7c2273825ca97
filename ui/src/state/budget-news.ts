import type { ActivityNote } from '@maestro/core/protocol';
import { visible } from '../text/visible.js';
import { paths } from './route.js';
import type { Signal } from './signal.js';
import type { Toasts } from './toasts.js';

/** What is older was news before this page was opened. */
const FRESH_MS = 30_000;

/** Says on every page that a budget will soon be used up, once for each warning, with the way to the budgets. */
export function tellOfBudgets(
  notes: Signal<readonly ActivityNote[]>,
  toasts: Pick<Toasts, 'show'>,
  now = Date.now,
): void {
  const told = new Set<string>();
  notes.subscribe(() => {
    for (const { id, at, kind, agent_name, text } of notes.value) {
      const key = `${id} ${at}`;
      if (kind !== 'budget' || told.has(key) || now() - Date.parse(at) > FRESH_MS) continue;
      told.add(key);
      const [head = text, rest = ''] = text.split(': ');
      toasts.show('info', `${visible(agent_name)} ${visible(head)}`, visible(rest), {
        label: 'Usage',
        href: paths.usage,
      });
    }
  });
}
