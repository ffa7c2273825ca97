import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Value } from 'typebox/value';
import { MaestroError } from '../errors.js';
import type { Tools } from '../extension/registry.js';
import type { Live } from '../live/port.js';
import type { Logger } from '../log.js';
import type { ApprovalAnswerBody } from '../protocol/api.js';
import type { ApprovalPolicy, ApprovalResource, Question } from '../protocol/approvals.js';
import type { LimitReached } from '../protocol/budgets.js';
import type { ApprovalRules } from '../store/approval-rules.js';
import { type Approvals, type StoredApproval, shown } from '../store/approvals.js';
import type { EventLog } from '../store/event-log.js';
import type { NewApproval, StepEvent, Write } from '../store/step.js';
import { coveredBy, decide, strictest, type Verdict } from './policy.js';
import { checkedAnswer, limitAnswer } from './question-form.js';
import { isRefused } from './refusal.js';
import type { CallToRun } from './tool-run.js';
import type { CallInTurn } from './tool-services.js';
import type { TurnContext } from './turn.js';
import { untilAborted } from './wait.js';

export interface ApprovalParts {
  approvals: Approvals;
  rules: ApprovalRules;
  events: EventLog;
  tools: Tools;
  live: Live;
  /** Of sessions that say nothing themselves. */
  policy: ApprovalPolicy;
  log: Logger;
}

/** Leave to run a call, with the arguments to run it with; or why it may not, in words for the model. */
export type Leave = { args: unknown; isEdited: boolean } | { why: string };

type Request = Pick<NewApproval, 'ord' | 'kind' | 'title' | 'args' | 'always' | 'form'>;

/** Tells whichever process waits that a request was answered. */
const topic = 'approvals';
/** How often the table is asked where no hint arrives. */
const lookMs = 2_000;

/**
 * What stands between a call and its run: rules, the policy of the session, and the person where those say so. What
 * waits is a row, so the answer may come to any process, and after any number of restarts.
 */
export class ApprovalGate {
  constructor(private readonly parts: ApprovalParts) {}

  /** Decides anew for each call; what a person was asked before is not asked again. Rejects when the call is stopped. */
  async leave(place: CallInTurn): Promise<Leave> {
    const { call, toolCallId } = place;
    const known = await this.parts.approvals.ofCall(toolCallId, 0);
    if (!known) {
      const verdict = await this.#decide(call);
      if (verdict.does === 'refuse') return { why: verdict.why };
      if (verdict.does === 'run') return { args: call.args, isEdited: false };
    }
    const { id, title, effects, subject } = this.parts.tools.get(call.name);
    const about = subject?.(call.args as never);
    // No rule of one pattern covers several things and nothing else.
    const always = typeof about === 'object' ? null : coveredBy(id, about, effects);
    return leaveOf(
      call,
      await this.request(place, { ord: 0, kind: 'tool', title, args: call.args, always, form: null }),
    );
  }

  /** Puts a request to the person, unless it was before, and waits for what comes of it. */
  async request(place: CallInTurn, request: Request): Promise<StoredApproval> {
    const { turn, toolCallId, call, signal } = place;
    const known = await this.parts.approvals.ofCall(toolCallId, request.ord);
    if (known && known.state !== 'open') return known;
    const id = known?.id ?? turn.input.newId();
    const asks = known ? nothing : this.#asks(id, place, call, request);
    return this.#wait(turn, { id, kind: request.kind, tool_call_id: toolCallId }, asks, signal);
  }

  /** Asks whether a turn may go on beyond a limit; one that asked before a restart waits on for the same answer. */
  async limit(
    turn: TurnContext,
    reached: LimitReached,
    form: Question,
    told: (id: string) => readonly StepEvent[],
  ): Promise<StoredApproval> {
    const { turnId, newId, signal } = turn.input;
    const known = await this.parts.approvals.limitOf(turnId, reached.key);
    // Answered while no process waited.
    if (known && known.state !== 'open') return known;
    const id = known?.id ?? newId();
    const asks = known ? nothing : asksLimit(id, turnId, reached, form);
    const events = known ? [] : [...told(id), ...asks.events];
    return this.#wait(turn, { id, kind: 'limit', tool_call_id: null }, { ...asks, events }, signal);
  }

  async #wait(turn: TurnContext, waits: WaitsFor, asks: Asks, signal: AbortSignal): Promise<StoredApproval> {
    turn.waiting.set(waits.id, waits);
    await turn.step(asks.writes, asks.events, { status: 'approval' });
    const answered = await this.#answered(waits.id, signal);
    turn.waiting.delete(waits.id);
    return answered;
  }

  /**
   * What a person says, whichever process asked.
   *
   * @param by name of the token of whoever says it
   * @throws MaestroError `approval.unknown`, `approval.closed`, `approval.bad_answer`
   */
  async answer(id: string, said: ApprovalAnswerBody, by: string): Promise<ApprovalResource> {
    const { approvals, events, live } = this.parts;
    const open = await approvals.get(id);
    if (open.state !== 'open') throw closed(open);
    const resolution = this.#resolution(open, said);
    const write: Write = { write: 'approval.resolve', id, by, ...resolution };
    const event: StepEvent = { type: endOf(open.kind), data: { approval_id: id } };
    try {
      await events.commit({ conversationId: open.conversation_id, epoch: null }, { writes: [write], events: [event] });
    } catch (error) {
      throw isRefused(error) ? closed(await approvals.get(id)) : error;
    }
    live.publish(topic, { id });
    if (open.kind === 'limit') await this.#answerOthers(open, said, by);
    return shown(await approvals.get(id));
  }

  /** Agents of one turn may run into one limit at once: what a person says once counts for all of them. */
  async #answerOthers({ args }: StoredApproval, said: ApprovalAnswerBody, by: string): Promise<void> {
    const others = await this.parts.approvals.openLimits((args as LimitReached).key);
    for (const { id } of others) {
      await this.answer(id, said, by).catch((error: unknown) => {
        // Somebody else was quicker.
        if (!(error instanceof MaestroError)) throw error;
      });
    }
  }

  #resolution(open: StoredApproval, said: ApprovalAnswerBody) {
    if (open.kind === 'question') return { state: 'answered' as const, answer: checkedAnswer(open, said) };
    if (open.kind === 'limit') return limitAnswer(open, said);
    const { decision, args, text } = said;
    if (decision === 'dismiss' || said.answer !== undefined) {
      throw badAnswer(`request ${open.id} asks for leave to run "${open.tool}": allow, deny or always answer it`);
    }
    if (decision === 'deny') return { state: 'denied' as const, answer: { decision, text: text ?? null } };
    if (args !== undefined) this.#checkArgs(open.tool ?? '', args);
    const answer = { decision, ...(args !== undefined && { args }) };
    if (decision === 'allow' || !open.always) return { state: 'allowed' as const, answer };
    const made = { decision: 'allow', source: 'always' } as const;
    const rule = { id: randomUUID(), session_id: open.root_session_id, ...open.always, ...made };
    return { state: 'allowed' as const, answer, rule };
  }

  #checkArgs(name: string, args: unknown): void {
    const { parameters } = this.parts.tools.get(name);
    if (Value.Check(parameters, args)) return;
    const faults = Value.Errors(parameters, args).map(({ instancePath, message }) => `args${instancePath} ${message}`);
    throw badAnswer(`the arguments do not fit the tool "${name}": ${faults.slice(0, 10).join('; ')}`);
  }

  async #decide({ name, args, sessionId }: CallToRun): Promise<Verdict> {
    const { tools, rules, policy } = this.parts;
    const { effects, reaches } = tools.get(name);
    const inForce = await rules.inForce(sessionId);
    const target = reaches?.(args as never);
    const isOther = target !== undefined && target.id !== name;
    const reached = isOther ? this.#named(target.id, target.args) : [undefined];
    const verdicts = this.#named(name, args).flatMap((named) =>
      reached.map((reaches) => decide({ ...named, effects, reaches }, inForce.policy ?? policy, inForce.rules)),
    );
    return strictest(verdicts);
  }

  /** A call as rules name it: once for each thing it is about. */
  #named(tool: string, args: unknown) {
    const subject = this.parts.tools.find(tool)?.subject?.(args as never) ?? JSON.stringify(args ?? {});
    return [subject].flat().map((each) => ({ tool, subject: each }));
  }

  #asks(id: string, { turn, toolCallId }: CallInTurn, call: CallToRun, request: Request): Asks {
    const effects = this.parts.tools.find(call.name)?.effects ?? null;
    const row = { id, turn_id: turn.input.turnId, tool_call_id: toolCallId, tool: call.name, effects, ...request };
    const type = request.kind === 'tool' ? 'approval.requested' : 'question.asked';
    const writes: Write[] = [{ write: 'approval.add', approval: row }];
    const events: StepEvent[] = [{ type, data: { approval_id: id } }];
    return { writes, events };
  }

  /** The hint may get lost, and the table may be away for a while: it is looked at again until it says something. */
  async #answered(id: string, signal: AbortSignal): Promise<StoredApproval> {
    const { approvals, live, log } = this.parts;
    let heard = Promise.withResolvers<void>();
    const forget = live.subscribe(topic, (message) => {
      if ((message as { id?: unknown } | null)?.id === id) heard.resolve();
    });
    try {
      for (;;) {
        const found = await untilAborted(approvals.get(id), signal).catch((cause: unknown) => {
          if (signal.aborted || cause instanceof MaestroError) throw cause;
          log.warn('whether a request was answered cannot be read; looking again', { id, cause });
        });
        if (found && found.state !== 'open') return found;
        const pause = new AbortController();
        const passed = sleep(lookMs, undefined, { signal: pause.signal }).catch(() => undefined);
        await untilAborted(Promise.race([heard.promise, passed]), signal).finally(() => pause.abort());
        heard = Promise.withResolvers<void>();
      }
    } finally {
      void forget();
    }
  }
}

interface Asks {
  writes: readonly Write[];
  events: readonly StepEvent[];
}
const nothing: Asks = { writes: [], events: [] };

function asksLimit(id: string, turn_id: string, args: LimitReached, form: Question): Asks {
  const about = { tool_call_id: null, ord: 0, tool: args.tool ?? null, effects: null, always: null, title: form.title };
  return {
    writes: [{ write: 'approval.add', approval: { id, turn_id, kind: 'limit', ...about, args, form } }],
    events: [{ type: 'question.asked', data: { approval_id: id } }],
  };
}

/** What a turn waits for. */
export type WaitsFor = Pick<StoredApproval, 'id' | 'kind' | 'tool_call_id'>;

/** Nobody waits for these any more. */
export function cancels(waiting: Iterable<WaitsFor>): { writes: Write[]; events: StepEvent[] } {
  const all = [...waiting];
  return {
    writes: all.map(({ id }): Write => ({ write: 'approval.cancel', id })),
    events: all.map(({ id, kind }): StepEvent => ({ type: endOf(kind), data: { approval_id: id } })),
  };
}

function endOf(kind: ApprovalResource['kind']): 'approval.resolved' | 'question.answered' {
  return kind === 'tool' ? 'approval.resolved' : 'question.answered';
}

function leaveOf(call: CallToRun, { state, answer }: StoredApproval): Leave {
  const said = answer as { args?: unknown; text?: string | null } | null;
  if (state === 'allowed') return { args: said?.args ?? call.args, isEdited: said?.args !== undefined };
  if (state !== 'denied') return { why: 'Not run: nobody waits for leave any more.' };
  const words = said?.text?.trim();
  return { why: `Not run: the user said no to this call.${words ? ` They said: ${words}` : ' Ask what they want.'}` };
}

function closed({ id, state }: StoredApproval): MaestroError {
  return new MaestroError('approval.closed', `request ${id} is no longer open: it is ${state}`);
}

function badAnswer(message: string): MaestroError {
  return new MaestroError('approval.bad_answer', message);
}
