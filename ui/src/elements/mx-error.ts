import type { Message, Retry, TurnView, Waiting } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { EverySecond } from '../state/controllers.js';
import { billed, failureName, tries } from '../text/failure-name.js';
import { running, timeOfDay } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** How a turn ended when it did not end well, what it waits for, or that it will be tried again. */
@customElement('mx-error')
export class MxError extends MaestroElement {
  @property({ attribute: false }) turn: TurnView | null = null;
  @property({ attribute: false }) messages: readonly Message[] = [];
  /** Who was asked, as people call it. */
  @property() provider = 'The provider';
  @property({ type: Boolean }) busy = false;
  @property({ reflect: true }) state: 'retrying' | 'final' | 'waiting' = 'final';

  constructor() {
    super();
    new EverySecond(this, () => this.turn?.retry != null);
  }

  protected override willUpdate(): void {
    this.state = this.turn?.retry ? 'retrying' : this.turn?.waiting ? 'waiting' : 'final';
  }

  override render() {
    const { turn } = this;
    if (!turn) return nothing;
    if (turn.retry) return this.#retrying(turn.retry);
    if (turn.waiting) return this.#waiting(turn.waiting);
    const interrupted = turn.state !== 'failed';
    return html`<section class="blk ${interrupted ? 'blk-warn' : 'blk-err'}" role="alert" data-test="turn-error" data-state=${turn.state}>
      <div class="blk-h">
        <span class=${interrupted ? 'c-warn' : 'c-error'}>${icon('triangle-alert')}</span>
        <span class="col col-0 grow"><span class="nm">${visible(failureName(turn, this.provider))}</span>${this.#reason(turn)}</span>
        <span class="push">
          <button type="button" class="btn btn-s" data-test="retry" aria-disabled=${this.busy} @click=${() => this.emit('mx-retry')}>
            ${icon('rotate-cw', 's')}Retry
          </button>
          ${
            interrupted
              ? nothing
              : html`<button type="button" class="btn btn-s btn-g" data-test="switch-model" @click=${() => this.emit('mx-switch-model')}>Switch model</button>`
          }
        </span>
      </div>
    </section>`;
  }

  #reason({ error, attempt, turn_id }: TurnView) {
    if (!error) return html`<span class="t2">What had arrived stays in the conversation.</span>`;
    const facts = [tries(attempt), billed(turn_id, this.messages)].filter((fact) => fact !== '');
    return html`<span class="t2"><span class="mono">${error.code}</span>${facts.map((fact) => html`, ${fact}`)}</span>
      <span class="t2">${visible(error.message)}</span>`;
  }

  /** The clock in it is not read out, or it would be every second. */
  #retrying(retry: Retry) {
    const { attempt, error } = retry;
    return html`<section class="blk blk-warn" role="status" aria-atomic="false" data-test="retrying" data-decision=${retry.decision}>
      <div class="blk-h">
        <span class="c-warn">${icon(retry.decision === 'switch' ? 'corner-down-right' : 'clock')}</span>
        <span class="col col-0 grow">
          <span class="nm">${visible(error.message)}</span>
          <span class="t2"><span class="mono">${error.code}</span>, attempt ${attempt} failed</span>
        </span>
        <span class="push num" aria-live="off" data-test="retry-next">${nextOf(retry, Date.now())}</span>
      </div>
    </section>`;
  }

  #waiting({ origin, place }: Waiting) {
    const host = URL.canParse(origin) ? new URL(origin).host : origin;
    return html`<section class="blk" role="status" data-test="waiting">
      <div class="blk-h">
        <span>${icon('clock')}</span>
        <span class="grow">Waits until <span class="mono">${visible(host)}</span> has room</span>
        <span class="push num">Number ${place} in line</span>
      </div>
    </section>`;
  }
}

/** A wait that is longer than this is told by the clock as well. */
const LONG_MS = 60_000;

function nextOf({ decision, delay_ms, to, at }: Retry, now: number): string {
  if (decision === 'switch') return to ? `${to.provider} / ${to.model} takes over` : 'Another model takes over';
  if (decision === 'refresh') return 'Refreshing the sign-in';
  const end = Date.parse(at) + delay_ms;
  const left = end - now;
  if (left <= 0) return decision === 'fallback' ? 'Trying another way' : 'Trying again';
  const clock = running(left + 999);
  if (decision === 'wait' && delay_ms >= LONG_MS)
    return `Waits until ${timeOfDay(new Date(end).toISOString())}, ${clock}`;
  return decision === 'fallback' ? `Tries another way in ${clock}` : `Tries again in ${clock}`;
}
