import type { Retry, TurnView } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { EverySecond } from '../state/controllers.js';
import { running } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** How a turn ended when it did not end well, or when it will be tried again. */
@customElement('mx-error')
export class MxError extends MaestroElement {
  @property({ attribute: false }) turn: TurnView | null = null;
  @property({ type: Boolean }) busy = false;

  constructor() {
    super();
    new EverySecond(this, () => this.turn?.retry != null);
  }

  override render() {
    const { turn } = this;
    if (!turn) return nothing;
    if (turn.retry) return this.#retrying(turn.retry);
    const interrupted = turn.state !== 'failed';
    const heading = interrupted ? headings.interrupted : headings.failed;
    return html`<section class="blk ${interrupted ? 'blk-warn' : 'blk-err'}" role="alert" data-test="turn-error" data-state=${turn.state}>
      <div class="blk-h">
        <span class=${interrupted ? 'c-warn' : 'c-error'}>${icon('triangle-alert')}</span>
        <span class="col col-0 grow"><span class="nm">${heading}</span>${reason(turn)}</span>
        <span class="push">
          <button type="button" class="btn btn-s" data-test="retry" aria-disabled=${this.busy} @click=${() => this.emit('mx-retry')}>
            ${icon('rotate-cw', 's')}Retry
          </button>
        </span>
      </div>
    </section>`;
  }

  #retrying({ attempt, delay_ms, error, at }: Retry) {
    const left = new Date(at).getTime() + delay_ms - Date.now();
    return html`<section class="blk blk-warn" role="status" data-test="retrying">
      <div class="blk-h">
        <span class="c-warn">${icon('clock')}</span>
        <span class="col col-0 grow">
          <span class="nm">${visible(error.message)}</span>
          <span class="t2"><span class="mono">${error.code}</span>, attempt ${attempt} failed</span>
        </span>
        <span class="push num">${left > 0 ? `Tries again in ${running(left + 999)}` : 'Trying again'}</span>
      </div>
    </section>`;
  }
}

const headings = { failed: 'The turn failed', interrupted: 'The turn was interrupted' };

function reason({ error }: TurnView) {
  if (!error) return html`<span class="t2">What had arrived stays in the conversation.</span>`;
  return html`<span class="t2">${visible(error.message)} <span class="mono t3">${error.code}</span></span>`;
}
