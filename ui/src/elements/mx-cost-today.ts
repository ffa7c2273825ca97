import { html, nothing, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { CostToday } from '../text/cost-today.js';
import { money, percent, plural, timeOfDay, UNKNOWN } from '../text/format.js';
import { MaestroElement } from './element.js';
import './mx-sparkline.js';

/** Of a day with no limit the bar shows its parts alone. */
const GAP = 0.3;

/** What today cost: in all, by provider, by hour, and how much of the budget that is. */
@customElement('mx-cost-today')
export class MxCostToday extends MaestroElement {
  @property({ attribute: false }) today: CostToday | null = null;
  @property({ attribute: false }) label: (provider: string) => string = String;
  @property({ attribute: false }) slotOf: (provider: string) => string = () => 's1';
  @property() asOf = '';
  @property({ reflect: true }) state: 'loading' | 'ok' | 'warn' | 'over' = 'loading';

  protected override willUpdate(): void {
    const { today } = this;
    if (!today) this.state = 'loading';
    else if (today.limit === null || today.total < today.limit * today.warnAt) this.state = 'ok';
    else this.state = today.total < today.limit ? 'warn' : 'over';
  }

  override render() {
    const { today } = this;
    return html`<section class="rail-sec" aria-labelledby="rail-cost">
      <div class="rail-h"><h2 id="rail-cost">Cost today</h2>${this.asOf === '' ? nothing : html`<span class="t3">${timeOfDay(this.asOf)}, not current</span>`}<a href="/usage">Usage</a></div>
      <div class="stat-l">
        <span class="big" data-test="cost-today">${today ? spent(today) : UNKNOWN}</span>
        ${today?.limit == null ? nothing : html`<span class="t12 num ${this.state === 'ok' ? 't3' : 'c-warn'}" data-test="cost-limit">of ${money(String(today.limit))}</span>`}
      </div>
      ${today ? this.#parts(today) : nothing}
    </section>`;
  }

  #parts(today: CostToday) {
    const most = Math.max(...today.hours);
    return html`${this.#bar(today)}
      <dl class="kv">
        ${today.providers.map(
          ({
            provider,
            usd,
          }) => html`<dt><i class="slot ${this.slotOf(provider)}" aria-hidden="true"></i>${this.label(provider)}</dt>
            <dd>${money(String(usd))}</dd>`,
        )}
      </dl>
      ${today.unpriced > 0 ? html`<p class="t12 t3 rail-n">${plural(today.unpriced, 'call')} without a price ${today.unpriced === 1 ? 'is' : 'are'} missing in it.</p>` : nothing}
      <mx-sparkline class="rail-hours c-cost" .points=${today.hours} .live=${1} label="Cost by hour, ${money(String(most))} at most"></mx-sparkline>
      <div class="row t11 t3 num rail-ends" aria-hidden="true"><span>00:00</span><span>by hour</span><span>now</span></div>`;
  }

  #bar({ providers, total, limit }: CostToday) {
    const whole = Math.max(limit ?? total, total, 0.000_001);
    const parts = providers.map(({ provider, usd }) => `${this.label(provider)} ${money(String(usd))}`);
    const left =
      limit === null
        ? []
        : [total > limit ? `${money(String(total - limit))} over` : `${money(String(limit - total))} left`];
    let x = 0;
    const rects = providers.map(({ provider, usd }) => {
      const width = (usd / whole) * 100;
      const rect = svg`<rect class=${this.slotOf(provider)} x=${x} y="0" width=${Math.max(0, width - GAP)} height="8"></rect>`;
      x += width;
      return rect;
    });
    const label = [...parts, ...left].join(', ') || 'Nothing spent today';
    return html`<div class="cost-bar" role="img" aria-label=${limit === null ? label : `${label}, ${percent(total / limit)} of the budget`}>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">${rects}</svg>
    </div>`;
  }
}

/** What has no price is not free. */
function spent({ total, unpriced, estimated }: CostToday): string {
  return money(total === 0 && unpriced > 0 ? null : String(total), estimated && total > 0);
}
