import type { Session } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { MaestroElement } from '../elements/element.js';
import { brandMark, icon, keys } from '../elements/icon.js';
import '../elements/mx-session-card.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { count, plural } from '../text/format.js';
import { type Group, groupOf } from '../text/status.js';

const filters: [filter: 'all' | Group, word: string][] = [
  ['all', 'All'],
  ['needs', 'Needs you'],
  ['running', 'Running'],
  ['idle', 'Idle'],
];
const SKELETON_AFTER_MS = 150;

/** Who is working, who needs a person, what it costs. */
@customElement('mx-dashboard')
export class MxDashboard extends MaestroElement {
  @state() private filter: 'all' | Group = 'all';
  @state() private isSlow = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    new Watch(this, app.sessions, app.providers, app.connected);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setTimeout(() => {
      this.isSlow = true;
    }, SKELETON_AFTER_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  override render() {
    const sessions = app.sessions.value;
    const isLoaded = app.connected.value?.sessions.isLoaded ?? false;
    return html`<header class="top">
        <h1 tabindex="-1">Dashboard</h1>
        ${sessions.length > 0 ? html`<span class="t12 t3 num hide-m">${summary(sessions)}</span>` : nothing}
        <div class="row push">
          ${sessions.length > 0 ? this.#filters(sessions) : nothing}
          <button type="button" class="btn btn-p" data-test="new-session" aria-keyshortcuts="N" @click=${() => this.emit('mx-new-session')}>
            ${icon('plus', 's')}New session${keys('N')}
          </button>
        </div>
      </header>
      <div class="body" tabindex="0" role="region" aria-label="Sessions">
        ${sessions.length > 0 ? this.#cards(sessions) : isLoaded ? this.#empty() : this.#skeleton()}
      </div>`;
  }

  #filters(sessions: readonly Session[]) {
    return html`<div class="seg" role="group" aria-label="Show">
      ${filters.map(
        ([
          filter,
          word,
        ]) => html`<button type="button" aria-pressed=${filter === this.filter ? 'true' : 'false'} @click=${() => this.#show(filter)}>
          ${word} <span class="num">${sessions.filter((session) => matches(session, filter)).length}</span>
        </button>`,
      )}
    </div>`;
  }

  #cards(sessions: readonly Session[]) {
    const shown = sessions.filter((session) => matches(session, this.filter));
    return html`<div class="dash">
      ${
        shown.length === 0
          ? html`<div class="empty"><span class="glyph">${icon('search-x', 'l')}</span><h2>Nobody here</h2>
              <p>No session is in this group now.</p>
              <div class="row"><button type="button" class="btn" @click=${() => this.#show('all')}>Show all</button></div></div>`
          : nothing
      }
      <div class="cards" data-test="cards" @keydown=${this.#onKey}>
        ${repeat(
          shown,
          ({ session_id }) => session_id,
          (session) => html`<mx-session-card
            .session=${session}
            .provider=${app.labelOf(session.provider)}
            .slotClass=${app.slotOf(session.provider)}
            @mx-stop=${this.#stop}
            @mx-retry=${this.#retry}
          ></mx-session-card>`,
        )}
      </div>
      ${app.connected.value?.sessions.hasMore ? html`<p class="older"><button type="button" class="btn" @click=${this.#more}>Show older sessions</button></p>` : nothing}
    </div>`;
  }

  #empty() {
    return html`<div class="empty" data-test="empty">
      <span class="glyph c-accent">${brandMark('l')}</span>
      <h2>No agents yet</h2>
      <p>Start one with a name, a model and a directory. It runs on this machine, in the directory you pick.</p>
      <div class="row">
        <button type="button" class="btn btn-p" data-test="new-session-empty" @click=${() => this.emit('mx-new-session')}>
          ${icon('plus', 's')}New session
        </button>
        <a class="btn" href="/auth">Add a key</a>
      </div>
    </div>`;
  }

  #skeleton() {
    if (!this.isSlow) return nothing;
    return html`<div class="dash" role="status" aria-label="Loading sessions">
      <div class="cards">
        ${[1, 2, 3].map(
          () =>
            html`<div class="sc sc-load"><i class="skel skel-40"></i><i class="skel skel-70"></i><i class="skel skel-90"></i><i class="skel skel-70"></i></div>`,
        )}
      </div>
    </div>`;
  }

  /** Arrows walk from card to card as they stand on the screen. */
  #onKey(event: KeyboardEvent): void {
    const links = [...this.querySelectorAll<HTMLElement>('.sc-h a')];
    const at = links.indexOf(document.activeElement as HTMLElement);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const tops = [...this.querySelectorAll<HTMLElement>('mx-session-card')].map(({ offsetTop }) => offsetTop);
    const columns = tops.filter((top) => top === tops[0]).length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    links[at + step]?.focus();
  }

  #show(filter: 'all' | Group): void {
    this.filter = filter;
  }

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

function matches(session: Session, filter: 'all' | Group): boolean {
  return filter === 'all' || groupOf(session.status) === filter;
}

function summary(sessions: readonly Session[]): string {
  const tokens = sessions.reduce((sum, { totals }) => sum + totals.request_tokens + totals.response_tokens, 0);
  return `${plural(sessions.length, 'session')}, ${count(tokens)} tokens`;
}
