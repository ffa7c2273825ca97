import type { ApprovalResource } from '../protocol/approvals.js';
import type { Approvals } from '../store/approvals.js';

/** Longer texts in arguments are cut: a card shows what is asked, and the session shows all of it. */
const LONGEST_TEXT = 20_000;
const MOST = 200;

/** What waits for a person now, by the session at the top. */
export class OpenApprovals {
  readonly #open = new Map<string, ApprovalResource>();
  /** Answered while the list was read, which may still hold them; null once it is read. */
  #answered: Set<string> | null = new Set();
  #loaded: Promise<void> | null = null;

  constructor(private readonly approvals: Pick<Approvals, 'list'>) {}

  /** Reads once what waited before; a failure is tried again by whoever asks next. */
  load(): Promise<void> {
    this.#loaded ??= this.#read().catch((error: unknown) => {
      this.#loaded = null;
      throw error;
    });
    return this.#loaded;
  }

  /** Gives whether it makes a difference. */
  told(approval: ApprovalResource): boolean {
    if (approval.state === 'open') {
      this.#open.set(approval.id, cut(approval));
      return true;
    }
    this.#answered?.add(approval.id);
    return this.#open.delete(approval.id);
  }

  /** The oldest. */
  of(rootSessionId: string): ApprovalResource | null {
    let oldest: ApprovalResource | null = null;
    for (const approval of this.#open.values()) {
      if (approval.root_session_id !== rootSessionId) continue;
      if (oldest === null || approval.created_at < oldest.created_at) oldest = approval;
    }
    return oldest;
  }

  /** The session is gone, with all below it. */
  forget(sessionId: string): void {
    for (const { id, session_id, root_session_id } of this.#open.values()) {
      if (session_id === sessionId || root_session_id === sessionId) this.#open.delete(id);
    }
  }

  async #read(): Promise<void> {
    const { items } = await this.approvals.list({ state: 'open', limit: MOST });
    for (const approval of items) if (!this.#answered?.has(approval.id)) this.#open.set(approval.id, cut(approval));
    this.#answered = null;
  }
}

function cut(approval: ApprovalResource): ApprovalResource {
  return { ...approval, args: cutTexts(approval.args) };
}

function cutTexts(value: unknown): unknown {
  if (typeof value === 'string') return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}\u2026` : value;
  if (Array.isArray(value)) return value.map(cutTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, cutTexts(one)]));
}
