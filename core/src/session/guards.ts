import { createHash } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { LimitReached } from '../protocol/budgets.js';
import type { Failure } from '../protocol/events.js';
import type { Allowance, Approvals } from '../store/approvals.js';
import type { Database } from '../store/database.js';
import type { BudgetInForce, Spending } from '../store/spending.js';
import type { StepEvent } from '../store/step.js';
import { storedCalls } from '../store/turns.js';
import type { ApprovalGate } from './approvals.js';
import { counted, nextCeiling, standingOf, usd } from './guards-budget.js';
import { limitFailure, limitForm } from './guards-form.js';
import type { PendingReply } from './tools-phase.js';
import type { Asking, TurnContext } from './turn.js';

export interface GuardParts {
  database: Database;
  spending: Spending;
  approvals: Approvals;
  gate: ApprovalGate;
}

/** Asked where a turn takes a step. Null lets it go on, else it ends with the failure. */
export interface TurnGuards {
  /** Before each call of a provider. Rejects when the turn is stopped while a person is asked. */
  beforeCall(turn: TurnContext): Promise<Failure | null>;
  /** Before the calls of a reply are run. Rejects as above. */
  beforeTools(turn: TurnContext, reply: PendingReply): Promise<Failure | null>;
  /** Before a call beside the conversation, which cannot wait for a person. @throws MaestroError `budget.stopped` */
  beside(turn: TurnContext, asking: Asking): Promise<void>;
}

/** How often each call was made in a turn. */
interface Made {
  total: number;
  /** By name and arguments. */
  same: Map<string, number>;
}

/**
 * Limits on what a turn may cost and how long it may go on by itself. At one it pauses and asks; what was spent, asked
 * and answered stands in the tables, so a restart changes nothing.
 */
export class Guards implements TurnGuards {
  readonly #made = new WeakMap<TurnContext, Made>();

  constructor(private readonly parts: GuardParts) {}

  async beforeCall(turn: TurnContext): Promise<Failure | null> {
    for (;;) {
      const { root, budgets } = await this.#budgets(turn);
      if (budgets.length === 0) return null;
      await this.#tellUnpriced(turn, turn.asking);
      const found = await this.#over(turn, root, budgets);
      if (!found) return null;
      const reached = reachedOf(found, root);
      if (!(await this.#mayGoOn(turn, reached, told(turn, found)))) return limitFailure(reached);
    }
  }

  async beside(turn: TurnContext, asking: Asking): Promise<void> {
    const { root, budgets } = await this.#budgets(turn);
    if (budgets.length > 0) await this.#tellUnpriced(turn, asking);
    const found = await this.#over(turn, root, budgets);
    if (!found) return;
    const { scope, limit } = found;
    const message = `the ${scope} cost ${counted(found)} USD and its budget is ${usd(limit)} USD, so no call was made`;
    throw new MaestroError('budget.stopped', message);
  }

  async beforeTools(turn: TurnContext, reply: PendingReply): Promise<Failure | null> {
    const made = await this.#count(turn, reply);
    const { toolCallsPerTurn, sameCallsPerTurn } = turn.input.limits;
    const { turnId } = turn.input;
    const steps = { guard: 'steps', key: `steps:${turnId}` } as const;
    const stopped = await this.#counted(turn, steps, made.total, toolCallsPerTurn + 1, toolCallsPerTurn);
    if (stopped) return stopped;
    const open = new Map(
      reply.calls.flatMap((call) => (call.result ? [] : [[nameOf(call.name, call.args), call.name]])),
    );
    for (const [same, tool] of open) {
      const repeats = { guard: 'repeats', key: `repeats:${turnId}:${same}`, tool } as const;
      const stops = await this.#counted(turn, repeats, made.same.get(same) ?? 0, sameCallsPerTurn, sameCallsPerTurn);
      if (stops) return stops;
    }
    return null;
  }

  /** @param from the count that is too many unless a person allowed more */
  async #counted(
    turn: TurnContext,
    what: Pick<LimitReached, 'guard' | 'key' | 'tool'>,
    count: number,
    from: number,
    limit: number,
  ): Promise<Failure | null> {
    for (;;) {
      if (count < from) return null;
      const allowed = await this.parts.approvals.allowances([what.key]);
      const ceiling = Math.max(
        from,
        ...allowed.map(({ next, how }) => (how === 'raise' ? Number.POSITIVE_INFINITY : Number(next) + (from - limit))),
      );
      if (count < ceiling) return null;
      const reached = { ...what, limit: String(limit), reached: String(count), next: String(count + limit) };
      if (!(await this.#mayGoOn(turn, reached, null))) return limitFailure(reached);
    }
  }

  async #mayGoOn(turn: TurnContext, reached: LimitReached, stopped: BudgetStopped | null): Promise<boolean> {
    const { state } = await this.parts.gate.limit(turn, reached, limitForm(reached), (approval_id) =>
      stopped ? [{ type: 'budget.stopped', data: { ...stopped, approval_id } }] : [],
    );
    return state === 'allowed';
  }

  #budgets(turn: TurnContext) {
    return this.parts.spending.of(turn.input.turnId, turn.input.sessionId);
  }

  /** The first budget that is used up; warns of those that soon will be. */
  async #over(turn: TurnContext, root: string, budgets: readonly BudgetInForce[]): Promise<BudgetInForce | null> {
    const plain = budgets.map((budget) => ({ budget, standing: standingOf(budget, { raised: false, until: [] }) }));
    const told = plain.filter(({ standing }) => standing !== 'free');
    if (told.length === 0) return null;
    const allowed = await this.parts.approvals.allowances(told.map(({ budget }) => keyOf(budget, root)));
    for (const { budget } of told) {
      const own = allowed.filter(({ key }) => key === keyOf(budget, root));
      if (standingOf(budget, allowedBy(own)) === 'over') return budget;
      await this.#warn(turn, budget);
    }
    return null;
  }

  /** Once in a conversation for each turn, session or day, and again when its limit is changed. */
  async #warn(turn: TurnContext, budget: BudgetInForce): Promise<void> {
    const data = told(turn, budget);
    const { scope, subject, limit_usd } = data;
    if (await this.#isTold(turn, 'budget.warning', { scope, subject, limit_usd })) return;
    await turn.step([], [{ type: 'budget.warning', data }]);
  }

  /** Once in a conversation for each model. */
  async #tellUnpriced(turn: TurnContext, asking: Asking): Promise<void> {
    const { provider, model } = asking.config;
    const { usd: known } = turn.input.prices.cost(provider, model, { requestTokens: 0, responseTokens: 0 }, new Date());
    if (known !== null) return;
    const code = 'budget.unpriced';
    const text = `The price of ${provider}/${model} is not known, so budgets do not count its calls and cannot stop them. Set it under "models" in maestro.yaml.`;
    if (await this.#isTold(turn, 'notice', { code, text })) return;
    await turn.step([], [{ type: 'notice', data: { level: 'warn', code, text } }]);
  }

  async #isTold(turn: TurnContext, type: StepEvent['type'], holds: object): Promise<boolean> {
    const { rows } = await this.parts.database.query(
      'select 1 from events where conversation_id = $1 and type = $2 and payload @> $3::jsonb limit 1',
      [turn.input.conversationId, type, JSON.stringify(holds)],
    );
    return rows.length > 0;
  }

  /** With the calls of this reply, which are in the tables already. */
  async #count(turn: TurnContext, reply: PendingReply): Promise<Made> {
    const known = this.#made.get(turn);
    const calls = known ? reply.calls : await storedCalls(this.parts.database, turn.input.turnId);
    const made = known ?? { total: 0, same: new Map() };
    made.total += calls.length;
    for (const { name, args } of calls) {
      const same = nameOf(name, args);
      made.same.set(same, (made.same.get(same) ?? 0) + 1);
    }
    this.#made.set(turn, made);
    return made;
  }
}

type BudgetStopped = ReturnType<typeof told>;

function told(turn: TurnContext, budget: BudgetInForce) {
  const { scope, subject, limit } = budget;
  return { turn_id: turn.input.turnId, scope, subject, limit_usd: usd(limit), spent_usd: counted(budget) };
}

function reachedOf(budget: BudgetInForce, root: string): LimitReached {
  const { scope, limit } = budget;
  return {
    guard: scope,
    key: keyOf(budget, root),
    limit: usd(limit),
    reached: counted(budget),
    next: usd(nextCeiling(budget)),
  };
}

/** An answer counts for the turn of the person and all agents that work for it. */
const keyOf = ({ scope, subject }: BudgetInForce, root: string) => `${scope}:${subject}:${root}`;

function allowedBy(own: readonly Allowance[]) {
  return { raised: own.some(({ how }) => how === 'raise'), until: own.map(({ next }) => next) };
}

/** The same for arguments that differ in the order of their keys alone. */
function nameOf(name: string, args: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([name, sorted(args)]))
    .digest('hex')
    .slice(0, 32);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return { sorted: entries.map(([key, held]) => [key, sorted(held)]) };
}
