import { type PanelShown, panelTopic } from '../protocol/panels.js';
import type { View } from '../protocol/views.js';
import type { MaestroRest, PanelInput } from './rest.js';
import type { MaestroSocket, TopicFrame } from './socket.js';

/** `stale`: what is shown was right at `shown.at`; the connection is gone, or its lines have stopped growing. */
export type PanelStoreState = 'loading' | 'live' | 'stale' | 'error' | 'off';

export interface PanelStoreOptions {
  rest: MaestroRest;
  socket: MaestroSocket;
  id: string;
  /** For panels that stand beside a session. */
  session_id?: string | undefined;
  /** Milliseconds; for tests. */
  now?: () => number;
}

/** This many updates missing in a row, and lines that grow are old. */
const MISSED = 3;
const SHORTEST_MS = 5_000;

const nothing: PanelShown = { panel: null, state: 'loading', view: null, at: null, error: null, left_out: [] };

/** One panel, kept up to date while it is open. `shown` is replaced, never changed, on each update. */
export class PanelStore {
  readonly id: string;
  readonly session_id: string | undefined;
  readonly #rest: MaestroRest;
  readonly #socket: MaestroSocket;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #shown = nothing;
  /** When the newest views came here, up to a few. */
  #times: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #undo: (() => void)[] = [];

  constructor({ rest, socket, id, session_id, now = Date.now }: PanelStoreOptions) {
    this.#rest = rest;
    this.#socket = socket;
    this.id = id;
    this.session_id = session_id;
    this.#now = now;
  }

  get shown(): PanelShown {
    return this.#shown;
  }

  get state(): PanelStoreState {
    const { state, view } = this.#shown;
    if (state === 'loading') return view ? 'stale' : 'loading';
    if (state !== 'live') return state;
    return this.#socket.state === 'online' && this.#now() < this.#dueAt() ? 'live' : 'stale';
  }

  /** Called after every change; gives the undo. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(): this {
    if (this.#undo.length > 0) return this;
    const topic = panelTopic(this.id, this.session_id);
    this.#undo = [
      this.#socket.join(topic, { position: () => ({}), frame: (frame) => this.#frame(frame) }),
      this.#socket.onState(() => this.#changed()),
    ];
    return this;
  }

  close(): void {
    for (const undo of this.#undo.splice(0)) undo();
    clearTimeout(this.#timer);
  }

  act(action: string, input: PanelInput = {}): Promise<void> {
    return this.#rest.actOnPanel(this.id, action, input, this.session_id);
  }

  restart(): Promise<void> {
    return this.#rest.restartPanel(this.id, this.session_id);
  }

  #frame(frame: TopicFrame): void {
    if (frame.op === 'error') {
      const { code, message } = frame;
      const isGone = code === 'panel.unknown' || code === 'session.unknown';
      this.#show({ ...this.#shown, state: isGone ? 'off' : 'error', error: { code, message } });
    } else if (frame.op === 'snapshot' || frame.op === 'change') {
      this.#show(frame.data as PanelShown);
    }
  }

  #show(shown: PanelShown): void {
    const isNew = shown.state === 'live' && shown.at !== this.#shown.at;
    this.#shown = shown;
    if (isNew) this.#times = [...this.#times, this.#now()].slice(-1 - MISSED);
    clearTimeout(this.#timer);
    const wait = this.#dueAt() - this.#now();
    if (shown.state === 'live' && Number.isFinite(wait))
      this.#timer = setTimeout(() => this.#changed(), Math.max(0, wait));
    this.#changed();
  }

  /** When lines that grow should have grown; never for views without, which may stand as long as they like. */
  #dueAt(): number {
    const last = this.#times.at(-1);
    if (last === undefined || this.#times.length <= MISSED || !hasSeries(this.#shown.view))
      return Number.POSITIVE_INFINITY;
    const gaps = this.#times.slice(1).map((time, index) => time - (this.#times[index] ?? time));
    return last + Math.max(SHORTEST_MS, MISSED * Math.max(...gaps));
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function hasSeries(view: View | null): boolean {
  if (view === null) return false;
  if (view.type === 'stack' || view.type === 'row') return view.items.some(hasSeries);
  return view.type === 'series';
}
