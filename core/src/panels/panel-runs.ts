import { MaestroError } from '../errors.js';
import type { Panel } from '../extension/panel.js';
import type { Dispose, Panels } from '../extension/registry.js';
import type { Logger } from '../log.js';
import { type PanelResource, type PanelShown, panelTopic } from '../protocol/panels.js';
import { type PanelTimes, panelTimes, RunningPanel, told } from './running-panel.js';

type Listener = (shown: PanelShown) => void;

/** One panel (of one session, where it has such) that somebody looks at. */
interface Watched {
  id: string;
  sessionId: string | undefined;
  viewers: Set<{ tell: Listener }>;
  run: RunningPanel | undefined;
  shown: PanelShown;
}

/**
 * The panels that plugins registered, run while somebody looks: one run for all who look at the same, begun with the
 * first and ended with the last of them.
 */
export class PanelRuns {
  readonly #watched = new Map<string, Watched>();
  readonly #stop: Dispose;
  readonly #panels: Panels;
  readonly #log: Logger;
  readonly #times: PanelTimes;

  constructor({ panels, log, times }: { panels: Panels; log: Logger; times?: Partial<PanelTimes> }) {
    this.#panels = panels;
    this.#log = log;
    this.#times = { ...panelTimes, ...times };
    this.#stop = panels.onChange(() => this.#follow());
  }

  list(): PanelResource[] {
    return this.#panels.all().map((panel) => this.#resource(panel));
  }

  /** How many panels run now. */
  get running(): number {
    return [...this.#watched.values()].filter(({ run }) => run).length;
  }

  /**
   * Looks at a panel from now on: `tell` is called at once with what it shows and again with each change. Gives the
   * undo.
   *
   * @throws MaestroError `panel.unknown`; `panel.session` where it needs a session, or takes none
   */
  watch(id: string, sessionId: string | undefined, tell: Listener): () => void {
    const panel = this.#get(id, sessionId);
    const key = panelTopic(id, sessionId);
    const watched = this.#watched.get(key) ?? this.#begin(key, panel, sessionId);
    const viewer = { tell };
    watched.viewers.add(viewer);
    tell(watched.shown);
    return () => {
      watched.viewers.delete(viewer);
      if (watched.viewers.size > 0 || this.#watched.get(key) !== watched) return;
      this.#watched.delete(key);
      watched.run?.stop();
    };
  }

  /** What it shows, looked at once. Not `loading`: waits for the first view, or for the reason why there is none. */
  once(id: string, sessionId?: string): Promise<PanelShown> {
    return new Promise((resolve, reject) => {
      let leave: (() => void) | undefined;
      let seen: PanelShown | undefined;
      const look = (shown: PanelShown) => {
        if (shown.state === 'loading') return;
        seen = shown;
        leave?.();
        resolve(shown);
      };
      try {
        leave = this.watch(id, sessionId, look);
        if (seen) leave();
      } catch (error) {
        reject(error);
      }
    });
  }

  /** Begins a panel that broke anew, for all who look at it. @throws as `watch` */
  restart(id: string, sessionId: string | undefined): void {
    const panel = this.#get(id, sessionId);
    const watched = this.#watched.get(panelTopic(id, sessionId));
    if (watched) this.#start(watched, panel);
  }

  /**
   * Does what a button or a form of the panel stands for.
   *
   * @throws MaestroError as `watch`; `panel.action_unknown`, `panel.failed`, `panel.slow`
   */
  async act(id: string, name: string, input: Readonly<Record<string, unknown>>, sessionId?: string): Promise<void> {
    const panel = this.#get(id, sessionId);
    const action = Object.hasOwn(panel.actions ?? {}, name) ? panel.actions?.[name] : undefined;
    if (!action) {
      const known = Object.keys(panel.actions ?? {}).join(', ') || 'none';
      throw new MaestroError('panel.action_unknown', `the panel ${id} has no action "${name}"; it has: ${known}`);
    }
    const { promise: late, reject } = Promise.withResolvers<never>();
    const seconds = this.#times.actionMs / 1000;
    const timer = setTimeout(() => {
      reject(new MaestroError('panel.slow', `"${name}" of the panel ${id} did not end within ${seconds} s`));
    }, this.#times.actionMs);
    try {
      await Promise.race([(async () => action(input, { sessionId }))(), late]);
    } catch (cause) {
      this.#logOf(id).error(`"${name}" of the panel ${id} failed`, { cause });
      if (cause instanceof MaestroError) throw cause;
      throw new MaestroError('panel.failed', `"${name}" of ${panel.title}: ${told(cause).message}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    void this.#stop();
    for (const { run } of this.#watched.values()) run?.stop();
    this.#watched.clear();
  }

  #begin(key: string, panel: Panel, sessionId: string | undefined): Watched {
    const watched: Watched = { id: panel.id, sessionId, viewers: new Set(), run: undefined, shown: off };
    this.#watched.set(key, watched);
    this.#start(watched, panel);
    return watched;
  }

  #start(watched: Watched, panel: Panel): void {
    watched.run?.stop();
    const run = new RunningPanel(
      {
        panel,
        resource: this.#resource(panel),
        context: { sessionId: watched.sessionId },
        log: this.#logOf(panel.id),
        times: this.#times,
        changed: (shown) => this.#tell(watched, shown),
      },
      watched.run && watched.shown,
    );
    watched.run = run;
    this.#tell(watched, run.shown);
  }

  #tell(watched: Watched, shown: PanelShown): void {
    watched.shown = shown;
    for (const { tell } of [...watched.viewers]) tell(shown);
  }

  /** A plugin came, went or came back: who looks at its panels sees that. */
  #follow(): void {
    for (const watched of this.#watched.values()) {
      const panel = this.#panels.find(watched.id);
      if (panel === watched.run?.panel) continue;
      watched.run?.stop();
      if (panel && takes(panel, watched.sessionId)) this.#start(watched, panel);
      else {
        watched.run = undefined;
        this.#tell(watched, off);
      }
    }
  }

  #get(id: string, sessionId: string | undefined): Panel {
    const panel = this.#panels.find(id);
    if (!panel) {
      const loaded = this.#panels.all().map((one) => one.id);
      throw new MaestroError('panel.unknown', `there is no panel "${id}"; there are: ${loaded.join(', ') || 'none'}`);
    }
    if (takes(panel, sessionId)) return panel;
    const what = panel.slot === 'session' ? 'stands beside a session; name one' : 'belongs to no session; name none';
    throw new MaestroError('panel.session', `the panel ${id} ${what}`);
  }

  #resource({ id, title, slot, size, actions }: Panel): PanelResource {
    const plugin = this.#panels.ownerOf(id) ?? '';
    return { id, title, slot, size: size ?? 's', plugin, actions: Object.keys(actions ?? {}) };
  }

  #logOf(id: string): Logger {
    return this.#log.child(this.#panels.ownerOf(id) ?? 'panels');
  }
}

const off: PanelShown = { panel: null, state: 'off', view: null, at: null, error: null, left_out: [] };

function takes({ slot }: Panel, sessionId: string | undefined): boolean {
  return (slot === 'session') === (sessionId !== undefined);
}
