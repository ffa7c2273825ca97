import { MaestroError } from '../errors.js';
import type { ModelMessage } from '../extension/provider.js';
import type { CompactionResource } from '../protocol/compactions.js';
import type { Message } from '../protocol/messages.js';
import type { NewCompaction } from '../store/step.js';
import type { Calibration } from './calibration.js';
import { compacted, inFull, type Telling } from './compacted-history.js';
import { type Budget, budgetOf, type CompactionSettings, type ModelSizes, tighter } from './compaction-budget.js';
import { headOf } from './compaction-head.js';
import { type Headless, type Planned, planCut, planHead } from './compaction-plan.js';
import { failureOf } from './failure.js';
import type { Estimator } from './pricing.js';
import { RequestSize } from './request-size.js';
import { type Summary, sumUp } from './summary.js';
import { transcribed } from './transcript.js';
import type { TurnContext } from './turn.js';

/** What compaction knows of a conversation and of models. */
export interface CompactionPorts {
  settings: CompactionSettings;
  sizes(provider: string, model: string): Promise<ModelSizes>;
  calibration: Calibration;
  estimate: Estimator;
  /** Complete messages, all of them, oldest first. */
  messages(): Promise<Message[]>;
  /** The compaction that counts. */
  active(): Promise<CompactionResource | null>;
  /** What tools want the model to keep in mind. */
  reminders(): Promise<string[]>;
}

type Cause = CompactionResource['cause'];

/** Sizes of the requests a turn makes now. */
async function sizeOf(turn: TurnContext): Promise<{ size: RequestSize; budget: Budget }> {
  const { settings, sizes, calibration, estimate } = turn.input.compaction;
  const { provider, model } = turn.config;
  const { system } = turn.input;
  const size = new RequestSize(estimate, { system, tools: turn.tools }, calibration.factor(provider, model));
  return { size, budget: budgetOf(await sizes(provider, model), settings) };
}

/**
 * Before a call: compacts the conversation where the request would fill more of the window than it should.
 *
 * @throws MaestroError `context.full` where the request is larger than the window and nothing helps
 */
export async function makeRoom(turn: TurnContext): Promise<void> {
  const { size, budget } = await sizeOf(turn);
  turn.requestTokens = 0;
  // Most conversations are far from the end of their window: no need to count.
  if (size.atMost(turn.history) <= budget.trigger) return;
  turn.requestTokens = size.plain(turn.history);
  if (!turn.input.compaction.settings.auto || size.of(turn.history) <= budget.trigger) return;
  const compacting = new Compacting(turn, 'window', size, budget);
  const plan = await compacting.plan();
  if (plan) await compacting.run(plan);
  turn.requestTokens = size.plain(turn.history);
  const isHopeless = budget.isKnown && turn.requestTokens > budget.window;
  if (isHopeless && !turn.stopped) throw full(turn, size, budget);
}

/**
 * After a provider refused a request as too long, whatever we had counted: makes room when it is called.
 *
 * @returns null where nothing can be left out
 */
export async function roomAtOnce(turn: TurnContext): Promise<(() => Promise<boolean>) | null> {
  const { size, budget } = await sizeOf(turn);
  const less = tighter(budget, size.of(turn.history), turn.input.compaction.settings);
  const compacting = new Compacting(turn, 'too_long', size, less);
  const plan = await compacting.plan();
  return plan && (() => compacting.run(plan));
}

/**
 * Because a person asked for it, whatever room there is.
 *
 * @throws MaestroError `compaction.nothing`; whatever kept the model from summing up
 */
export async function compactAsAsked(turn: TurnContext, instructions: string | null): Promise<void> {
  const { size, budget } = await sizeOf(turn);
  const keep = Math.min(budget.keep, size.of(turn.history) * keptWhenAsked);
  const compacting = new Compacting(turn, 'manual', size, { ...budget, keep }, instructions);
  const plan = await compacting.plan();
  if (!plan) throw nothing();
  await compacting.run(plan);
}

const keptWhenAsked = 0.25;

export function nothing(): MaestroError {
  return new MaestroError(
    'compaction.nothing',
    'there is nothing yet that could be summed up; go on with the conversation',
  );
}

type Plan = { planned: Planned } & ({ cut: Telling } | { headless: Headless });

/** One compaction: thought out, then committed in one step. A process that dies before leaves nothing to mend. */
class Compacting {
  readonly #id: string;

  constructor(
    private readonly turn: TurnContext,
    private readonly cause: Cause,
    private readonly size: RequestSize,
    private readonly budget: Budget,
    private readonly instructions: string | null = null,
  ) {
    this.#id = turn.input.newId();
  }

  /** Null where there is nothing to gain. */
  async plan(): Promise<Plan | null> {
    const { active, messages } = this.turn.input.compaction;
    const telling = (await active()) ?? inFull;
    const planned = this.#planned(await messages(), telling);
    const cut = this.cause === 'manual' ? null : planCut(planned);
    if (cut) return { planned, cut };
    const headless = planHead(planned, this.#headTokens);
    return headless && { planned, headless };
  }

  /** False where nothing was done: the turn is being stopped. */
  async run(plan: Plan): Promise<boolean> {
    const { planned } = plan;
    if ('cut' in plan) return this.#commit(planned, plan.cut, 'cut', null);
    const summary = await this.#summary(planned, plan.headless);
    if (this.turn.stopped) return false;
    const head = await this.#head(planned, plan.headless, summary?.text ?? null);
    return this.#commit(planned, { ...plan.headless, head }, summary ? 'summary' : 'drop', summary);
  }

  get #headTokens(): number {
    return 2 * this.budget.summary;
  }

  #planned(messages: readonly Message[], telling: Telling): Planned {
    const { size, budget } = this;
    const room = 0.7 * budget.trigger - size.fixed - 2 * budget.summary;
    return { messages, telling, size, budget, keep: Math.max(0, Math.min(budget.keep, room)) };
  }

  /** Null where nobody could sum up and the turn has to go on without. */
  async #summary(planned: Planned, { upto_pos }: Headless): Promise<Summary | null> {
    const { turn, instructions, cause } = this;
    const { telling, messages } = planned;
    const between = messages.filter(({ pos }) => pos > telling.upto_pos && pos <= upto_pos);
    const texts = [...(telling.head === null ? [] : [telling.head]), ...between.map(transcribed)];
    try {
      return await sumUp(turn, { texts, instructions, maxTokens: this.budget.summary, messageId: this.#id });
    } catch (error) {
      if (turn.stopped) return null;
      // What the store refuses is the end of this run, and what a person asked for is not done by halves.
      if (turn.refusal || cause === 'manual') throw turn.refusal?.error ?? error;
      const why = failureOf(error, turn.config.provider);
      turn.log.warn('a conversation could not be summed up', { code: why.code, cause: error });
      turn.notice('compaction.no_summary', `The older messages are left out without a summary: ${why.message}`);
      return null;
    }
  }

  async #head({ messages }: Planned, { upto_pos }: Headless, summary: string | null): Promise<string> {
    const reminders = await this.turn.input.compaction.reminders();
    const older = messages.filter(({ pos }) => pos <= upto_pos);
    const holdsRequest = !messages.some(({ pos, role }) => pos > upto_pos && role === 'user');
    return headOf({ messages: older, summary, reminders, holdsRequest }, this.size, this.#headTokens);
  }

  async #commit(
    { messages, telling }: Planned,
    next: Telling,
    method: CompactionResource['method'],
    summary: Summary | null,
  ): Promise<boolean> {
    const { turn, size } = this;
    const [before, after] = [compacted(messages, telling), compacted(messages, next)];
    const counts = {
      messages_before: before.length,
      messages_after: after.length,
      tokens_before: size.of(before),
      tokens_after: size.of(after),
    };
    const { turnId } = turn.input;
    const facts = { turn_id: turnId, cause: this.cause, method, upto_pos: next.upto_pos, ...counts };
    const compaction: NewCompaction = {
      id: this.#id,
      ...facts,
      ...next,
      provider: summary?.provider ?? null,
      model: summary?.model ?? null,
      instructions: this.instructions,
    };
    await turn.step(
      [{ write: 'compaction.add', compaction }],
      [{ type: 'compaction.finished', data: { compaction_id: this.#id, ...facts } }],
      { contextUsed: counts.tokens_after },
    );
    turn.history.splice(0, turn.history.length, ...after);
    return true;
  }
}

function full(turn: TurnContext, size: RequestSize, { window }: Budget): MaestroError {
  const { provider, model } = turn.config;
  const last: ModelMessage | undefined = turn.history.at(-1);
  const said = last ? size.ofOne(last) : 0;
  const what =
    said > size.fixed
      ? `the last message alone comes to about ${said} tokens; send less at once`
      : `the instructions and tools come to about ${size.fixed} tokens; switch some tools or servers off`;
  const message = `the window of ${provider}/${model} holds ${window} tokens, and ${what}, or choose a model with a larger window`;
  return new MaestroError('context.full', message);
}
