import type { ApprovalResource, BudgetResource } from '@maestro/core/protocol';
import { html, nothing, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { paths } from '../state/route.js';
import type { Spending } from '../state/usage-data.js';
import { generalBudget, levelOf, limitText, usedText } from '../text/budget-rows.js';
import { money, percent, plural } from '../text/format.js';
import { forecast } from '../text/usage-figures.js';
import { dayOf } from '../text/usage-view.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

const monthName = new Intl.DateTimeFormat('en-GB', { month: 'long' });

/** What this month and this day cost so far and at this pace, beside the limits. Tells `mx-edit`. */
@customElement('mx-budget-card')
export class MxBudgetCard extends MaestroElement {
  @property({ attribute: false }) spending: Spending | null = null;
  @property({ attribute: false }) now: Date = new Date();
  /** Turns that wait because a limit is reached. */
  @property({ attribute: false }) waiting: readonly ApprovalResource[] = [];
  /** What a session is called. */
  @property({ attribute: false }) nameOf: (session_id: string) => string = (id) => id;

  override render() {
    return html`<section class="card usage-card usage-budget" aria-labelledby="budget-heading" data-test="budget-card">
      <div class="row">
        <h2 id="budget-heading">Budget, ${monthName.format(this.now)}</h2>
        <button type="button" class="btn btn-s btn-g push" data-test="budget-edit" @click=${() => this.emit('mx-edit')}>Edit<span class="vh"> budgets</span></button>
      </div>
      ${this.spending ? this.#figures(this.spending) : html`<div class="usage-skel wait" role="status" aria-label="Loading"><i class="skel skel-40"></i><i class="skel skel-90"></i><i class="skel skel-70"></i></div>`}
    </section>`;
  }

  #figures({ budgets, month }: Spending) {
    const { now } = this;
    const day = generalBudget(budgets, 'day');
    const today = month.items.find((item) => item.day === dayOf(now));
    const spent = month.totals.calls === 0 ? '0' : month.totals.total_cost_usd;
    const [year, monthIndex] = [now.getFullYear(), now.getMonth()];
    const pace = forecast(
      Number(spent ?? 0),
      new Date(year, monthIndex, 1).getTime(),
      new Date(year, monthIndex + 1, 1).getTime(),
      now.getTime(),
    );
    const todaySpent = today ? today.total_cost_usd : '0';
    return html`<div class="stat-l">
        <span class="mid" data-test="month-spent">${money(spent, month.totals.estimated)}</span>
        <span class="t12 t3 num" data-test="today-spent">today ${money(todaySpent, today?.estimated)}${day?.limit_usd ? ` of ${limitText(day)}` : ''}</span>
      </div>
      ${day ? this.#meter(day) : nothing}
      <p class="t12 t2" data-test="forecast">${pace === null ? 'Too early to say where the month ends.' : `At this pace the month ends at about ${wholeMoney(pace)}.`}</p>
      ${this.#warnings(budgets)}
      ${this.waiting.map(
        (one) =>
          html`<p class="budget-w c-warn" data-test="budget-waiting">${icon('octagon-pause', 's')}<span>${visible(one.agent_name)} waits at a limit. <a class="link" href=${paths.session(one.root_session_id)}>Open</a></span></p>`,
      )}
      <dl class="kv">
        <dt>Daily limit</dt><dd>${limitText(day)}</dd>
        <dt>Warn at</dt><dd>${day ? percent(day.warn_at) : '-'}</dd>
        <dt>At the limit</dt><dd>Pause and ask</dd>
        <dt>Per session</dt><dd>${limitText(generalBudget(budgets, 'session'))}</dd>
        <dt>Per turn</dt><dd>${limitText(generalBudget(budgets, 'turn'))}</dd>
      </dl>`;
  }

  #meter(day: BudgetResource) {
    const level = levelOf(day);
    if (level === null) return nothing;
    const share = Number(day.limit_usd) > 0 ? Math.min(1, Number(day.spent_usd) / Number(day.limit_usd)) : 1;
    return html`<div
      class="meter meter-l ${level}"
      role="meter"
      aria-label="Budget of today used"
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${Math.round(share * 100)}
      aria-valuetext="${percent(share)} of ${limitText(day)}"
    >
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">${svg`<rect width=${share * 100} height="8"></rect>`}</svg>
    </div>`;
  }

  #warnings(budgets: readonly BudgetResource[]) {
    const near = budgets.filter((one) => {
      const counts = one.session_id !== null || one === generalBudget(budgets, one.scope);
      const level = levelOf(one);
      return counts && level !== null && level !== 'ok';
    });
    return near.map((one) => {
      const isFull = levelOf(one) === 'full';
      const whose = one.session_id === null ? 'today' : visible(this.nameOf(one.session_id));
      const words = isFull
        ? `The budget of ${whose} is used up; agents stop and ask.`
        : `The budget of ${whose}: ${usedText(one)}.`;
      const missing =
        one.unpriced_calls > 0 ? ` ${plural(one.unpriced_calls, 'call')} of unknown price not counted.` : '';
      return html`<p class="budget-w ${isFull ? 'c-error' : 'c-warn'}" data-test="budget-warning">${icon('triangle-alert', 's')}<span>${words}${missing}</span></p>`;
    });
  }
}

/** A guess needs no cents. */
function wholeMoney(value: number): string {
  return value < 10 ? money(value.toFixed(2)) : `$${Math.round(value).toLocaleString('en-GB')}`;
}
