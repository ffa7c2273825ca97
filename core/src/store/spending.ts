import type { BudgetScope } from '../protocol/budgets.js';
import { type BudgetDefaults, configuredLimit, dayStart } from './budgets.js';
import type { Database } from './database.js';

/** A limit that counts for a turn, and what was spent of it. Money as decimal strings in USD. */
export interface BudgetInForce {
  scope: BudgetScope;
  /** The turn, the session, or the day as in `2026-11-27`. */
  subject: string;
  limit: string;
  warnAt: number;
  spent: string;
  /** What calls of other conversations that are under way will cost, as their last ones did. */
  inFlight: string;
}

interface Limited {
  scope: BudgetScope;
  session_id: string | null;
  up: number | null;
  total: string;
  limit_usd: string | null;
  warn_at: number | null;
  is_set: boolean;
}

/** Reads which budgets count for a turn, and how much of them is spent. A day begins at midnight where this server stands. */
export class Spending {
  constructor(
    private readonly db: Database,
    private readonly defaults: BudgetDefaults,
  ) {}

  /** @returns `root`: the turn of a person that this one works for, be it itself */
  async of(turnId: string, sessionId: string): Promise<{ root: string; budgets: BudgetInForce[] }> {
    const [{ root, max_usd }, limited] = await Promise.all([this.#root(turnId), this.#limited(sessionId)]);
    const known = [
      turnLimit(limited, max_usd, this.defaults),
      ...sessionLimits(limited, this.defaults),
      dayLimit(limited, this.defaults),
    ];
    const budgets = await Promise.all(known.flatMap((one) => (one ? [this.#spent(one, root, turnId)] : [])));
    return { root, budgets };
  }

  async #spent({ scope, limit, warnAt, session }: Limit, root: string, turnId: string): Promise<BudgetInForce> {
    const base = { scope, limit, warnAt, inFlight: '0' };
    if (session) return { ...base, subject: session.id, spent: session.total };
    if (scope === 'turn') return { ...base, subject: root, spent: await this.#ofTurn(root) };
    const start = dayStart(new Date());
    const [spent, inFlight] = await Promise.all([this.#since(start), this.#inFlight(turnId)]);
    return { ...base, subject: dayName(start), spent, inFlight };
  }

  /** From an agent up to the turn it works for, as long as that waits for it. */
  async #root(turnId: string): Promise<{ root: string; max_usd: string | null }> {
    const { rows } = await this.db.query<{ root: string; max_usd: string | null }>(
      `with recursive line as (
         select id, conversation_id, config, 0 as up from turns where id = $1
         union all
         select t.id, t.conversation_id, t.config, line.up + 1 from line join conversations c on c.id = line.conversation_id
           join tool_calls called on called.id = c.parent_tool_call_id and called.state in ('proposed', 'started')
           join turns t on t.id = called.turn_id
         where line.up < ${mostAbove}
       ) select id as root, config ->> 'max_usd' as max_usd from line order by up desc limit 1`,
      [turnId],
    );
    return rows[0] ?? { root: turnId, max_usd: null };
  }

  /** The session and those above it, nearest first, each with what is set for it; and what is set for all. */
  async #limited(sessionId: string): Promise<Limited[]> {
    const { rows } = await this.db.query<Limited>(
      `with recursive line as (
         select id, session_id, parent_session_id, total_cost_usd, 0 as up from sessions where session_id = $1
         union all select p.id, p.session_id, p.parent_session_id, p.total_cost_usd, line.up + 1 from line
           join sessions p on p.session_id = line.parent_session_id where line.up < ${mostAbove}
       )
       select b.scope, line.session_id, line.up, coalesce(line.total_cost_usd, 0)::text as total, b.limit_usd::text as limit_usd,
         b.warn_at, b.id is not null as is_set
       from line full join budgets b on b.session = line.id
       where line.id is not null or b.session is null order by line.up`,
      [sessionId],
    );
    return rows;
  }

  /** What a turn cost with all agents that work for it. */
  async #ofTurn(turnId: string): Promise<string> {
    const { rows } = await this.db.query<{ spent: string }>(
      `with recursive below as (
         select child_conversation_id as id from tool_calls where turn_id = $1 and child_conversation_id is not null
         union select t.child_conversation_id from below join tool_calls t on t.conversation_id = below.id
           where t.child_conversation_id is not null
       ), entries as (
         select e.id, e.total_cost_usd from usage_entries e join turns t on t.conversation_id = e.conversation_id
           where t.id = $1 and e.turn_id = $1
         union select e.id, e.total_cost_usd from usage_entries e join below on below.id = e.conversation_id
       ) select coalesce(sum(total_cost_usd), 0)::text as spent from entries`,
      [turnId],
    );
    return rows[0]?.spent ?? '0';
  }

  async #since(start: Date): Promise<string> {
    const { rows } = await this.db.query<{ spent: string }>(
      'select coalesce(sum(total_cost_usd), 0)::text as spent from usage_entries where at >= $1',
      [start],
    );
    return rows[0]?.spent ?? '0';
  }

  /** Turns that wait for a person have no call under way. */
  async #inFlight(turnId: string): Promise<string> {
    const { rows } = await this.db.query<{ cost: string }>(
      `select coalesce(sum(last.total_cost_usd), 0)::text as cost from turns t, lateral (
         select e.total_cost_usd from usage_entries e where e.conversation_id = t.conversation_id order by e.at desc limit 1
       ) last
       where t.state = 'calling' and t.id <> $1
         and not exists (select 1 from approvals a where a.turn_id = t.id and a.state = 'open')`,
      [turnId],
    );
    return rows[0]?.cost ?? '0';
  }
}

interface Limit {
  scope: BudgetScope;
  limit: string;
  warnAt: number;
  session?: { id: string; total: string };
}

/** What is set for the session at the top counts above what is set for all; the turn's own limit counts beside it. */
function turnLimit(limited: readonly Limited[], own: string | null, defaults: BudgetDefaults): Limit | null {
  const top = topOf(limited);
  const set = limited.find((one) => one.is_set && one.scope === 'turn' && one.session_id === top);
  const found = limitOf('turn', set ?? general(limited, 'turn'), defaults);
  if (own === null) return found;
  return found && Number(found.limit) <= Number(own)
    ? found
    : { scope: 'turn', limit: own, warnAt: found?.warnAt ?? defaults.warnAt };
}

/** Of the session and of each above it that has one of its own; what is set for all is meant for the one at the top. */
function sessionLimits(limited: readonly Limited[], defaults: BudgetDefaults): Limit[] {
  const top = topOf(limited);
  const sessions = new Map(limited.flatMap((one) => (one.session_id === null ? [] : [[one.session_id, one.total]])));
  return [...sessions].flatMap(([id, total]) => {
    const set = limited.find((one) => one.is_set && one.scope === 'session' && one.session_id === id);
    if (!set && id !== top) return [];
    const found = limitOf('session', set ?? general(limited, 'session'), defaults);
    return found ? [{ ...found, session: { id, total } }] : [];
  });
}

function dayLimit(limited: readonly Limited[], defaults: BudgetDefaults): Limit | null {
  return limitOf('day', general(limited, 'day'), defaults);
}

function limitOf(scope: BudgetScope, set: Limited | undefined, defaults: BudgetDefaults): Limit | null {
  const limit = set ? set.limit_usd : configuredLimit(defaults, scope);
  return limit === null ? null : { scope, limit, warnAt: set?.warn_at ?? defaults.warnAt };
}

const general = (limited: readonly Limited[], scope: BudgetScope) =>
  limited.find((one) => one.is_set && one.session_id === null && one.scope === scope);

const topOf = (limited: readonly Limited[]) => limited.findLast(({ session_id }) => session_id !== null)?.session_id;

/** More than sessions are ever nested; it ends a loop that a damaged table may hold. */
const mostAbove = 64;

function dayName(start: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${start.getFullYear()}-${two(start.getMonth() + 1)}-${two(start.getDate())}`;
}
