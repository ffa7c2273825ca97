import type { Session } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count, percent, plural, sessionCost } from '../text/format.js';
import { MaestroElement } from './element.js';
import './mx-meter.js';

/** What a session has used so far. Not read out on each change: it changes with every reply. */
@customElement('mx-totals')
export class MxTotals extends MaestroElement {
  @property({ attribute: false }) session: Session | null = null;

  override render() {
    if (!this.session) return html`<div class="totals"></div>`;
    const { request_tokens, response_tokens, cached_tokens, total_cost_usd, unpriced_calls } = this.session.totals;
    return html`<div class="totals" role="status" aria-live="off" data-test="totals">
      <span data-test="total-tokens">Total tokens <b>${count(request_tokens + response_tokens)}</b></span>
      <span class="sep"></span>
      <span data-test="session-cost">Session cost <b class=${total_cost_usd === null ? '' : 'c-cost'}>${sessionCost(this.session.totals)}</b></span>
      ${unpriced_calls > 0 && total_cost_usd !== null ? html`<span class="t12 c-warn">without ${plural(unpriced_calls, 'call')} of unknown price</span>` : nothing}
      <span class="t12 t3 hide-m">${count(request_tokens)} in, ${count(response_tokens)} out${cached_tokens > 0 ? `, ${count(cached_tokens)} cached` : ''}</span>
      ${this.#context(this.session.context)}
    </div>`;
  }

  #context({ used_tokens, window_tokens }: Session['context']) {
    if (used_tokens === null || window_tokens === null || window_tokens === 0) return nothing;
    return html`<span class="row push context">
      <span class="t12">Context</span>
      <mx-meter label="Context window" unit="tokens" .value=${used_tokens} .max=${window_tokens}></mx-meter>
      <span class="t12">${percent(used_tokens / window_tokens)}</span>
    </span>`;
  }
}
