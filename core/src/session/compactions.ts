import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Session } from '../protocol/resources.js';
import type { Compactions } from '../store/compactions.js';
import type { EventLog } from '../store/event-log.js';
import type { Messages } from '../store/messages.js';
import { compacted, inFull } from './compacted-history.js';
import { type CompactionPorts, nothing } from './compaction.js';
import { budgetOf } from './compaction-budget.js';
import { startsCompaction } from './queue-turns.js';
import { isRefused } from './refusal.js';
import { RequestSize } from './request-size.js';

export interface AskedCompactionParts extends Pick<CompactionPorts, 'settings' | 'sizes' | 'calibration' | 'estimate'> {
  events: EventLog;
  messages: Messages;
  compactions: Compactions;
}

/** What people ask of compaction, in conversations where nothing runs. */
export class AskedCompactions {
  constructor(private readonly parts: AskedCompactionParts) {}

  /**
   * Begins a turn that sums up; gives its id.
   *
   * @throws MaestroError `compaction.nothing`, `session.busy`
   */
  async begin(session: Session, instructions: string | null): Promise<string> {
    const { messages, compactions } = this.parts;
    const { conversation_id } = session;
    const active = await compactions.active(conversation_id);
    const left = await messages.history(conversation_id, active?.upto_pos ?? 0);
    const last = left.at(-1);
    // One message would be told with more words than it has.
    if (!last || left.length < leastMessages) throw nothing();
    const id = randomUUID();
    await this.#commit(session, startsCompaction(session, last.id, { id, instructions }));
    return id;
  }

  /**
   * Undoes a compaction and all after it: models are told again what they were told before it.
   *
   * @throws MaestroError `compaction.unknown`, `compaction.too_long` where that does not fit the window, `session.busy`
   */
  async revert(session: Session, id: string): Promise<void> {
    const { compactions } = this.parts;
    const { conversation_id, session_id } = session;
    if (!(await compactions.find(conversation_id, id))) throw unknown(session_id, id);
    const tokens = await this.#before(session, id);
    await this.#commit(session, {
      writes: [
        { write: 'compaction.revert', id },
        { write: 'session.set', session_id, set: { contextUsed: tokens } },
      ],
      events: [
        { type: 'compaction.reverted', data: { compaction_id: id } },
        { type: 'session.updated', data: { session_id } },
      ],
    });
  }

  /** What the conversation comes to without it, which must fit. */
  async #before({ conversation_id, provider, model, system_prompt: system }: Session, id: string): Promise<number> {
    const { compactions, messages, sizes, settings, estimate, calibration } = this.parts;
    const earlier = (await compactions.before(conversation_id, id)) ?? inFull;
    const told = compacted(await messages.history(conversation_id, earlier.upto_pos), earlier);
    const budget = budgetOf(await sizes(provider, model), settings);
    const size = new RequestSize(estimate, { system, tools: [] }, calibration.factor(provider, model));
    const tokens = size.of(told);
    if (!budget.isKnown || tokens <= budget.limit) return tokens;
    const message =
      `without this compaction the conversation comes to about ${tokens} tokens, and ${provider}/${model} reads ` +
      `${budget.limit} beside its reply; undo a later one, or choose a model with a larger window first`;
    throw new MaestroError('compaction.too_long', message);
  }

  async #commit({ conversation_id, session_id }: Session, step: Parameters<EventLog['commit']>[1]): Promise<void> {
    try {
      await this.parts.events.commit({ conversationId: conversation_id, epoch: null }, step);
    } catch (error) {
      if (!isRefused(error)) throw error;
      const message = `session "${session_id}" is answering; stop it or wait`;
      throw new MaestroError('session.busy', message, { cause: error });
    }
  }
}

const leastMessages = 2;

function unknown(sessionId: string, id: string): MaestroError {
  const message = `session "${sessionId}" has no compaction ${id} that counts; list them with \`maestro session compactions ${sessionId}\``;
  return new MaestroError('compaction.unknown', message);
}
