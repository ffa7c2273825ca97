import type { Session, SessionStatus } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { EverySecond } from '../state/controllers.js';
import { paths } from '../state/route.js';
import { age, count, percent, sessionCost, shortCount } from '../text/format.js';
import { isBusy } from '../text/status.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-meter.js';
import './mx-status.js';

/** Amber waits for a person and red has failed; nothing else is coloured. */
const moods: Partial<Record<SessionStatus, string>> = { approval: 'needs', error: 'failed' };

/** A session at a glance: who, how it stands, what it said, what it used. The name is the link that covers the card. */
@customElement('mx-session-card')
export class MxSessionCard extends MaestroElement {
  @property({ attribute: false }) session: Session | null = null;
  @property() provider = '';
  @property() slotClass = 's1';

  constructor() {
    super();
    new EverySecond(this, () => true, 30_000);
  }

  override render() {
    const { session } = this;
    if (!session) return nothing;
    const mood = moods[session.status] ?? '';
    return html`<article class="sc ${mood}" data-test="session-card" data-id=${session.session_id} data-status=${session.status}>
      <div class="sc-h">
        <h2 class="trunc"><a href=${paths.session(session.session_id)} @click=${() => this.emit('mx-open', session.session_id)}>${visible(session.agent_name)}</a></h2>
        <span class="role trunc grow">${visible(session.role ?? session.title ?? '')}</span>
        <mx-status .kind=${session.status}></mx-status>
      </div>
      <div class="sc-m">
        <span class="slot ${this.slotClass}" aria-hidden="true"></span>
        <span class="t2 trunc who">${this.provider}</span><span class="mono trunc t3">${session.model}</span>
        <span class="push t3 num" title=${session.last_activity_at}>${age(session.last_activity_at, Date.now())}</span>
      </div>
      <p class="sc-p" data-test="card-preview">${visible(unmarked(session.preview ?? 'No messages yet'))}</p>
      <div class="sc-x">
        <span class="mono trunc grow" title=${session.working_directory}>${visible(session.working_directory)}</span>
        ${this.#action(session)}
      </div>
      ${this.#totals(session)}
    </article>`;
  }

  #action(session: Session) {
    if (session.status === 'error' || session.status === 'interrupted') {
      return html`<button type="button" class="btn btn-s" data-test="card-retry" @click=${() => this.emit('mx-retry', session.session_id)}>
        ${icon('rotate-cw', 's')}Retry<span class="vh"> ${session.agent_name}</span>
      </button>`;
    }
    if (!isBusy(session.status)) return nothing;
    return html`<button type="button" class="btn btn-s btn-g" data-test="card-stop" @click=${() => this.emit('mx-stop', session.session_id)}>
      ${icon('square', 'xs')}Stop<span class="vh"> ${session.agent_name}</span>
    </button>`;
  }

  #totals({ totals, context }: Session) {
    const tokens = totals.request_tokens + totals.response_tokens;
    const { used_tokens: used, window_tokens: window } = context;
    return html`<div class="sc-f">
      <span title="${count(tokens)} tokens">${shortCount(tokens)} tok</span>
      <span class=${totals.total_cost_usd === null ? 't3' : 'cost'}>${sessionCost(totals)}</span>
      ${
        used === null || !window
          ? nothing
          : html`<span class="row row-3 grow">
              <mx-meter label="Context window" unit="tokens" .value=${used} .max=${window}></mx-meter>
              <span class="t3">${percent(used / window)}</span>
            </span>`
      }
    </div>`;
  }
}

/** The words of a preview without the signs of Markdown, which two lines have no room for. */
function unmarked(text: string): string {
  return text.replace(/`+|\*\*/g, '').replace(/(^|\s)#{1,6} /g, '$1');
}
