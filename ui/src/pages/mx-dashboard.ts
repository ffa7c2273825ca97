import type { ListedSession } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { MaestroElement } from '../elements/element.js';
import { icon, keys } from '../elements/icon.js';
import '../elements/mx-activity.js';
import '../elements/mx-cost-today.js';
import '../elements/mx-health.js';
import type { MxSessionCard, SessionAction } from '../elements/mx-session-card.js';
import '../elements/mx-session-card.js';
import '../elements/mx-session-dialogs.js';
import '../elements/mx-system.js';
import '../elements/mx-watching.js';
import { answerApproval } from '../state/answer-approval.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { RailData } from '../state/rail-data.js';
import { Seen } from '../state/seen.js';
import { Slide } from '../state/slide.js';
import { isFound } from '../text/card.js';
import { held } from '../text/card-order.js';
import { count, plural, timeOfDay } from '../text/format.js';
import { type Group, groupOf } from '../text/status.js';
import { mcpLines, providerLines } from '../text/system.js';
import { emptyDashboard, failedDashboard, loadingDashboard, nobodyHere } from './dashboard-states.js';

const filters: [filter: 'all' | Group, word: string][] = [
  ['all', 'All'],
  ['needs', 'Needs you'],
  ['running', 'Running'],
  ['idle', 'Idle'],
];
const SKELETON_AFTER_MS = 150;
/** Without a connection for so long, the list is said to have failed. */
const FAILED_AFTER_MS = 2_000;
const VIEW_KEY = 'maestro.dashboard.view';

/** Drawn below the cards, with all that panels may show: the page does not wait for it. */
// Who leaves the page before it has come needs it no more; on the next visit it is asked for again.
import('../elements/mx-panels.js').catch(() => undefined);

/** Who is working, who needs a person, what it costs. */
@customElement('mx-dashboard')
export class MxDashboard extends MaestroElement {
  @state() private filter: 'all' | Group = 'all';
  @state() private view: 'grid' | 'list' = localStorage.getItem(VIEW_KEY) === 'list' ? 'list' : 'grid';
  @state() private words: string | null = null;
  @state() private isSlow = false;
  @state() private asked: SessionAction | null = null;
  @query('.cards') private readonly cards!: HTMLElement | null;
  @state() private isLate = false;
  #timers: ReturnType<typeof setTimeout>[] = [];
  readonly #rail = new RailData(this);
  readonly #seen = new Seen();
  readonly #slide = new Slide();
  #shown: readonly ListedSession[] = [];
  #isMoved = false;
  #focused: HTMLElement | null = null;
  /** When the list was last known to be right. */
  #currentAt: string | null = null;

  constructor() {
    super();
    new Watch(this, app.sessions, app.providers, app.connected, app.connection, app.notes, app.pins);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const turns = [() => (this.isSlow = true), () => (this.isLate = true)];
    this.#timers = [SKELETON_AFTER_MS, FAILED_AFTER_MS].map((after, index) =>
      setTimeout(() => turns[index]?.(), after),
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (app.connection.value === 'online') this.#currentAt = new Date().toISOString();
    const { activeElement } = document;
    this.#focused = activeElement instanceof HTMLElement && this.cards?.contains(activeElement) ? activeElement : null;
    this.#arrange();
  }

  protected override updated(): void {
    // A card that is moved in the page loses the focus that was in it.
    if (this.#focused?.isConnected && document.activeElement !== this.#focused) {
      this.#focused.focus({ preventScroll: true });
    }
    if (!this.#isMoved) return;
    this.#slide.after();
    this.#seen.watch(this.#elements());
  }

  /** Which cards are shown, and where; what stays where it was costs nothing. */
  #arrange(): void {
    const words = this.words ?? '';
    const all = app.sessions.value.filter(
      (session) => matches(session, this.filter) && (words === '' || isFound(session, words)),
    );
    const before = this.#shown;
    this.#shown = held(
      all,
      before.map(({ session_id }) => session_id),
      this.#held(),
    );
    this.#isMoved =
      before.length !== this.#shown.length ||
      this.#shown.some(({ session_id }, index) => session_id !== before[index]?.session_id);
    if (this.#isMoved) this.#slide.before(this.#elements().filter(({ seen }) => seen));
  }

  override render() {
    const sessions = app.sessions.value;
    const isLoaded = app.connected.value?.sessions.isLoaded ?? false;
    return html`<header class="top">
        <h1 tabindex="-1">Dashboard</h1>
        ${sessions.length > 0 ? this.#head(sessions) : nothing}
        <div class="row push">
          ${sessions.length > 0 ? this.#filters(sessions) : nothing}
          ${sessions.length > 0 ? this.#tools() : nothing}
          <button type="button" class="btn btn-p" data-test="new-session" aria-keyshortcuts="N" @click=${() => this.emit('mx-new-session')}>
            ${icon('plus', 's')}New session${keys('N')}
          </button>
        </div>
      </header>
      ${
        sessions.length > 0
          ? html`<div class="dash">${this.#left(sessions)}${this.#right()}</div>`
          : html`<div class="body" tabindex="0" role="region" aria-label="Sessions">
              ${isLoaded ? emptyDashboard(() => this.emit('mx-new-session')) : this.#notYet()}
            </div>`
      }
      ${this.#dialog(sessions)}`;
  }

  #notYet() {
    if (this.isLate && app.connection.value !== 'online') return failedDashboard(this.#reconnect);
    return this.isSlow ? loadingDashboard() : nothing;
  }

  #head(sessions: readonly ListedSession[]) {
    const { today } = this.#rail;
    const used = today ? `, ${count(today.tokens)} tokens today` : '';
    if (this.words === null) {
      return html`<span class="t12 t3 num hide-m" data-test="summary">${plural(sessions.length, 'session')}${used}</span>`;
    }
    return html`<input
      class="input input-s find"
      type="search"
      placeholder="Name, words, model, directory"
      aria-label="Find sessions"
      data-test="find"
      .value=${this.words}
      @input=${this.#find}
      @keydown=${this.#onFindKey}
    >`;
  }

  #filters(sessions: readonly ListedSession[]) {
    return html`<div class="seg" role="group" aria-label="Show">
      ${filters.map(
        ([filter, word]) => html`<button
          type="button"
          aria-pressed=${filter === this.filter ? 'true' : 'false'}
          data-test="filter-${filter}"
          @click=${() => this.#show(filter)}
        >
          ${word} <span class="num">${sessions.filter((session) => matches(session, filter)).length}</span>
        </button>`,
      )}
    </div>`;
  }

  #tools() {
    const isList = this.view === 'list';
    return html`<button type="button" class="btn btn-g btn-i" data-test="find-open" aria-label="Find sessions" aria-expanded=${this.words === null ? 'false' : 'true'} @click=${this.#toggleFind}>${icon('search')}</button>
      <button type="button" class="btn btn-g btn-i hide-m" data-test="view" aria-label=${isList ? 'Show as grid' : 'Show as list'} @click=${this.#toggleView}>
        ${icon(isList ? 'layout-grid' : 'rows-3')}
      </button>`;
  }

  #left(sessions: readonly ListedSession[]) {
    const shown = this.#shown;
    return html`<div class="dash-l" tabindex="0" role="region" aria-label="Sessions">
      <h2 class="vh">Sessions</h2>
      ${this.#stale()}
      ${shown.length === 0 ? nobodyHere(this.words ?? '', sessions.length, this.#showAll) : nothing}
      <div
        class="cards ${this.view === 'list' ? 'cards-list' : ''}"
        data-test="cards"
        @keydown=${this.#onKey}
        @mx-approve=${answerApproval}
        @mx-stop=${this.#stop}
        @mx-retry=${this.#retry}
        @mx-session-action=${this.#ask}
      >
        ${repeat(
          shown,
          ({ session_id }) => session_id,
          (session) => this.#card(session),
        )}
      </div>
      ${app.connected.value?.sessions.hasMore ? html`<p class="older"><button type="button" class="btn" data-test="more" @click=${this.#more}>Show older sessions</button></p>` : nothing}
      <mx-watching .sessions=${sessions}></mx-watching>
      <mx-panels slot="dashboard"></mx-panels>
    </div>`;
  }

  /** Cost, machine, what agents need, what happened. */
  #right() {
    const { stats, cpu, memory, today, servers, statsAsOf, costAsOf } = this.#rail;
    const lines = [...providerLines(app.providers.value, stats?.providers ?? []), ...mcpLines(servers)];
    return html`<aside class="dash-r" aria-label="System and cost" tabindex="0">
      <mx-cost-today .today=${today} .label=${providerLabel} .slotOf=${providerSlot} .asOf=${costAsOf}></mx-cost-today>
      <mx-system .stats=${stats} .cpu=${cpu} .memory=${memory} .asOf=${statsAsOf}></mx-system>
      <mx-health .lines=${lines}></mx-health>
      <mx-activity .notes=${app.notes.value}></mx-activity>
    </aside>`;
  }

  #card(session: ListedSession) {
    return html`<mx-session-card
      data-id=${session.session_id}
      .session=${session}
      .provider=${app.labelOf(session.provider)}
      .slotClass=${app.slotOf(session.provider)}
      .pinned=${app.pins.value.includes(session.session_id)}
    ></mx-session-card>`;
  }

  /** What is old says so; the shell says why. */
  #stale() {
    if (app.connection.value === 'online' || this.#currentAt === null) return nothing;
    return html`<p class="row t12 t2 stale" role="status" data-test="stale">
      ${icon('clock', 's')}${timeOfDay(this.#currentAt)}, not current
      <button type="button" class="btn btn-s" @click=${this.#reconnect}>Retry</button>
    </p>`;
  }

  #dialog(sessions: readonly ListedSession[]) {
    const session = sessions.find(({ session_id }) => session_id === this.asked?.id);
    if (!session || !this.asked) return nothing;
    return this.asked.action === 'rename'
      ? html`<mx-rename-session .session=${session} @mx-close=${this.#closeDialog}></mx-rename-session>`
      : html`<mx-delete-session .session=${session} @mx-close=${this.#closeDialog}></mx-delete-session>`;
  }

  #elements(): MxSessionCard[] {
    return [...(this.cards?.querySelectorAll<MxSessionCard>('mx-session-card') ?? [])];
  }

  /** What is under the pointer or has the focus. */
  #held(): Set<string> {
    const all = [
      this.cards?.querySelector('mx-session-card:hover'),
      document.activeElement?.closest('mx-session-card'),
    ];
    return new Set(all.flatMap((card) => card?.getAttribute('data-id') ?? []));
  }

  /** Arrows walk from card to card as they stand on the screen. */
  #onKey(event: KeyboardEvent): void {
    const links = [...this.querySelectorAll<HTMLElement>('.sc-h a')];
    const card = document.activeElement?.closest('mx-session-card');
    const at = links.findIndex((link) => card?.contains(link));
    if (at < 0 || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const tops = this.#elements().map(({ offsetTop }) => offsetTop);
    const columns = tops.filter((top) => top === tops[0]).length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    links[at + step]?.focus();
  }

  #onFindKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.#toggleFind();
  };

  #find = (event: Event): void => {
    this.words = (event.target as HTMLInputElement).value.trimStart();
  };

  #toggleFind = (): void => {
    const opens = this.words === null;
    this.words = opens ? '' : null;
    void this.updateComplete.then(() => this.find(`[data-test="${opens ? 'find' : 'find-open'}"]`)?.focus());
  };

  #toggleView = (): void => {
    this.view = this.view === 'list' ? 'grid' : 'list';
    localStorage.setItem(VIEW_KEY, this.view);
  };

  #show(filter: 'all' | Group): void {
    this.filter = filter;
  }

  #showAll = (): void => {
    this.filter = 'all';
    this.words = null;
  };

  #ask = (event: CustomEvent<SessionAction>): void => {
    const { id, action } = event.detail;
    if (action === 'pin') app.pins.add(id);
    else if (action === 'unpin') app.pins.remove(id);
    else this.asked = event.detail;
  };

  #reconnect = (): void => {
    app.connected.value?.socket.open();
  };

  #closeDialog = (): void => {
    this.asked = null;
  };

  #stop(event: CustomEvent<string>): void {
    void app.attempt('Not stopped', () => app.rest.stop(event.detail));
  }

  #retry(event: CustomEvent<string>): void {
    void app.attempt('Not retried', () => app.rest.retry(event.detail));
  }

  #more(): void {
    void app.attempt('Older sessions not loaded', async () => app.connected.value?.sessions.loadMore());
  }
}

const providerLabel = (provider: string) => (provider === '' ? 'Unknown' : app.labelOf(provider));
const providerSlot = (provider: string) => app.slotOf(provider);

function matches(session: ListedSession, filter: 'all' | Group): boolean {
  return filter === 'all' || groupOf(session.status) === filter;
}
