import { randomUUID } from 'node:crypto';
import type { Dispose } from '../extension/registry.js';
import type { Live } from '../live/port.js';
import type { Logger } from '../log.js';
import type { Session } from '../protocol/resources.js';
import type { Queue } from '../store/queue.js';
import type { Sessions } from '../store/sessions.js';
import type { Turn } from '../store/turns.js';
import { failureOf } from './failure.js';
import type { SessionLimits } from './limits.js';
import type { LiveTurns } from './live-turns.js';
import { startsQueued } from './queue-turns.js';
import { ends, recover } from './recovery.js';
import { isFenceLost, isRefused } from './refusal.js';
import { isPassing, type TurnRunner } from './runner.js';
import { Work } from './work.js';

/** Which conversations this process writes. */
export interface Ownership {
  readonly id: string;
  /** The epoch under which this process owns it, claimed if need be; null when another process does. */
  own(conversationId: string): Promise<{ epoch: number } | null>;
}

export interface WorkerParts {
  sessions: Sessions;
  instances: Ownership;
  queue: Queue;
  turns: LiveTurns;
  runner: TurnRunner;
  live: Live;
  log: Logger;
  limits: SessionLimits;
}

/** Tells the other processes what one of them must do for a conversation it owns. */
const topic = 'engine';
interface Hint {
  from: string;
  conversation_id: string;
  op: 'look' | 'stop';
}

const recoveredAtOnce = 4;

/**
 * Looks after conversations: claims them, recovers what a dead process left, runs one turn after another. Whatever
 * sets it to work, the tables say what there is to do, so looking once too often does no harm.
 */
export class Worker {
  readonly #works = new Map<string, Work>();
  /** Claimed and recovered before their work begins. */
  readonly #recovered = new Map<string, number>();
  readonly #undo: Dispose[] = [];
  #isClosing = false;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(private readonly parts: WorkerParts) {}

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Recovers every turn that no living process runs; gives how many there were. They go on after `start`. */
  async recover(): Promise<number> {
    const found = await this.#unfinished();
    const left = [...found];
    const next = async (): Promise<void> => {
      for (let id = left.shift(); id; id = left.shift()) {
        try {
          const epoch = await this.#own(id, undefined);
          if (epoch !== null) this.#recovered.set(id, epoch);
        } catch (cause) {
          // One conversation must not keep the others from being served; the sweep comes back to it.
          this.parts.log.error('a conversation could not be recovered', { conversationId: id, cause });
        }
      }
    };
    await Promise.all(Array.from({ length: recoveredAtOnce }, next));
    return found.length;
  }

  start(): void {
    const { live, limits } = this.parts;
    for (const id of [...this.#recovered.keys()]) this.#lookHere(id);
    this.#undo.push(live.subscribe(topic, (message) => this.#heard(message as Hint)));
    const timer = setInterval(() => {
      this.#sweeping = this.#sweep();
    }, limits.sweepMs);
    timer.unref();
    this.#undo.push(() => clearInterval(timer));
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    for (const undo of this.#undo.splice(0)) await undo();
    const works = [...this.#works.values()];
    for (const { round } of works) round.stop('closing');
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, graceMs);
    const all = Promise.all([this.#sweeping, ...works.map(({ done }) => done)]).then(() => undefined);
    await Promise.race([all, grace.promise]);
    clearTimeout(timer);
  }

  /** Has a conversation looked after, here and where it is owned. */
  look(conversationId: string, why: { fresh?: string; goesOn?: boolean } = {}): void {
    this.#lookHere(conversationId, why);
    this.#tell(conversationId, 'look');
  }

  #lookHere(conversationId: string, why: { fresh?: string; goesOn?: boolean } = {}): void {
    if (this.#isClosing) return;
    const known = this.#works.get(conversationId);
    if (known) {
      known.again = true;
      known.goesOn ||= why.goesOn ?? false;
      return;
    }
    const work = new Work();
    work.fresh = why.fresh;
    work.goesOn = why.goesOn ?? false;
    this.#works.set(conversationId, work);
    work.done = this.#work(conversationId, work).catch((cause: unknown) => {
      // The turn stays live, and the next sweep takes it up from the tables.
      this.parts.log.error('the work on a conversation broke off', { conversationId, cause });
    });
  }

  /** W8, wherever the turn runs. Resolves once it has ended, or once the process that runs it was told. */
  async stop(conversationId: string): Promise<void> {
    const { turns, instances } = this.parts;
    const turn = await turns.live(conversationId);
    for (let live = turn; live && live.id === turn?.id; live = await turns.live(conversationId)) {
      const round = this.#works.get(conversationId)?.round;
      if (round) {
        round.stop('cancelled');
        await round.ended.promise;
        if (!round.isOurs) return this.#tell(conversationId, 'stop');
        continue;
      }
      const claim = await instances.own(conversationId);
      if (!claim) return this.#tell(conversationId, 'stop');
      await this.#cancel(live, claim.epoch);
    }
  }

  async #cancel(turn: Turn, epoch: number): Promise<void> {
    const { sessions, turns, runner } = this.parts;
    const { conversation_id: conversationId } = turn;
    const session = await sessions.ofConversation(conversationId);
    if (!session) return;
    const step = ends(
      await turns.wreck(turn, session.session_id),
      { state: 'cancelled' },
      this.parts.limits,
      randomUUID,
    );
    await runner.commit({ conversationId, epoch }, step);
    this.look(conversationId);
  }

  #tell(conversationId: string, op: Hint['op']): void {
    const hint: Hint = { from: this.parts.instances.id, conversation_id: conversationId, op };
    this.parts.live.publish(topic, hint);
  }

  #heard({ from, conversation_id, op }: Hint): void {
    if (from === this.parts.instances.id) return;
    if (op === 'stop') this.#works.get(conversation_id)?.round.stop('cancelled');
    else this.#lookHere(conversation_id);
  }

  async #work(conversationId: string, work: Work): Promise<void> {
    try {
      do {
        work.again = false;
        while (!this.#isClosing && (await this.#round(conversationId, work))) work.goesOn = false;
      } while (work.again && !this.#isClosing);
    } finally {
      this.#works.delete(conversationId);
      work.turnOver();
    }
  }

  /** Runs the live turn, or makes one of the first message that waits. False when there is nothing to do. */
  async #round(conversationId: string, work: Work): Promise<boolean> {
    try {
      work.epoch ??= (await this.#own(conversationId, work.fresh)) ?? undefined;
      work.round.isOurs = work.epoch !== undefined;
      const session = await this.parts.sessions.ofConversation(conversationId);
      if (work.epoch === undefined || !session) return false;
      const turn = await this.parts.turns.live(conversationId);
      if (!turn) return await this.#takeQueued(session, conversationId, work.epoch, work.goesOn);
      return await this.#run(turn, session, work.epoch, work);
    } finally {
      work.turnOver();
    }
  }

  /** False when the conversation is no longer ours. */
  async #run(turn: Turn, session: Session, epoch: number, work: Work): Promise<boolean> {
    const fence = { conversationId: turn.conversation_id, epoch };
    try {
      await this.parts.runner.run(turn, session.session_id, fence, work.round.signal);
    } catch (error) {
      if (isFenceLost(error)) {
        this.parts.log.info('a turn is left to its new owner', { turn: turn.id });
        return false;
      }
      if (isRefused(error) || isPassing(error)) {
        // What was done and what was not, only the tables know.
        this.parts.log.warn('a turn is taken up anew from the tables', { turn: turn.id, cause: error });
        work.epoch = undefined;
        work.fresh = undefined;
        return true;
      }
      this.parts.log.warn('a turn failed', { turn: turn.id, cause: error });
      const failure = failureOf(error, turn.config.provider);
      const wreck = await this.parts.turns.wreck(turn, session.session_id);
      await this.parts.runner.commit(
        fence,
        ends(wreck, { state: 'failed', error: failure }, this.parts.limits, randomUUID),
      );
    }
    return true;
  }

  /** What waits becomes a message and a turn. After an interruption only when a person wants to go on. */
  async #takeQueued(session: Session, conversationId: string, epoch: number, goesOn: boolean): Promise<boolean> {
    const queued = await this.parts.queue.next(conversationId);
    if (!queued) return false;
    const last = await this.parts.turns.last(conversationId);
    if (last?.state === 'interrupted' && !goesOn) return false;
    try {
      await this.parts.runner.commit({ conversationId, epoch }, startsQueued(session, queued, randomUUID()));
      return true;
    } catch (error) {
      if (isFenceLost(error)) return false;
      // It was edited, removed, or a turn was started meanwhile: look again.
      if (isRefused(error)) return true;
      throw error;
    }
  }

  /** Claims a conversation and recovers what a dead owner left in it; null when another process has it. */
  async #own(conversationId: string, fresh: string | undefined): Promise<number | null> {
    const recovered = this.#recovered.get(conversationId);
    this.#recovered.delete(conversationId);
    if (recovered !== undefined) return recovered;
    const claim = await this.parts.instances.own(conversationId);
    if (!claim) return null;
    const turn = await this.parts.turns.live(conversationId);
    if (turn && turn.id !== fresh) await this.#recoverTurn(turn, claim.epoch);
    return claim.epoch;
  }

  async #recoverTurn(turn: Turn, epoch: number): Promise<void> {
    const { conversation_id: conversationId } = turn;
    const session = await this.parts.sessions.ofConversation(conversationId);
    if (!session) return;
    await this.parts.turns.countStart(conversationId, epoch);
    const wreck = await this.parts.turns.wreck(turn, session.session_id);
    const { step, goesOn } = recover(wreck, this.parts.limits, randomUUID);
    if (step.writes.length > 0) await this.parts.runner.commit({ conversationId, epoch }, step);
    this.parts.log.info('a turn was recovered', { turn: turn.id, state: turn.state, goesOn, starts: wreck.liveStarts });
  }

  async #sweep(): Promise<void> {
    try {
      for (const id of await this.#unfinished()) {
        if (!this.#works.has(id)) this.#lookHere(id);
      }
    } catch (cause) {
      this.parts.log.warn('conversations without an owner could not be looked for', { cause });
    }
  }

  #unfinished(): Promise<string[]> {
    return this.parts.turns.unfinished(this.parts.instances.id);
  }
}
