import type { ApprovalResource } from '../protocol/approvals.js';
import type { ApprovalsChange, ApprovalsSnapshot } from '../protocol/frames.js';
import type { MaestroSocket, TopicFrame } from './socket.js';

const TOPIC = 'approvals';

/** All that waits for a person, oldest first, kept up to date over the topic `approvals`. */
export class ApprovalsStore {
  readonly #socket: MaestroSocket;
  readonly #listeners = new Set<(store: ApprovalsStore) => void>();
  #approvals: readonly ApprovalResource[] = [];
  #leave: (() => void) | null = null;

  constructor({ socket }: { socket: MaestroSocket }) {
    this.#socket = socket;
  }

  /** One that has not changed is the same object as before. */
  get approvals(): readonly ApprovalResource[] {
    return this.#approvals;
  }

  subscribe(listener: (store: ApprovalsStore) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(): this {
    this.#leave ??= this.#socket.join(TOPIC, { position: () => ({}), frame: (frame) => this.#frame(frame) });
    return this;
  }

  close(): void {
    this.#leave?.();
    this.#leave = null;
  }

  #frame(frame: TopicFrame): void {
    if (frame.op === 'snapshot') this.#show((frame.data as ApprovalsSnapshot).items);
    else if (frame.op === 'change') this.#show(changed(this.#approvals, frame.data as ApprovalsChange));
  }

  #show(approvals: readonly ApprovalResource[]): void {
    this.#approvals = approvals;
    for (const listener of this.#listeners) listener(this);
  }
}

function changed(approvals: readonly ApprovalResource[], change: ApprovalsChange): readonly ApprovalResource[] {
  if (change.type === 'session.deleted') {
    const { session_id } = change.data;
    return approvals.filter((one) => one.session_id !== session_id && one.root_session_id !== session_id);
  }
  const { approval } = change.data;
  const others = approvals.filter(({ id }) => id !== approval.id);
  return approval.state === 'open' ? [...others, approval] : others;
}
