import type { BudgetResource, CallResource, CallSums, Session, SessionUsage } from '@maestro/core/protocol';
import { html, nothing, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { standingOf } from '../text/call-view.js';
import { count, exactMoney, money, plural, sessionCost } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';

const MOST_BARS = 40;
/** Fewer bars are no wider than those of so many. */
const FEW_BARS = 12;

/** What a session and its agents used, by activity, by model and by call. */
@customElement('mx-session-usage')
export class MxSessionUsage extends MaestroElement {
  @property({ attribute: false }) session: Session | null = null;
  @property({ attribute: false }) usage: SessionUsage | null = null;
  /** Of the current conversation, oldest first. */
  @property({ attribute: false }) calls: readonly CallResource[] = [];
  @property({ attribute: false }) budgets: readonly BudgetResource[] = [];

  override render() {
    if (!this.usage) return nothing;
    const { totals, by_activity, by_model } = this.usage;
    return html`<section>
        <div class="grid2">
          <div><span class="t12 t3">Total tokens</span><div class="mid" data-test="usage-tokens">${tilde(totals)}${count(totals.request_tokens + totals.response_tokens)}</div></div>
          <div><span class="t12 t3">Session cost</span><div class="mid" data-test="usage-cost">${sessionCost(totals)}</div></div>
        </div>
        ${totals.unpriced_calls > 0 ? html`<p class="t12 c-warn">Without ${plural(totals.unpriced_calls, 'call')} of unknown price.</p>` : nothing}
        <dl class="kv">
          <dt>Of them cached</dt><dd class="num">${count(totals.cached_tokens)}</dd>
          <dt>Of them reasoning</dt><dd class="num">${count(totals.reasoning_tokens)}</dd>
        </dl>
      </section>
      ${table(
        'By activity',
        'Activity',
        by_activity.map((row) => ({ name: activity(row.activity), ...row })),
        totals,
      )}
      ${table(
        'By model',
        'Model',
        by_model.map((row) => ({ name: `${row.provider} / ${row.model}`, ...row })),
        null,
      )}
      ${this.#perCall()} ${this.#limits(totals)}`;
  }

  #perCall() {
    const used = this.calls.filter((call) => (call.request_tokens ?? 0) + (call.response_tokens ?? 0) > 0);
    if (used.length === 0) return nothing;
    const bars = used.slice(-MOST_BARS);
    const costs = bars.map(({ total_cost_usd }) => Number(total_cost_usd ?? 0));
    const most = Math.max(...costs, Number.MIN_VALUE);
    const wide = 100 / Math.max(bars.length, FEW_BARS);
    const dearest = bars[costs.indexOf(most)];
    const finding = dearest
      ? `Cost per call, the most ${exactMoney(dearest.total_cost_usd, dearest.estimated)} for call ${dearest.ord}`
      : 'Cost per call, none with a known price';
    return html`<section>
      <h2>Cost per call</h2>
      <svg class="cost-bars" viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label=${finding}>
        ${costs.map((cost, index) => svg`<rect x=${index * wide} y=${40 - (cost / most) * 40} width=${wide * 0.8} height=${(cost / most) * 40}></rect>`)}
      </svg>
      <div class="row t11 t3 num"><span>call ${bars[0]?.ord}</span><span class="push">${bars.at(-1)?.ord}</span></div>
      <details class="layer" data-test="usage-calls">
        <summary>Show as table</summary>
        <table class="tbl tbl-s">
          <thead><tr><th scope="col">Call</th><th scope="col" class="r">In</th><th scope="col" class="r">Out</th><th scope="col" class="r">Cost</th></tr></thead>
          <tbody>
            ${[...bars].reverse().map(
              (call) => html`<tr>
                <th scope="row"><button type="button" class="link" title="${visible(call.model)}, ${standingOf(call).long}" @click=${() => this.emit('mx-open-call', { id: call.id })}>${call.ord}</button> <span class="t3">${call.activity === 'conversation' ? '' : activity(call.activity)}</span></th>
                <td class="r">${tilde(call)}${call.request_tokens === null ? '-' : count(call.request_tokens)}</td>
                <td class="r">${tilde(call)}${call.response_tokens === null ? '-' : count(call.response_tokens)}</td>
                <td class="r">${exactMoney(call.total_cost_usd, call.estimated)}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </details>
    </section>`;
  }

  #limits(totals: CallSums) {
    const budget = this.budgets.find(
      ({ scope, session_id }) => scope === 'session' && session_id === this.session?.session_id,
    );
    const general = this.budgets.find(({ scope, session_id }) => scope === 'session' && session_id === null);
    const limit = (budget ?? general)?.limit_usd ?? null;
    return html`<section>
      <h2>Limits</h2>
      <dl class="kv">
        <dt>Session budget</dt><dd class="num">${limit === null ? 'none' : money(limit)}</dd>
        <dt>Token counts</dt><dd>${totals.estimated ? 'Some estimated here' : 'Reported by provider'}</dd>
      </dl>
    </section>`;
  }
}

type Row = CallSums & { name: string };

function table(heading: string, first: string, rows: readonly Row[], totals: CallSums | null) {
  if (rows.length === 0) return nothing;
  return html`<section>
    <h2>${heading}</h2>
    <table class="tbl tbl-s" data-test="usage-${first.toLowerCase()}">
      <thead><tr><th scope="col">${first}</th><th scope="col" class="r">In</th><th scope="col" class="r">Out</th><th scope="col" class="r">Cost</th></tr></thead>
      <tbody>
        ${rows.map((row) => html`<tr><th scope="row" class="trunc" title="${visible(row.name)}, ${plural(row.calls, 'call')}">${visible(row.name)}</th>${figures(row)}</tr>`)}
        ${totals === null ? nothing : html`<tr class="fw6"><th scope="row">Total</th>${figures(totals)}</tr>`}
      </tbody>
    </table>
  </section>`;
}

function figures(row: CallSums) {
  const cached = row.cached_tokens > 0 ? `${count(row.cached_tokens)} of them cached` : nothing;
  const thought = row.reasoning_tokens > 0 ? `${count(row.reasoning_tokens)} of them reasoning` : nothing;
  return html`<td class="r" title=${cached}>${tilde(row)}${count(row.request_tokens)}</td>
    <td class="r" title=${thought}>${tilde(row)}${count(row.response_tokens)}</td>
    <td class="r">${sessionCost(row)}</td>`;
}

const tilde = ({ estimated }: { estimated: boolean }) => (estimated ? '~' : '');

/** `sub_agent` is shown as "Sub agent". */
function activity(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words === '' ? '-' : words[0]!.toUpperCase() + words.slice(1);
}
