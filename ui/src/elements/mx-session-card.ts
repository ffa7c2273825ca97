import { ACTIVITY_STEP_MS, activitySteps, type ListedSession, type SessionStatus } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { EverySecond } from '../state/controllers.js';
import { paths } from '../state/route.js';
import { cardTick, cardTime, unmarked } from '../text/card.js';
import { count, percent, running, sessionCost, shortCount } from '../text/format.js';
import { isBusy } from '../text/status.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-approval.js';
import './mx-menu.js';
import './mx-meter.js';
import './mx-sparkline.js';
import './mx-status.js';

/** Amber waits for a person and red has failed; nothing else is coloured. */
const moods: Partial<Record<SessionStatus, string>> = { approval: 'needs', error: 'failed' };
const NEAR = 0.8;

/** What `mx-session-action` tells. */
export interface SessionAction {
  id: string;
  action: 'rename' | 'delete' | 'pin' | 'unpin';
}

/**
 * A session at a glance: who, how it stands, what it said, what it used. The name is the link that covers the card.
 * A card that nobody sees draws its head alone, so that five hundred of them cost little.
 */
@customElement('mx-session-card')
export class MxSessionCard extends MaestroElement {
  @property({ attribute: false }) session: ListedSession | null = null;
  @property() provider = '';
  @property() slotClass = 's1';
  @property({ type: Boolean, reflect: true }) seen = false;
  @property({ type: Boolean }) pinned = false;
  @state() private isMenuOpen = false;

  #tick = 0;

  constructor() {
    super();
    new EverySecond(this, () => this.#isDue());
  }

  override render() {
    const { session } = this;
    if (!session) return nothing;
    const mood = moods[session.status] ?? '';
    return html`<article
      class="sc ${mood} ${this.isMenuOpen ? 'sc-open' : ''}"
      data-test="session-card"
      data-id=${session.session_id}
      data-status=${session.status}
      @keydown=${this.#onKey}
    >
      <div class="sc-h">
        <h3 class="trunc"><a href=${paths.session(session.session_id)} @click=${() => this.emit('mx-open', session.session_id)}>${visible(session.agent_name)}</a></h3>
        <span class="role trunc grow">${visible(session.role ?? session.title ?? '')}</span>
        <mx-status .kind=${session.status}></mx-status>
      </div>
      ${this.seen ? this.#body(session) : nothing}
    </article>`;
  }

  #body(session: ListedSession) {
    const { approval } = session.card;
    return html`<div class="sc-m">
        <span class="slot ${this.slotClass}" aria-hidden="true"></span>
        <span class="t2 trunc who">${this.provider}</span><span class="mono trunc t3" title=${session.model}>${session.model}</span>
        <span class="push t3 num" title=${session.last_activity_at}>${cardTime(session, Date.now())}</span>
      </div>
      ${
        approval
          ? html`<mx-approval class="sc-ask" compact .approval=${approval}></mx-approval>`
          : html`${this.#preview(session)}
            <div class="sc-x">${this.#now(session)}${this.#actions(session)}</div>`
      }
      ${this.#totals(session)}`;
  }

  #preview({ card, preview }: ListedSession) {
    const said = card.preview;
    if (said?.kind === 'command' || said?.kind === 'tool') {
      return html`<div class="sc-p mono" data-test="card-preview">
        <span class="trunc">${visible(said.text)}</span><span class="trunc t2">${visible(said.detail ?? '')}</span>
      </div>`;
    }
    const words = said?.text ?? preview ?? 'No messages yet';
    return html`<p class="sc-p ${said?.kind === 'thought' ? 'sc-thought' : ''}" data-test="card-preview">${visible(unmarked(words))}</p>`;
  }

  /** What goes on: when it is tried again, where it stands, or how much it wrote lately. */
  #now({ status, card, working_directory }: ListedSession) {
    if (card.retry) {
      const ms = Date.parse(card.retry.at) - Date.now();
      return html`<span class="t12 t3 num trunc" data-test="card-retrying" title=${card.retry.error.message}>
        ${ms > 0 ? `Tries again in ${running(ms)}` : 'Tries again now'}
      </span>`;
    }
    if (status === 'error' || status === 'interrupted') {
      return html`<span class="mono trunc t3 t12" title=${working_directory}>${visible(working_directory)}</span>`;
    }
    const steps = activitySteps(card.activity, Date.now());
    const ofTurn = card.since === null ? 0 : Math.ceil((Date.now() - Date.parse(card.since)) / ACTIVITY_STEP_MS) + 1;
    const sum = steps.reduce((all, one) => all + one, 0);
    // Most cards of many rest, and a line costs less than a bar for every step.
    if (sum === 0)
      return html`<span class="sc-quiet" role="img" aria-label="Nothing written in the last 4 minutes"></span>`;
    return html`<mx-sparkline
      class="sc-bars k-${status}"
      .points=${steps}
      .live=${Math.min(steps.length, ofTurn)}
      label="About ${count(sum)} tokens written in the last 4 minutes"
    ></mx-sparkline>`;
  }

  #actions({ session_id, agent_name, status }: ListedSession) {
    const isOver = status === 'error' || status === 'interrupted';
    const name = html`<span class="vh"> ${visible(agent_name)}</span>`;
    return html`<div class="sc-acts ${isOver ? 'sc-acts-on' : ''}">
      ${
        isOver
          ? html`<button type="button" class="btn btn-s" data-test="card-retry" aria-keyshortcuts="Shift+R" @click=${() => this.emit('mx-retry', session_id)}>
              ${icon('rotate-cw', 's')}Retry${name}
            </button>`
          : nothing
      }
      ${
        isBusy(status)
          ? html`<button type="button" class="btn btn-s" data-test="card-stop" aria-keyshortcuts="X" @click=${() => this.emit('mx-stop', session_id)}>
              ${icon('square', 'xs')}Stop${name}
            </button>`
          : nothing
      }
      <button
        type="button"
        class="btn btn-s btn-i"
        data-test="card-menu"
        aria-haspopup="menu"
        aria-expanded=${this.isMenuOpen ? 'true' : 'false'}
        aria-label="More for ${visible(agent_name)}"
        @click=${() => this.#toggleMenu(!this.isMenuOpen)}
      >
        ${icon('ellipsis', 's')}
      </button>
      ${this.isMenuOpen ? this.#menu(session_id, agent_name) : nothing}
    </div>`;
  }

  #menu(id: string, name: string) {
    const items = [
      { value: 'rename', label: 'Rename' },
      this.pinned ? { value: 'unpin', label: 'Stop watching' } : { value: 'pin', label: 'Watch' },
      { value: 'delete', label: 'Delete' },
    ];
    return html`<mx-menu
      .label=${`More for ${visible(name)}`}
      .items=${items}
      @mx-select=${(event: CustomEvent<SessionAction['action']>) => {
        event.stopPropagation();
        this.emit<SessionAction>('mx-session-action', { id, action: event.detail });
      }}
      @mx-close=${() => this.#toggleMenu(false)}
    ></mx-menu>`;
  }

  #totals({ totals, context }: ListedSession) {
    const tokens = totals.request_tokens + totals.response_tokens;
    const { used_tokens: used, window_tokens: window } = context;
    const share = used === null || !window ? null : used / window;
    return html`<div class="sc-f">
      <span title="${count(tokens)} tokens">${shortCount(tokens)} tok</span>
      <span class=${totals.total_cost_usd === null ? 't3' : 'cost'} data-test="card-cost">${sessionCost(totals)}</span>
      ${
        share === null
          ? nothing
          : html`<span class="row row-3 grow" title="Context window ${percent(share)} full">
              <mx-meter label="Context window" unit="tokens" .value=${used ?? 0} .max=${window ?? 1}></mx-meter>
              <span class=${share >= NEAR ? 'c-warn' : 't3'}>${percent(share)}</span>
            </span>`
      }
    </div>`;
  }

  /** Whether the clock or the bars have moved on. */
  #isDue(): boolean {
    if (!this.seen || !this.session || document.hidden) return false;
    const before = this.#tick;
    this.#tick = cardTick(this.session, Date.now());
    return this.#tick !== before;
  }

  #toggleMenu(open: boolean): void {
    this.isMenuOpen = open;
  }

  /** While the card has the focus its keys answer what it asks; inside the request its own do. */
  #onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const test = { a: 'approve', d: 'deny', e: 'review', r: 'review' }[event.key];
    const button = test && this.find(`mx-approval [data-test="${test}"]`);
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    button.click();
  };
}
