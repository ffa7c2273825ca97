import type { ModelCatalogue } from '../catalogue/model-catalogue.js';
import type { Dispose } from '../extension/registry.js';
import type { SessionEvent } from '../protocol/events.js';
import type { ApprovalsSnapshot, SessionsChange, SessionsSnapshot } from '../protocol/frames.js';
import type { List, Session } from '../protocol/resources.js';
import type { SessionsChange as StoreChange } from '../store/sessions.js';
import type { Cards } from './cards.js';
import { type Connection, frame } from './connection.js';
import type { ServerServices } from './services.js';

/** More than the configuration lets anyone have open at once. */
const MOST_SESSIONS = 10_000;
const PAGE = 200;

/** Those who follow one topic without a seq: `joined`, a snapshot, then changes. */
export abstract class Feed {
  /** What happened since the snapshot was asked for, until it is sent; null from then on. */
  readonly #members = new Map<Connection, Buffer[] | null>();

  protected constructor(readonly topic: string) {}

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  protected abstract snapshot(): Promise<unknown>;

  /** Resolves once the snapshot is sent. */
  async join(connection: Connection): Promise<void> {
    const waiting: Buffer[] = [];
    this.#members.set(connection, waiting);
    connection.say({ op: 'joined', topic: this.topic });
    const data = await this.snapshot().catch((cause: unknown) => {
      // Nobody will come for what waits here.
      if (this.#members.get(connection) === waiting) this.leave(connection);
      throw cause;
    });
    if (this.#members.get(connection) !== waiting) return;
    this.#members.set(connection, null);
    const delivered = connection.deliver(frame({ op: 'snapshot', topic: this.topic, data }));
    // At once: a change that comes while the snapshot leaves must not overtake those that came before it.
    for (const bytes of waiting) connection.send(bytes);
    await delivered;
  }

  leave(connection: Connection): void {
    this.#members.delete(connection);
  }

  protected change(data: unknown): void {
    const bytes = frame({ op: 'change', topic: this.topic, data });
    for (const [connection, waiting] of this.#members) {
      if (waiting) waiting.push(bytes);
      else connection.send(bytes);
    }
  }
}

/** The topic `sessions`: every card of the dashboard. Agents that answer calls have none: they show in their caller's session. */
export class SessionsFeed extends Feed {
  #undo: Dispose | undefined;

  constructor(
    private readonly services: Pick<ServerServices, 'sessions'>,
    private readonly catalogue: Pick<ModelCatalogue, 'fill'>,
    private readonly cards: Pick<Cards, 'of' | 'notes' | 'onTold'>,
  ) {
    super('sessions');
  }

  /** While somebody looks, cards are told of. */
  override join(connection: Connection): Promise<void> {
    this.#undo ??= this.cards.onTold((told) => {
      if ('note' in told) this.change({ type: 'activity.noted', data: told } satisfies SessionsChange);
      else this.change({ type: 'cards.changed', data: told } satisfies SessionsChange);
    });
    return super.join(connection);
  }

  override leave(connection: Connection): void {
    super.leave(connection);
    if (this.isEmpty) this.close();
  }

  close(): void {
    void this.#undo?.();
    this.#undo = undefined;
  }

  told(change: StoreChange): void {
    if (this.isEmpty) return;
    if (change.type === 'deleted') {
      this.change({ type: 'session.deleted', data: { session_id: change.session_id } });
    } else if (!change.session.parent_session_id) {
      this.change({ type: `session.${change.type}`, data: { session: this.catalogue.fill(change.session) } });
    }
  }

  protected override async snapshot(): Promise<SessionsSnapshot> {
    const items: Session[] = [];
    let next: string | null = null;
    do {
      const page: List<Session> = await this.services.sessions.list({ limit: PAGE, cursor: next });
      items.push(...page.items.map((session) => this.catalogue.fill(session)));
      next = page.next;
    } while (next !== null && items.length < MOST_SESSIONS);
    return { items: await this.cards.of(items), next, notes: this.cards.notes.newest };
  }
}

/** What is open, in one answer: more at once nobody answers. */
const MOST_APPROVALS = 200;
const approvalEvents: ReadonlySet<string> = new Set([
  'approval.requested',
  'approval.resolved',
  'question.asked',
  'question.answered',
]);

/** The topic `approvals`: all that waits for a person, in sessions of people and in those of agents below them. */
export class ApprovalsFeed extends Feed {
  constructor(private readonly services: Pick<ServerServices, 'approvals'>) {
    super('approvals');
  }

  told(events: readonly SessionEvent[]): void {
    if (this.isEmpty) return;
    for (const { type, data } of events) if (approvalEvents.has(type)) this.change({ type, data });
  }

  removed(session_id: string): void {
    if (!this.isEmpty) this.change({ type: 'session.deleted', data: { session_id } });
  }

  protected override snapshot(): Promise<ApprovalsSnapshot> {
    return this.services.approvals.list({ state: 'open', limit: MOST_APPROVALS });
  }
}
