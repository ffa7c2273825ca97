import type { Failure } from '../protocol/events.js';
import { SHAPE_VERSION, type ToolResultPart } from '../protocol/messages.js';
import type { StepEvent, ToolState, Write } from '../store/step.js';
import { cancels, type Leave } from './approvals.js';
import { asStored } from './context.js';
import { addsMessage, saidParts, takesQueued } from './new-message.js';
import { edited, refused, skipped } from './outcomes.js';
import { isRefused } from './refusal.js';
import type { CallToRun, ToolEnd } from './tool-run.js';
import { type CallInTurn, toolContext } from './tool-services.js';
import { type SessionShown, type TurnContext, type TurnEnd, turnEnds } from './turn.js';
import { following, unlessStopped } from './wait.js';

/** One call of a reply. */
export interface PendingCall {
  /** Row id. */
  id: string;
  ord: number;
  /** Which part of the message it is. */
  part: number;
  /** The provider's id. */
  callId: string;
  name: string;
  args: unknown;
  /** Set where it ended before: in an earlier run of the turn. */
  result: ToolResultPart | null;
}

/** A complete reply whose calls are to be answered. */
export interface PendingReply {
  messageId: string;
  calls: readonly PendingCall[];
}

/** Runs what the model called and hands it the results (W5, W6, W7). Gives how the turn ended, if it did. */
export function answerCalls(turn: TurnContext, reply: PendingReply): Promise<TurnEnd | null> {
  return new ToolsPhase(turn, reply).run();
}

class ToolsPhase {
  readonly #open: Map<string, PendingCall>;
  readonly #results = new Map<string, ToolResultPart>();
  /** Outcomes that are committed together with the results. */
  #heldWrites: Write[] = [];
  #heldEvents: StepEvent[] = [];

  constructor(
    private readonly turn: TurnContext,
    private readonly reply: PendingReply,
  ) {
    this.#open = new Map(reply.calls.filter((call) => !call.result).map((call) => [call.id, call]));
    for (const { id, result } of reply.calls) if (result) this.#results.set(id, result);
  }

  async run(): Promise<TurnEnd | null> {
    const { turn } = this;
    const held = await unlessStopped(turn, turn.input.guards.beforeTools(turn, this.reply));
    if (held && !turn.stopped) return this.#endAt(held);
    for (const batch of this.#batches()) {
      if (turn.stopped) break;
      await this.#runTogether(batch);
    }
    if (turn.stopped === 'closing') return this.#leave();
    if (turn.stopped) return this.#cancel();
    await this.#handOver();
    return null;
  }

  /** Neighbours that may run side by side do; everything else waits for what stands before it. */
  #batches(): PendingCall[][] {
    const batches: PendingCall[][] = [];
    let wasBeside = false;
    for (const call of this.#open.values()) {
      const { runsBeside } = this.turn.input.run.traits(call.name);
      if (runsBeside && wasBeside) batches.at(-1)?.push(call);
      else batches.push([call]);
      wasBeside = runsBeside;
    }
    return batches;
  }

  /** When one cannot be recorded, the others are stopped and waited for: nothing runs on unseen. */
  async #runTogether(batch: readonly PendingCall[]): Promise<void> {
    const { controller, release } = following(this.turn.input.signal);
    const runs = batch.map(async (call) => {
      try {
        await this.#runOne(call, controller.signal);
      } catch (error) {
        controller.abort(error);
        throw error;
      }
    });
    const ends = await Promise.allSettled(runs);
    release();
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #runOne(call: PendingCall, signal: AbortSignal): Promise<void> {
    const { run } = this.turn.input;
    const toRun = this.#toRun(call);
    const why = await run.refusal(toRun);
    if (signal.aborted) return;
    if (why !== null) return this.#finish(call, 'proposed', refused(why));
    const asking = { call: toRun, toolCallId: call.id, messageId: this.reply.messageId, turn: this.turn, signal };
    const leave = await this.#leaveFor(asking);
    if (leave === null || signal.aborted) return;
    if ('why' in leave) return this.#finish(call, 'proposed', refused(leave.why));
    await this.#start(call);
    // The process leaves before it began: the next one begins it.
    if (signal.aborted && this.#isLeftToNext(call)) return;
    const place = { ...asking, call: { ...toRun, args: leave.args } };
    const context = toolContext(this.turn.input.services, place, this.#teller(call));
    const end = await run.run(place.call, context);
    if (this.#isAskedAgain(call)) return;
    await this.#finish(call, 'started', leave.isEdited ? edited(end, leave.args) : end);
  }

  /** Null where the call was stopped while it waited: whoever runs the turn next finds what it waits for. */
  async #leaveFor(place: CallInTurn): Promise<Leave | null> {
    try {
      return await this.turn.input.leave(place);
    } catch (error) {
      if (place.signal.aborted) return null;
      throw error;
    }
  }

  /** The process leaves while a call that may run again waits for a person or an agent: the next one waits on. */
  #isAskedAgain(call: PendingCall): boolean {
    if (!this.#isLeftToNext(call)) return false;
    if (this.turn.delegated.has(call.id)) return true;
    return [...this.turn.waiting.values()].some(({ tool_call_id }) => tool_call_id === call.id);
  }

  #isLeftToNext(call: PendingCall): boolean {
    return this.turn.stopped === 'closing' && this.turn.input.run.traits(call.name).retry === 'safe';
  }

  /** Tells live output. What a reader is too slow for is left out: it is not stored, and memory is not endless. */
  #teller(call: PendingCall): (text: string) => void {
    let offset = 0;
    let untold = 0;
    return (text) => {
      if (!this.#open.has(call.id)) return;
      const delta = { ...this.#place(call), offset, text };
      offset += text.length;
      if (untold > this.turn.input.limits.outputBytes) return;
      untold += text.length;
      this.turn.tell(delta).then(
        () => {
          untold -= text.length;
        },
        (cause: unknown) => this.turn.log.debug('output of a tool was not told', { cause }),
      );
    };
  }

  /** W5: only once this is committed may the tool run. A refused step means it may not. */
  #start(call: PendingCall): Promise<void> {
    const { turnId } = this.turn.input;
    const data = { turn_id: turnId, message_id: this.reply.messageId, call_id: call.callId, name: call.name };
    return this.turn.step(
      [{ write: 'tool.set', tool_call_id: call.id, from: ['proposed'], state: 'started' }],
      [{ type: 'tool.started', data }],
      { status: this.turn.waiting.size > 0 ? 'approval' : 'tool' },
    );
  }

  /** W6. The last outcome, and all that come once the turn is being stopped, wait for the step that follows them. */
  async #finish(call: PendingCall, from: ToolState, end: ToolEnd): Promise<void> {
    this.#end(call, from, end);
    if (this.#open.size > 0 && !this.turn.stopped) await this.#release();
  }

  #end(call: PendingCall, from: ToolState, end: ToolEnd): void {
    this.#open.delete(call.id);
    const result = { call_id: call.callId, name: call.name, ...end };
    this.#results.set(call.id, asStored({ v: SHAPE_VERSION, type: 'tool_result', ...result }));
    this.#heldWrites.push({ write: 'tool.set', tool_call_id: call.id, from: [from], state: end.outcome, result });
    const data = { turn_id: this.turn.input.turnId, message_id: this.reply.messageId, tool_call_id: call.id };
    this.#heldEvents.push({ type: 'tool.finished', data });
  }

  #held(): { writes: Write[]; events: StepEvent[] } {
    const held = { writes: this.#heldWrites, events: this.#heldEvents };
    this.#heldWrites = [];
    this.#heldEvents = [];
    return held;
  }

  #release(): Promise<void> {
    const { writes, events } = this.#held();
    const isAnswered = this.turn.status === 'approval' && this.turn.waiting.size === 0;
    return this.turn.step(writes, events, isAnswered ? { status: 'tool' } : {});
  }

  /** W7: the results as one message, and with it what the person wants to hand in now. */
  async #handOver(): Promise<void> {
    const { turn } = this;
    const { turnId } = turn.input;
    const held = this.#held();
    const results = this.#resultMessage();
    const calling: Write = { write: 'turn.set', turn_id: turnId, from: ['tools'], state: 'calling' };
    for (;;) {
      const steered = await turn.input.steer();
      const taken = steered.map((queued) => takesQueued(queued, turnId));
      const changed: StepEvent[] = taken.length > 0 ? [{ type: 'queue.changed', data: {} }] : [];
      try {
        await turn.step(
          [...held.writes, results.added.write, calling, ...taken.flatMap(({ writes }) => writes)],
          [...held.events, results.added.event, ...changed, ...taken.map(({ event }) => event)],
          { status: 'thinking' },
        );
      } catch (error) {
        if (!isRefused(error) || steered.length === 0) throw error;
        // What waits was edited or removed between reading and taking it. Refused for another reason, it comes again.
        const isSame = JSON.stringify(await turn.input.steer()) === JSON.stringify(steered);
        if (isSame) throw error;
        continue;
      }
      turn.history.push({ role: 'tool', parts: results.parts, provider: null, model: null });
      for (const said of steered) {
        turn.history.push({ role: 'user', parts: asStored(saidParts(said)), provider: null, model: null });
      }
      return;
    }
  }

  /** W8 while tools run: all that did not run is skipped, so that every call has its result. */
  async #cancel(): Promise<TurnEnd> {
    for (const call of this.#open.values()) this.#end(call, 'proposed', skipped('the user stopped the turn'));
    await this.#closeWith(turnEnds(this.turn.input.turnId, { state: 'cancelled' }));
    return 'cancelled';
  }

  /** A guard said no. */
  async #endAt(error: Failure): Promise<TurnEnd> {
    for (const call of this.#open.values()) this.#end(call, 'proposed', skipped('the turn was stopped at a limit'));
    await this.#closeWith(turnEnds(this.turn.input.turnId, { state: 'failed', error }));
    return 'failed';
  }

  async #closeWith(end: { writes: Write[]; events: StepEvent[]; session: SessionShown }): Promise<void> {
    const held = this.#held();
    const { added } = this.#resultMessage();
    const left = cancels(this.turn.waiting.values());
    await this.turn.step(
      [...left.writes, ...held.writes, added.write, ...end.writes],
      [...left.events, ...held.events, added.event, ...end.events],
      end.session,
    );
  }

  /** This process ends: what ran is recorded, what did not is left to the next one. */
  async #leave(): Promise<TurnEnd> {
    const left = cancels(
      [...this.turn.waiting.values()].filter(
        ({ tool_call_id }) => tool_call_id !== null && !this.#open.has(tool_call_id),
      ),
    );
    this.#heldWrites.push(...left.writes);
    this.#heldEvents.push(...left.events);
    if (this.#heldWrites.length > 0) await this.#release();
    return 'closing';
  }

  #resultMessage() {
    const parts = this.reply.calls.flatMap(({ id }) => this.#results.get(id) ?? []);
    const { newId, turnId } = this.turn.input;
    return { parts, added: addsMessage({ id: newId(), role: 'tool', turn_id: turnId, parts }) };
  }

  #toRun(call: PendingCall): CallToRun {
    const { sessionId, config } = this.turn.input;
    return {
      id: call.callId,
      name: call.name,
      args: call.args,
      sessionId,
      workingDirectory: config.working_directory,
      switches: { tools: config.tools, servers: config.mcps ?? {} },
    };
  }

  #place(call: PendingCall) {
    const { callId: call_id, name, part } = call;
    return { message_id: this.reply.messageId, part, kind: 'tool_output' as const, call_id, name };
  }
}
