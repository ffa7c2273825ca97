import type { Dispose, Tools } from '../extension/registry.js';
import { deltaTopic, type Live } from '../live/port.js';
import type { ApprovalResource } from '../protocol/approvals.js';
import type { ActivityNote, ListedSession, SessionCard } from '../protocol/cards.js';
import type { Delta, SessionEvent } from '../protocol/events.js';
import type { Session } from '../protocol/resources.js';
import type { Approvals } from '../store/approvals.js';
import type { SessionsChange } from '../store/sessions.js';
import type { Turns } from '../store/turns.js';
import { ActivityNotes } from './activity-notes.js';
import { CardState } from './card-state.js';
import { OpenApprovals } from './open-approvals.js';
import type { EventSource } from './services.js';

/** Twenty agents that stream are told of in one frame, and not in one for each word. */
const TELL_EVERY_MS = 500;

export interface CardParts {
  events: EventSource;
  live: Live;
  sessions: { onChange(fn: (change: SessionsChange) => void): Dispose };
  approvals: Pick<Approvals, 'list'>;
  turns: Pick<Turns, 'lastOf'>;
  registries: { tools: Pick<Tools, 'find'> };
  now?: () => number;
}

type Told = { cards: SessionCard[] } | { note: ActivityNote };

/**
 * What cards show beside the rows of sessions, for all who look at the list. It follows what happens and asks the
 * database once, for what happened before it listened.
 */
export class Cards {
  readonly notes = new ActivityNotes();
  readonly #states = new Map<string, CardState>();
  /** Sessions of people, by their current conversation. */
  readonly #owners = new Map<string, { session_id: string; agent_name: string }>();
  readonly #conversations = new Map<string, string>();
  readonly #approvals: OpenApprovals;
  readonly #streams = new Map<string, Dispose>();
  readonly #listeners = new Set<(told: Told) => void>();
  readonly #undo: Dispose[];
  readonly #now: () => number;
  #dirty = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: CardParts) {
    this.#now = parts.now ?? Date.now;
    this.#approvals = new OpenApprovals(parts.approvals);
    this.#undo = [
      parts.events.subscribe((conversationId, events) => this.#happened(conversationId, events)),
      parts.sessions.onChange((change) => this.#changed(change)),
    ];
  }

  /** The sessions with their cards. */
  async of(sessions: readonly Session[]): Promise<ListedSession[]> {
    await Promise.all([this.#approvals.load(), this.#seed(sessions)]);
    return sessions.map((session) => {
      if (!session.parent_session_id) this.#own(session);
      return { ...session, card: this.#card(session.session_id, session.conversation_id) };
    });
  }

  onTold(fn: (told: Told) => void): Dispose {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    for (const undo of [...this.#undo, ...this.#streams.values()]) await undo();
    this.#streams.clear();
  }

  #card(session_id: string, conversationId: string): SessionCard {
    const state = this.#states.get(conversationId) ?? new CardState(() => false);
    return { ...state.card(session_id), approval: this.#approvals.of(session_id) };
  }

  /** One question for all that work or failed before this process listened. */
  async #seed(sessions: readonly Session[]): Promise<void> {
    const unknown = sessions.filter(
      ({ status, conversation_id }) => status !== 'idle' && !this.#states.has(conversation_id),
    );
    if (unknown.length === 0) return;
    const turns = await this.parts.turns.lastOf(unknown.map(({ conversation_id }) => conversation_id));
    for (const { conversation_id, state, error, created_at } of turns) {
      // What happened meanwhile is newer.
      if (this.#states.has(conversation_id)) continue;
      const isLive = ['queued', 'calling', 'tools'].includes(state);
      this.#state(conversation_id).seed({ isLive, since: created_at.toISOString(), error: error?.message ?? null });
      if (isLive) this.#listen(conversation_id);
    }
  }

  #state(conversationId: string): CardState {
    const known = this.#states.get(conversationId);
    if (known) return known;
    const state = new CardState((tool) => this.parts.registries.tools.find(tool)?.effects === 'exec');
    this.#states.set(conversationId, state);
    return state;
  }

  #own({ session_id, conversation_id, agent_name }: Session): void {
    const before = this.#conversations.get(session_id);
    if (before !== undefined && before !== conversation_id) this.#forget(before);
    this.#conversations.set(session_id, conversation_id);
    this.#owners.set(conversation_id, { session_id, agent_name });
  }

  #changed(change: SessionsChange): void {
    if (change.type === 'deleted') {
      this.#forget(change.conversation_id);
      this.#conversations.delete(change.session_id);
      this.#approvals.forget(change.session_id);
    } else if (!change.session.parent_session_id) {
      this.#own(change.session);
    }
  }

  #forget(conversationId: string): void {
    this.#mute(conversationId);
    this.#states.delete(conversationId);
    this.#owners.delete(conversationId);
    this.#dirty.delete(conversationId);
  }

  #happened(conversationId: string, events: readonly SessionEvent[]): void {
    for (const event of events) {
      if ('approval' in event.data) this.#asked(event.data.approval);
      if (this.#state(conversationId).happened(event)) this.#touch(conversationId);
      const owner = this.#owners.get(conversationId);
      const note = owner && this.notes.add(owner, event);
      if (note) this.#tell({ note });
    }
    if (this.#states.get(conversationId)?.isLive) this.#listen(conversationId);
    else {
      this.#mute(conversationId);
      // Agents below have no card.
      if (!this.#owners.has(conversationId)) this.#states.delete(conversationId);
    }
  }

  /** An agent below may ask, and the card of the session at the top shows it. */
  #asked(approval: ApprovalResource): void {
    if (!this.#approvals.told(approval)) return;
    const conversationId = this.#conversations.get(approval.root_session_id);
    if (conversationId !== undefined) this.#touch(conversationId);
  }

  #listen(conversationId: string): void {
    if (this.#streams.has(conversationId)) return;
    const undo = this.parts.live.subscribe(deltaTopic(conversationId), (message) => {
      this.#state(conversationId).streamed(message as Delta, this.#now());
      this.#touch(conversationId);
    });
    this.#streams.set(conversationId, undo);
  }

  #mute(conversationId: string): void {
    void this.#streams.get(conversationId)?.();
    this.#streams.delete(conversationId);
  }

  #touch(conversationId: string): void {
    if (this.#listeners.size === 0) return;
    this.#dirty.add(conversationId);
    this.#timer ??= setTimeout(() => this.#flush(), TELL_EVERY_MS).unref();
  }

  #flush(): void {
    this.#timer = undefined;
    const dirty = this.#dirty;
    this.#dirty = new Set();
    const cards = [...dirty].flatMap((conversationId) => {
      const owner = this.#owners.get(conversationId);
      return owner ? [this.#card(owner.session_id, conversationId)] : [];
    });
    if (cards.length > 0) this.#tell({ cards });
  }

  #tell(told: Told): void {
    for (const listener of this.#listeners) listener(told);
  }
}
