import { MaestroError } from '../errors.js';
import type { Panel, PanelContext } from '../extension/panel.js';
import type { Logger } from '../log.js';
import type { PanelResource, PanelShown } from '../protocol/panels.js';
import { thinView } from './thin-view.js';

/** How patient the host is with a panel; tests are in a hurry. */
export interface PanelTimes {
  /** Between two updates that viewers get. */
  updateMs: number;
  /** Between two views the panel is asked for. */
  askMs: number;
  /** For its first view. */
  firstMs: number;
  /** For ending once it was told to. */
  endMs: number;
  /** For one of its actions. */
  actionMs: number;
}

export const panelTimes: PanelTimes = { updateMs: 200, askMs: 20, firstMs: 10_000, endMs: 2_000, actionMs: 30_000 };

interface Parts {
  panel: Panel;
  resource: PanelResource;
  context: PanelContext;
  log: Logger;
  times: PanelTimes;
  /** Told each time there is something else to show. */
  changed(shown: PanelShown): void;
}

/**
 * One view of a panel on its way, whoever looks at it. It is asked for the next view at leisure, and viewers get the
 * newest at most five times a second; whatever it does wrong ends it alone.
 */
export class RunningPanel {
  readonly panel: Panel;
  shown: PanelShown;
  readonly #parts: Parts;
  readonly #abort = new AbortController();
  /** The newest view that nobody was shown yet. */
  #next: { view: unknown } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #updatedAt = Number.NEGATIVE_INFINITY;
  #isEnded = false;
  /** Views since the last update: what came between two is not shown. */
  #came = 0;

  /** @param before what was shown until now, which stays until there is more */
  constructor(parts: Parts, before: PanelShown | undefined) {
    this.panel = parts.panel;
    this.#parts = parts;
    this.shown = {
      panel: parts.resource,
      state: 'loading',
      view: before?.view ?? null,
      at: before?.at ?? null,
      error: null,
      left_out: [],
    };
    void this.#run();
  }

  /** Ends it; nothing more is told. */
  stop(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#abort.abort(new MaestroError('panel.closed', 'nobody looks at this panel any more'));
  }

  async #run(): Promise<void> {
    const { panel, context, times } = this.#parts;
    const { signal } = this.#abort;
    const first = setTimeout(() => this.#fail(tooSlow(panel.id, times.firstMs)), times.firstMs);
    let views: AsyncIterator<unknown> | undefined;
    try {
      views = panel.view(context, signal)[Symbol.asyncIterator]();
      for (;;) {
        const { value, done } = await unlessAborted(views.next(), signal);
        if (done) break;
        clearTimeout(first);
        this.#take(value);
        // Also for a panel that never waits for anything: the rest of the process has to have its turn.
        await unlessAborted(pause(times.askMs), signal);
      }
      if (this.shown.state === 'loading' && !this.#next)
        throw new MaestroError('panel.view', 'it ended before it showed anything');
    } catch (cause) {
      if (!this.#isEnded) this.#fail(cause);
    } finally {
      clearTimeout(first);
      if (views) this.#end(views);
    }
  }

  /** Lets a generator clean up; one that does not is left behind and named. */
  #end(views: AsyncIterator<unknown>): void {
    const { panel, log, times } = this.#parts;
    const late = setTimeout(() => {
      log.warn(`the panel ${panel.id} does not end though it was told to`, { after_ms: times.endMs });
    }, times.endMs);
    late.unref();
    const returned = (async () => views.return?.())();
    returned
      .catch((cause: unknown) => log.warn(`the panel ${panel.id} threw while it ended`, { cause }))
      .finally(() => clearTimeout(late));
  }

  #take(view: unknown): void {
    this.#next = { view };
    this.#came += 1;
    if (this.#timer) return;
    const wait = this.#updatedAt + this.#parts.times.updateMs - performance.now();
    if (wait <= 0) this.#update();
    else this.#timer = setTimeout(() => this.#update(), wait);
  }

  #update(): void {
    this.#timer = undefined;
    const next = this.#next;
    if (!next || this.#isEnded) return;
    this.#next = undefined;
    const passed = performance.now() - this.#updatedAt;
    this.#updatedAt = performance.now();
    const came = this.#came;
    this.#came = 0;
    try {
      const { view, leftOut } = thinView(next.view);
      const left_out = came > 1 ? [...leftOut, updatesLeftOut(came, passed)] : leftOut;
      this.#show({ ...this.shown, state: 'live', view, at: new Date().toISOString(), error: null, left_out });
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #fail(cause: unknown): void {
    if (this.#isEnded) return;
    const { panel, log } = this.#parts;
    const error = told(cause);
    log.error(`the panel ${panel.id} broke`, { code: error.code, cause });
    const { changed } = this.#parts;
    this.stop();
    this.shown = { ...this.shown, state: 'error', error, left_out: [] };
    changed(this.shown);
  }

  #show(shown: PanelShown): void {
    this.shown = shown;
    this.#parts.changed(shown);
  }
}

/** What people may read of a failure: of ours the code, of a plugin's own the words. */
export function told(cause: unknown): { code: string; message: string } {
  if (cause instanceof MaestroError) return { code: cause.code, message: cause.message };
  const message = cause instanceof Error ? cause.message : String(cause);
  return { code: 'panel.failed', message: message.slice(0, 2_000) || 'it threw without saying why' };
}

function tooSlow(id: string, ms: number): MaestroError {
  return new MaestroError('panel.slow', `the panel ${id} showed nothing within ${ms / 1000} s`);
}

function updatesLeftOut(came: number, passedMs: number): string {
  const perSecond = Math.round((came * 1_000) / Math.max(1, passedMs));
  return `updates: the newest of about ${perSecond} a second, five times a second`;
}

/** As `promise`, unless the signal aborts first; nothing is kept waiting on a signal that lives for days. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
