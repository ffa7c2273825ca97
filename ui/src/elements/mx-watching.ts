import { SessionStore } from '@maestro/core/client';
import type { ListedSession } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { plural } from '../text/format.js';
import { MaestroElement } from './element.js';
import './mx-session-tail.js';

/** There is no room for it on smaller screens. */
const WIDE = '(min-width: 2200px)';
const PAGE = 6;

/** The live ends of the sessions that are watched, up to four. Follows them while it can be seen. */
@customElement('mx-watching')
export class MxWatching extends MaestroElement {
  @property({ attribute: false }) sessions: readonly ListedSession[] = [];
  @state() private isWide = false;
  readonly #query = window.matchMedia(WIDE);
  readonly #stores = new Map<string, SessionStore>();
  #isDue = false;

  constructor() {
    super();
    new Watch(this, app.pins, app.connected);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.isWide = this.#query.matches;
    this.#query.addEventListener('change', this.#onWidth);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#query.removeEventListener('change', this.#onWidth);
    this.#follow([]);
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    this.#follow(this.isWide ? this.#pinned().map(({ session_id }) => session_id) : []);
  }

  override render() {
    const pinned = this.isWide ? this.#pinned() : [];
    if (pinned.length === 0) return nothing;
    return html`<section class="watch" aria-labelledby="watch-h" data-test="watching">
      <div class="bar"><h2 id="watch-h">Watching</h2><span class="t12 t3">${plural(pinned.length, 'pinned session')}, live</span></div>
      <div class="tails" @mx-unpin=${(event: CustomEvent<string>) => app.pins.remove(event.detail)}>
        ${repeat(
          pinned,
          ({ session_id }) => session_id,
          (session) =>
            html`<mx-session-tail .session=${session} .view=${this.#stores.get(session.session_id)?.view ?? null}></mx-session-tail>`,
        )}
      </div>
    </section>`;
  }

  #pinned(): ListedSession[] {
    return app.pins.value.flatMap((id) => this.sessions.find(({ session_id }) => session_id === id) ?? []);
  }

  #follow(ids: readonly string[]): void {
    for (const [id, store] of this.#stores) {
      if (ids.includes(id)) continue;
      store.close();
      this.#stores.delete(id);
    }
    const connected = app.connected.value;
    for (const session_id of ids) {
      if (this.#stores.has(session_id) || !connected) continue;
      const store = new SessionStore({ rest: app.rest, socket: connected.socket, session_id, pageSize: PAGE });
      store.subscribe(() => this.#changed());
      this.#stores.set(session_id, store.open());
    }
  }

  /** Several agents that stream are drawn once a frame. */
  #changed(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.requestUpdate();
    });
  }

  #onWidth = (): void => {
    this.isWide = this.#query.matches;
  };
}
