import type { Session } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { MxSession } from '../pages/mx-session.js';
import '../pages/mx-signin.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { type Commands, listenToKeys } from '../state/keyboard.js';
import { paths, type Route } from '../state/route.js';
import { internalPath } from '../state/router.js';
import { ScrollMemory } from '../state/scroll.js';
import type { Theme } from '../state/theme.js';
import { groupOf } from '../text/status.js';
import { MaestroElement } from './element.js';
import './mx-banner.js';
import './mx-nav.js';
import './mx-new-session.js';
import './mx-outlet.js';
import './mx-shortcuts.js';
import './mx-toasts.js';
import {
  copyMessage,
  focusHeading,
  focusMessage,
  focusRegion,
  press,
  toggleBlocks,
  toggleThoughts,
} from './page-keys.js';

/** A dropped connection shorter than this is no news. */
const BANNER_AFTER_MS = 1000;

/** The shell: navigation, one page, dialogs, news. */
@customElement('mx-app')
export class MxApp extends MaestroElement {
  @state() private dialog: 'new-session' | 'shortcuts' | null = null;
  @state() private collapsed = false;
  @state() private isAway = false;
  #route: Route = app.router.value;
  #unlisten: (() => void) | null = null;
  #isNew = false;
  readonly #scrolls = new ScrollMemory();
  #awayTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    new Watch(this, app.router, app.connected, app.connection, app.latency, app.sessions, app.theme, app.toasts);
    app.connection.subscribe(() => this.#watchConnection());
    app.router.onLeave = (key) => this.#scrolls.save(key, this);
    void app.start();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unlisten = listenToKeys(this.#commands());
    this.addEventListener('click', this.#follow);
    window.addEventListener('online', this.#reconnect);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unlisten?.();
    this.removeEventListener('click', this.#follow);
    window.removeEventListener('online', this.#reconnect);
  }

  override render() {
    if (!app.connected.value) return html`<mx-signin></mx-signin>${this.#toasts()}`;
    return html`<a class="skip" href="#main">Skip to content</a>
      <div class="app ${this.collapsed ? 'rail' : ''}" @mx-new-session=${() => this.#show('new-session')}>
        <mx-nav
          .sessions=${app.sessions.value}
          .current=${app.router.value}
          .connection=${app.connection.value}
          .latency=${app.latency.value}
          .theme=${app.theme.value}
          .collapsed=${this.collapsed}
          @mx-toggle=${this.#toggleNav}
          @mx-shortcuts=${() => this.#show('shortcuts')}
          @mx-theme=${(event: CustomEvent<Theme>) => app.theme.choose(event.detail)}
        ></mx-nav>
        <main class="main" id="main" tabindex="-1">${this.#banner()}<mx-outlet .route=${app.router.value} @mx-shown=${this.#shown}></mx-outlet></main>
      </div>
      ${this.#dialog()}${this.#toasts()}`;
  }

  protected override updated(_changed: PropertyValues): void {
    document.title = titleOf(app.router.value, app.sessions.value);
  }

  #banner() {
    if (!this.isAway) return nothing;
    return html`<mx-banner
      heading="Connection lost."
      text="Agents keep running on the server. Trying again; what you send waits here until then."
      action="Reconnect now"
      @mx-action=${this.#reconnect}
    ></mx-banner>`;
  }

  #dialog() {
    if (this.dialog === 'shortcuts') return html`<mx-shortcuts @mx-close=${() => this.#show(null)}></mx-shortcuts>`;
    if (this.dialog !== 'new-session') return nothing;
    return html`<mx-new-session @mx-cancel=${() => this.#show(null)} @mx-created=${this.#created}></mx-new-session>`;
  }

  #toasts() {
    return html`<mx-toasts
      .toasts=${app.toasts.value}
      .raised=${app.connected.value !== null && app.router.value.page === 'session'}
      @mx-dismiss=${(event: CustomEvent<number>) => app.toasts.dismiss(event.detail)}
      @mx-hold=${(event: CustomEvent<boolean>) => app.toasts.hold(event.detail)}
    ></mx-toasts>`;
  }

  #show(dialog: 'new-session' | 'shortcuts' | null): void {
    if (app.connected.value) this.dialog = dialog;
  }

  #created(event: CustomEvent<{ session: Session; background: boolean }>): void {
    const { session, background } = event.detail;
    this.dialog = null;
    if (background) {
      app.toasts.show('ok', `${session.agent_name} is ready`, 'It waits for its first message.');
      return;
    }
    this.#isNew = true;
    app.router.go(paths.session(session.session_id));
  }

  #toggleNav(): void {
    this.collapsed = !this.collapsed;
  }

  #reconnect = (): void => {
    app.connected.value?.socket.open();
  };

  #watchConnection(): void {
    clearTimeout(this.#awayTimer);
    if (app.connection.value === 'online') this.isAway = false;
    else
      this.#awayTimer = setTimeout(() => {
        this.isAway = app.connection.value === 'reconnecting';
      }, BANNER_AFTER_MS);
  }

  #follow = (event: MouseEvent): void => {
    const path = internalPath(event);
    if (path === null) return;
    event.preventDefault();
    this.dialog = null;
    app.router.go(path);
  };

  /** A new page is read from its heading, and where it was scrolled to; who just started a session wants to write. */
  #shown(): void {
    const route = app.router.value;
    if (route === this.#route) return;
    this.#route = route;
    const writes = this.#isNew;
    this.#isNew = false;
    requestAnimationFrame(() => {
      if (writes) this.find<MxSession>('mx-session')?.focusComposer();
      else focusHeading(this);
      this.#scrolls.restore(app.router.key, this);
    });
  }

  #commands(): Commands {
    const session = () => this.find<MxSession>('mx-session');
    const open = (one: Session | undefined) => one && app.router.go(paths.session(one.session_id));
    return {
      newSession: () => this.#show('new-session'),
      shortcuts: () => this.#show('shortcuts'),
      composer: () => session()?.focusComposer(),
      theme: () => app.theme.next(),
      sidebar: () => this.#toggleNav(),
      escape: () => (this.dialog === null ? session()?.escape() : this.#show(null)),
      liveEnd: () => session()?.toEnd(),
      thoughts: () => toggleThoughts(this),
      session: (number) => open(app.sessions.value[number - 1]),
      neighbour: (step) => open(this.#neighbour(step)),
      turn: (step) => focusMessage(this, step),
      needing: () => {
        if (session()?.focusApproval()) return;
        const needing = app.sessions.value.filter(({ status }) => groupOf(status) === 'needs');
        const route = app.router.value;
        const isHere = ({ session_id }: Session) => route.page === 'session' && route.id === session_id;
        open(needing.find((one) => !isHere(one)));
      },
      blocks: () => toggleBlocks(this),
      copyTurn: () => void copyMessage(this),
      retry: () => press(this, 'retry'),
      stop: () => press(this, 'stop'),
      region: (step) => focusRegion(this, step),
      dashboard: () => app.router.go(paths.dashboard),
      settings: () => app.router.go(paths.tools),
    };
  }

  #neighbour(step: 1 | -1): Session | undefined {
    const all = app.sessions.value;
    const route = app.router.value;
    const at = route.page === 'session' ? all.findIndex(({ session_id }) => session_id === route.id) : -1;
    if (at < 0) return step === 1 ? all[0] : all.at(-1);
    return all[(at + step + all.length) % all.length];
  }
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
  if (route.page !== 'session') return `${titles[route.page]} - Maestro`;
  const name = sessions.find(({ session_id }) => session_id === route.id)?.agent_name ?? 'Session';
  return `${name} - Maestro`;
}
