import type { Session } from '@maestro/core/protocol';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { dayOf, searchOf, type UsageView } from '../text/usage-view.js';
import { app } from './app.js';
import { readUsage, type UsageShown } from './usage-data.js';

/** Calls that end close together are read once. */
const TOGETHER_MS = 800;
const DAY_CHECK_MS = 30_000;

/**
 * Keeps the figures of a view current while its host is on the page: they are read anew after each call of any
 * session, after a reconnect, and when another day begins. What fails keeps the old figures.
 */
export class UsageFollow implements ReactiveController {
  shown: UsageShown | null = null;
  error: unknown = null;
  isLoading = false;
  #view: UsageView | null = null;
  #reading: AbortController | null = null;
  #used = -1;
  #day = '';
  #due: ReturnType<typeof setTimeout> | undefined;
  #dayCheck: ReturnType<typeof setInterval> | undefined;
  #undo: (() => void)[] = [];

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#undo = [
      app.sessions.subscribe(() => this.#heard()),
      app.connection.subscribe(() => this.#reconnected()),
      app.settings.on('budgets', () => this.changed()),
    ];
    this.#dayCheck = setInterval(() => {
      if (this.#day !== dayOf(new Date())) this.host.requestUpdate();
    }, DAY_CHECK_MS);
  }

  hostDisconnected(): void {
    for (const undo of this.#undo) undo();
    this.#reading?.abort();
    clearTimeout(this.#due);
    clearInterval(this.#dayCheck);
    this.#due = undefined;
  }

  /** Turns to another view, if it is another one. */
  show(view: UsageView): void {
    this.#day = dayOf(new Date());
    const isSame = this.#view !== null && keyOf(this.#view) === keyOf(view);
    this.#view = view;
    if (!isSame) void this.#read();
  }

  /** Reads anew; resolves once that is done. */
  retry(): Promise<void> {
    return this.#read();
  }

  /** Something beside the calls is another now, such as a budget. */
  changed(): void {
    this.#due ??= setTimeout(() => {
      this.#due = undefined;
      void this.#read();
    }, TOGETHER_MS);
  }

  #heard(): void {
    const used = usedBy(app.sessions.value);
    const isNews = this.#used >= 0 && used !== this.#used;
    this.#used = used;
    if (isNews) this.changed();
  }

  #reconnected(): void {
    if (app.connection.value === 'online' && (this.error || this.shown)) this.changed();
  }

  async #read(): Promise<void> {
    const view = this.#view;
    if (!view) return;
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    this.isLoading = true;
    this.host.requestUpdate();
    try {
      const shown = await readUsage(app.rest, view, reading.signal);
      if (this.#reading !== reading) return;
      this.shown = shown;
      this.error = null;
    } catch (error) {
      if (this.#reading !== reading) return;
      this.error = error;
    }
    this.isLoading = false;
    this.host.requestUpdate();
  }
}

/** The measure changes what is drawn, not what is read. */
function keyOf(view: UsageView): string {
  return `${view.from} ${view.to} ${searchOf({ ...view, measure: 'cost' })}`;
}

/** Grows with every call that used something; what agents use counts for the session that asked. */
function usedBy(sessions: readonly Session[]): number {
  return sessions.reduce((sum, { totals }) => sum + totals.request_tokens + totals.response_tokens, 0);
}
