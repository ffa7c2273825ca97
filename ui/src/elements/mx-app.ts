import type { Session } from '@maestro/core/protocol';
import { createFocusTrap, type FocusTrap } from 'focus-trap';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { MxSession } from '../pages/mx-session.js';
import '../pages/mx-signin.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { listenToKeys } from '../state/keyboard.js';
import { type PaletteEntry, paletteEntries, registerPaletteEntries } from '../state/palette-entries.js';
import { paths, type Route } from '../state/route.js';
import { internalPath } from '../state/router.js';
import { ScrollMemory } from '../state/scroll.js';
import type { Theme } from '../state/theme.js';
import { MaestroElement } from './element.js';
import { brandMark, icon } from './icon.js';
import type { MxComposer } from './mx-composer.js';
import './mx-connection.js';
import './mx-nav.js';
import './mx-outlet.js';
import type { MxSessionHeader } from './mx-session-header.js';
import './mx-toasts.js';
import { focusHeading } from './page-keys.js';
import { sessionActions, sessionFiles, shellCommands } from './palette-commands.js';
import { runCommand } from './run-command.js';

/** What opens over the page, and the code that draws it: loaded when it is first opened, or with the first key. */
const layers = {
  'new-session': () => import('./mx-new-session.js'),
  palette: () => import('./mx-palette.js'),
  shortcuts: () => import('./mx-shortcuts.js'),
} as const;
type Layer = keyof typeof layers;

/** Remembers that the navigation was made a rail. */
const RAIL_KEY = 'maestro.rail';

/** The shell: navigation, one page, what opens over it, news. */
@customElement('mx-app')
export class MxApp extends MaestroElement {
  @state() private layer: Layer | null = null;
  @state() private collapsed = localStorage.getItem(RAIL_KEY) !== null;
  /** Below 1024 px the navigation is a sheet. */
  @state() private sheet = false;
  @state() private settingUp = false;
  #route: Route = app.router.value;
  #undo: (() => void)[] = [];
  /** What gets the focus on the next page instead of its heading. */
  #next: 'composer' | 'needing' | 'model' | null = null;
  readonly #scrolls = new ScrollMemory();
  #trap: FocusTrap | null = null;

  constructor() {
    super();
    new Watch(this, app.router, app.connected, app.connection, app.latency, app.sessions, app.theme, app.toasts);
    new Watch(this, app.singleKeys, app.firstRun);
    app.router.onLeave = (key) => this.#scrolls.save(key, this);
    void app.start();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const shell = {
      palette: () => this.#show('palette'),
      shortcuts: () => this.#show('shortcuts'),
      newSession: () => this.#show('new-session'),
      toggleNav: () => this.#toggleNav(),
      setUp: () => app.firstRun.begin(),
      focusModel: () => this.#focusNext('model'),
    };
    this.#undo = [
      listenToKeys(app.singleKeys, {
        run: (command) => {
          const before = app.router.value;
          const isDone = runCommand(command, this, shell);
          if (command === 'needing' && app.router.value !== before) this.#next = 'needing';
          return isDone;
        },
        escape: () => this.#escape(),
      }),
      registerPaletteEntries('commands', () => shellCommands(shell)),
      registerPaletteEntries('actions', ({ session }) => sessionActions(session, shell)),
      registerPaletteEntries('files', ({ query, session }) =>
        sessionFiles(query, session, (path) => this.#mention(path)),
      ),
    ];
    this.addEventListener('click', this.#follow);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const undo of this.#undo) undo();
    this.removeEventListener('click', this.#follow);
  }

  override render() {
    if (!app.connected.value) return html`<mx-signin></mx-signin>${this.#toasts()}`;
    if (app.firstRun.value)
      return html`<a class="skip" href="#main">Skip to content</a><mx-onboarding @mx-done=${this.#setUp}></mx-onboarding>${this.#toasts()}`;
    return html`<a class="skip" href="#main">Skip to content</a>
      <div class="app ${this.sheet ? 'sheet' : this.collapsed ? 'rail' : ''}" @mx-new-session=${() => this.#show('new-session')}>
        <mx-nav
          .sessions=${app.sessions.value}
          .loaded=${app.connected.value.sessions.isLoaded}
          .current=${app.router.value}
          .connection=${app.connection.value}
          .latency=${app.latency.value}
          .theme=${app.theme.value}
          .collapsed=${this.collapsed}
          @click=${this.#onNavClick}
          @mx-toggle=${this.#toggleNav}
          @mx-palette=${() => this.#show('palette')}
          @mx-shortcuts=${() => this.#show('shortcuts')}
          @mx-theme=${(event: CustomEvent<Theme>) => app.theme.choose(event.detail)}
        ></mx-nav>
        <main class="main" id="main" tabindex="-1">
          <div class="bar-top">
            <button type="button" class="btn btn-g btn-i" aria-label="Navigation" aria-expanded=${this.sheet ? 'true' : 'false'} data-test="nav-open" @click=${this.#toggleNav}>${icon('menu')}</button>
            <a class="brand" href="/">${brandMark()}<span>Maestro</span></a>
          </div>
          <mx-connection></mx-connection>
          <mx-outlet .route=${app.router.value} @mx-shown=${this.#shown}></mx-outlet>
        </main>
      </div>
      ${this.#layer()}${this.#toasts()}`;
  }

  protected override firstUpdated(): void {
    // Whoever begins to do something may open one of them next. Who only watches leaves the line to what streams.
    const load = () => {
      for (const one of Object.values(layers)) one().catch(() => undefined);
    };
    for (const kind of ['keydown', 'pointerdown']) addEventListener(kind, load, { once: true, passive: true });
  }

  protected override willUpdate(): void {
    if (app.firstRun.value && !this.settingUp) {
      this.settingUp = true;
      void import('./mx-onboarding.js').catch(() => app.firstRun.end());
    }
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('sheet')) this.#holdSheet();
    document.title = titleOf(app.router.value, app.sessions.value);
  }

  #layer() {
    const close = () => this.#show(null);
    switch (this.layer) {
      case 'shortcuts':
        return html`<mx-shortcuts
          .singleKeys=${app.singleKeys.value}
          @mx-single-keys=${(event: CustomEvent<boolean>) => app.singleKeys.choose(event.detail)}
          @mx-close=${close}
        ></mx-shortcuts>`;
      case 'new-session':
        return html`<mx-new-session @mx-cancel=${close} @mx-created=${this.#created}></mx-new-session>`;
      case 'palette':
        return html`<mx-palette
          .sessions=${app.sessions.value}
          .current=${this.#current()}
          .entries=${paletteEntries}
          @mx-open=${this.#openSession}
          @mx-run=${this.#run}
          @mx-close=${close}
        ></mx-palette>`;
      default:
        return nothing;
    }
  }

  #toasts() {
    return html`<mx-toasts
      .toasts=${app.toasts.value}
      .raised=${app.connected.value !== null && app.router.value.page === 'session'}
      @mx-dismiss=${(event: CustomEvent<number>) => app.toasts.dismiss(event.detail)}
      @mx-hold=${(event: CustomEvent<boolean>) => app.toasts.hold(event.detail)}
    ></mx-toasts>`;
  }

  #show(layer: Layer | null): void {
    if (layer === null || !app.connected.value) {
      this.layer = null;
      return;
    }
    this.sheet = false;
    // What is there opens at once: the next key is meant for it.
    if (customElements.get(`mx-${layer}`)) this.layer = layer;
    else
      void app.attempt('Not opened', async () => {
        await layers[layer]();
        this.layer = layer;
      });
  }

  #current(): Session | null {
    const route = app.router.value;
    if (route.page !== 'session') return null;
    return app.sessions.value.find(({ session_id }) => session_id === route.id) ?? null;
  }

  #created(event: CustomEvent<{ session: Session; background: boolean }>): void {
    const { session, background } = event.detail;
    this.layer = null;
    if (background) {
      app.toasts.show('ok', `${session.agent_name} is ready`, 'It waits for its first message.');
      return;
    }
    this.#next = 'composer';
    app.router.go(paths.session(session.session_id));
  }

  #openSession(event: CustomEvent<Session>): void {
    this.layer = null;
    app.router.go(paths.session(event.detail.session_id));
  }

  /** The palette goes first, so that what runs finds the focus where it was. */
  async #run(event: CustomEvent<PaletteEntry>): Promise<void> {
    this.layer = null;
    await this.updateComplete;
    event.detail.run();
  }

  #setUp(event: CustomEvent<{ session: Session | null }>): void {
    const { session } = event.detail;
    app.firstRun.end();
    this.settingUp = false;
    this.#next = session ? 'composer' : null;
    app.router.go(session ? paths.session(session.session_id) : paths.dashboard);
  }

  #toggleNav(): void {
    if (matchMedia('(max-width: 63.9375rem)').matches) this.sheet = !this.sheet;
    else {
      this.collapsed = !this.collapsed;
      if (this.collapsed) localStorage.setItem(RAIL_KEY, 'on');
      else localStorage.removeItem(RAIL_KEY);
    }
  }

  /** As a sheet the navigation holds the focus, and gives it back. */
  #holdSheet(): void {
    this.#trap?.deactivate();
    this.#trap = null;
    const nav = this.find('.nav');
    if (!this.sheet || !nav) return;
    this.#trap = createFocusTrap(nav, {
      escapeDeactivates: false,
      allowOutsideClick: true,
      fallbackFocus: nav,
      // It slides in: until then its links take no focus.
      checkCanFocusTrap: () => new Promise((resolve) => setTimeout(resolve, 200)),
    });
    this.#trap.activate();
  }

  /** A press beside the sheet falls on the element that holds it. */
  #onNavClick = (event: MouseEvent): void => {
    if (this.sheet && event.target instanceof HTMLElement && event.target.tagName === 'MX-NAV') this.sheet = false;
  };

  #escape(): void {
    if (this.sheet) this.sheet = false;
    else if (this.layer !== null) this.#show(null);
    else this.find<MxSession>('mx-session')?.escape();
  }

  #follow = (event: MouseEvent): void => {
    const path = internalPath(event);
    if (path === null) return;
    event.preventDefault();
    this.layer = null;
    this.sheet = false;
    app.router.go(path);
  };

  /** A new page is read from its heading, and where it was scrolled to; who just started a session wants to write. */
  #shown(): void {
    const route = app.router.value;
    if (route === this.#route) return;
    this.#route = route;
    const next = this.#next;
    requestAnimationFrame(() => {
      if (next !== null) this.#focusNext(next);
      else focusHeading(this);
      this.#scrolls.restore(app.router.key, this);
    });
  }

  /** What it looks for may be drawn a little later than its page. */
  #focusNext(next: 'composer' | 'needing' | 'model', tries = 30): void {
    this.#next = next;
    const page = this.find<MxSession>('mx-session');
    const header = this.find<MxSessionHeader>('mx-session-header');
    const isThere = {
      composer: () => page?.querySelector('textarea') && did(page.focusComposer()),
      needing: () => page?.focusApproval() ?? false,
      model: () => header?.querySelector('button, select') && did(header.focusPick('model')),
    }[next]();
    if (isThere) this.#next = null;
    else if (tries > 0) requestAnimationFrame(() => this.#focusNext(next, tries - 1));
    else {
      this.#next = null;
      focusHeading(this);
    }
  }

  #mention(path: string): void {
    const composer = this.find<MxComposer>('mx-composer');
    if (!composer) return;
    const gap = composer.value === '' || /\s$/.test(composer.value) ? '' : ' ';
    composer.value = `${composer.value}${gap}@${/\s/.test(path) ? `"${path}"` : path} `;
    composer.focus();
    composer.querySelector('textarea')?.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

function did(_done: unknown): true {
  return true;
}

const titles: Record<Exclude<Route['page'], 'session'>, string> = {
  dashboard: 'Dashboard',
  usage: 'Usage',
  templates: 'Templates',
  tools: 'Tools',
  mcp: 'MCP servers',
  credentials: 'Credentials',
  plugins: 'Plugins',
  'not-found': 'Not found',
};

function titleOf(route: Route, sessions: readonly Session[]): string {
  if (!app.connected.value) return 'Sign in - Maestro';
  if (app.firstRun.value) return 'Set up - Maestro';
  if (route.page !== 'session') return `${titles[route.page]} - Maestro`;
  const name = sessions.find(({ session_id }) => session_id === route.id)?.agent_name ?? 'Session';
  return `${name} - Maestro`;
}
