import type { Session } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { count, percent, plural, sessionCost, UNKNOWN } from '../text/format.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-meter.js';

/** From here on the window fills up, and from there on little fits any more. */
const NEAR = 0.8;
const FULL = 0.95;

/** What a session has used so far. Not read out on each change, since it changes with every reply, but when it is asked for. */
@customElement('mx-totals')
export class MxTotals extends MaestroElement {
  @property({ attribute: false }) session: Session | null = null;
  /** While the agent works nothing can be compacted. */
  @property({ type: Boolean }) busy = false;
  @state() private spoken = '';

  /** Reads the sums out to those who listen; the same once more is said once more. */
  speak(): void {
    if (!this.session) return;
    const { totals, context } = this.session;
    const share = shareOf(context);
    const full = share === null ? '' : `, context ${percent(share)}`;
    const words = `Total tokens ${count(totals.request_tokens + totals.response_tokens)}, session cost ${sessionCost(totals)}${full}`;
    this.spoken = this.spoken === words ? `${words}.` : words;
  }

  override render() {
    if (!this.session) return html`<div class="totals"></div>`;
    const { request_tokens, response_tokens, cached_tokens, total_cost_usd, unpriced_calls } = this.session.totals;
    return html`<div class="totals" role="status" aria-live="off" data-test="totals" data-state=${stateOf(shareOf(this.session.context))}>
        <span data-test="total-tokens">Total tokens <b>${count(request_tokens + response_tokens)}</b></span>
        <span class="sep"></span>
        <span data-test="session-cost">Session cost <b class=${total_cost_usd === null ? '' : 'c-cost'}>${sessionCost(this.session.totals)}</b></span>
        ${unpriced_calls > 0 && total_cost_usd !== null ? html`<span class="t12 c-warn hide-m">without ${plural(unpriced_calls, 'call')} of unknown price</span>` : nothing}
        <span class="t12 t3 hide-m">${count(request_tokens)} in, ${count(response_tokens)} out${cached_tokens > 0 ? `, ${count(cached_tokens)} cached` : ''}</span>
        ${this.#context(this.session.context)}
      </div>
      <span class="vh" role="status" data-test="totals-spoken">${this.spoken}</span>`;
  }

  #context(context: Session['context']) {
    const share = shareOf(context);
    if (share === null)
      return html`<span class="row push t12">Context <span aria-hidden="true">${UNKNOWN}</span><span class="vh">unknown</span></span>`;
    const isNear = share >= NEAR;
    return html`<span class="row push context ${isNear ? 'context-near' : ''}">
      ${
        isNear
          ? html`<button type="button" class="btn btn-s" data-test="totals-compact" aria-disabled=${this.busy ? 'true' : 'false'} title=${this.busy ? 'Once the turn is over' : ''} @click=${this.#compact}>${icon('fold-vertical', 's')}Compact</button>`
          : nothing
      }
      <span class="t12">Context</span>
      <mx-meter label="Context window" unit="tokens" .value=${context.used_tokens ?? 0} .max=${context.window_tokens ?? 1}></mx-meter>
      <span class="t12">${percent(share)}</span>
    </span>`;
  }

  #compact = (): void => {
    if (!this.busy) this.emit('mx-compact');
  };
}

function shareOf({ used_tokens, window_tokens }: Session['context']): number | null {
  return used_tokens === null || !window_tokens ? null : used_tokens / window_tokens;
}

function stateOf(share: number | null): 'ok' | 'near' | 'full' {
  if (share === null || share < NEAR) return 'ok';
  return share < FULL ? 'near' : 'full';
}
