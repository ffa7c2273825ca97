import type { BudgetResource, BudgetScope } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { amountIn, budgetsInForce, levelOf, limitText, shareIn, usedText } from '../text/budget-rows.js';
import { exactMoney, percent, UNKNOWN } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-dialog.js';
import './mx-field.js';
import './mx-select.js';

/** What is to be set; with an id that budget is changed. */
export interface BudgetWish {
  id: string | null;
  scope: BudgetScope;
  session_id: string | null;
  limit_usd: string | null;
  warn_at: number;
}

export interface BudgetSession {
  id: string;
  name: string;
}

const scopes: Readonly<Record<BudgetScope, string>> = {
  day: 'A day of all sessions',
  session: 'Each session',
  turn: 'Each turn',
};

/** The limits on money: a list, and a form for a new one or another amount. Tells `mx-save`, `mx-remove` and `mx-close`. */
@customElement('mx-budgets')
export class MxBudgets extends MaestroElement {
  @property({ attribute: false }) budgets: readonly BudgetResource[] = [];
  @property({ attribute: false }) sessions: readonly BudgetSession[] = [];
  /** What the server said against the last wish. */
  @property() problem = '';
  @property({ type: Boolean }) busy = false;
  @state() private target = 'day';
  @state() private limit = '';
  @state() private warn = '80';
  @state() private faults: { limit?: string; warn?: string } = {};

  /** What had the focus may be gone with its row; the keyboard must not fall out of the dialog. */
  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('budgets')) return;
    setTimeout(() => {
      if (document.activeElement === document.body) this.find('.dlg')?.focus();
    });
  }

  override render() {
    return html`<mx-dialog heading="Budgets" size="wide" test="budgets-dialog" .content=${this.#content()}></mx-dialog>`;
  }

  #content() {
    return html`<div class="dlg-b">
        <table class="tbl tbl-s" data-test="budget-table">
          <thead>
            <tr>
              <th scope="col">For</th><th scope="col" class="r">Limit</th><th scope="col" class="r">Warn at</th>
              <th scope="col" class="r">Spent</th><th scope="col">Set by</th><th scope="col"><span class="vh">Actions</span></th>
            </tr>
          </thead>
          <tbody>${budgetsInForce(this.budgets).map((budget) => this.#row(budget))}</tbody>
        </table>
        <form class="budget-f" data-test="budget-form" @submit=${this.#submit}>
          <mx-field label="For" .control=${({
            id,
            invalid,
            describedBy,
          }: {
            id: string;
            invalid: boolean;
            describedBy: string;
          }) =>
            html`<mx-select
              .control=${id} .invalid=${invalid} .describedBy=${describedBy} label="For" test="budget-scope"
              .options=${this.#targets()}
              .value=${this.target}
              @change=${this.#retarget}
            ></mx-select>`}></mx-field>
          <mx-field label="Limit" note="USD, empty for no limit" test="budget-limit" .value=${this.limit} .error=${this.faults.limit ?? ''}
            @input=${(event: Event) => this.#typed('limit', event)}></mx-field>
          <mx-field label="Warn at" note="%" test="budget-warn" .value=${this.warn} .error=${this.faults.warn ?? ''}
            @input=${(event: Event) => this.#typed('warn', event)}></mx-field>
          <button type="submit" class="btn btn-p btn-lg" aria-disabled=${this.busy ? 'true' : 'false'} data-test="budget-save">Set budget</button>
        </form>
        ${this.problem === '' ? nothing : html`<p class="problem" role="alert" data-test="budget-problem">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
        <p class="hint">It counts from the next call on. Where a limit is reached the agent stops before the call and asks; one of a single session counts above that for all.</p>
      </div>
      <div class="dlg-f"><button type="button" class="btn push" @click=${() => this.emit('mx-close')}>Done</button></div>`;
  }

  #row(budget: BudgetResource) {
    const { id, limit_usd, spent_usd, warn_at, source } = budget;
    const level = levelOf(budget);
    const name = visible(this.#nameOf(budget));
    return html`<tr data-test="budget-row" data-scope=${budget.scope}>
      <th scope="row"><span class="trunc">${name}</span></th>
      <td class="r num">${limitText(budget)}</td>
      <td class="r num">${limit_usd === null ? UNKNOWN : percent(warn_at)}</td>
      <td class="r num ${level === 'warn' ? 'c-warn' : level === 'full' ? 'c-error' : ''}">${spent_usd === null ? UNKNOWN : exactMoney(spent_usd)}${level === 'warn' || level === 'full' ? html`<span class="vh">, ${usedText(budget)}</span>` : nothing}</td>
      <td class="t2">${source === 'config' ? 'configuration' : 'you'}</td>
      <td class="r">
        <button type="button" class="btn btn-g btn-s" data-test="budget-change" @click=${() => this.#edit(budget)}>Change<span class="vh"> ${name}</span></button>
        ${id === null ? nothing : html`<button type="button" class="btn btn-g btn-s btn-i" aria-label="Delete the budget: ${name}" title="Delete" data-test="budget-delete" aria-disabled=${this.busy ? 'true' : 'false'} @click=${() => !this.busy && this.emit('mx-remove', { id })}>${icon('trash-2', 's')}</button>`}
      </td>
    </tr>`;
  }

  #nameOf({ scope, session_id }: BudgetResource): string {
    if (session_id === null) return scopes[scope];
    const name = this.sessions.find(({ id }) => id === session_id)?.name ?? session_id;
    return scope === 'turn' ? `Turns of ${name}` : name;
  }

  /** For all, or of one session; a budget that stands is one of them. */
  #targets() {
    const named = this.budgets.flatMap((one) => (one.session_id === null ? [] : [targetOf(one)]));
    const sessions = this.sessions.map(({ id, name }) => ({
      value: `session ${id}`,
      label: visible(name),
      hint: 'session',
    }));
    const others = named.filter((value) => !sessions.some((session) => session.value === value));
    return [
      ...(Object.keys(scopes) as BudgetScope[]).map((scope) => ({ value: scope, label: scopes[scope] })),
      ...sessions,
      ...others.map((value) => ({ value, label: this.#labelOf(value) })),
    ];
  }

  #labelOf(target: string): string {
    const known = this.budgets.find((one) => one.session_id !== null && targetOf(one) === target);
    return known ? this.#nameOf(known) : target;
  }

  #edit(budget: BudgetResource): void {
    this.target = targetOf(budget);
    this.limit = budget.limit_usd ?? '';
    this.warn = String(Math.round(budget.warn_at * 1000) / 10);
    this.faults = {};
    this.find('[data-test="budget-limit"]')?.focus();
  }

  #retarget(event: CustomEvent<{ value: string }>): void {
    const known = budgetsInForce(this.budgets).find((one) => targetOf(one) === event.detail.value);
    this.target = event.detail.value;
    if (!known) return;
    this.limit = known.limit_usd ?? '';
    this.warn = String(Math.round(known.warn_at * 1000) / 10);
  }

  #typed(field: 'limit' | 'warn', event: Event): void {
    this[field] = (event.target as HTMLInputElement).value;
    if (this.faults[field]) this.faults = { ...this.faults, [field]: '' };
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    if (this.busy) return;
    const limit_usd = this.limit.trim() === '' ? null : amountIn(this.limit);
    const warn_at = shareIn(this.warn);
    this.faults = {
      ...(this.limit.trim() !== '' && limit_usd === null && { limit: 'Write an amount such as 10 or 0.50.' }),
      ...(warn_at === null && { warn: 'Write a number from 0 to 100.' }),
    };
    if (warn_at === null || this.faults.limit) return;
    const [scope, session_id = null] = this.target.split(' ') as [BudgetScope, string?];
    const known = this.budgets.find((one) => one.id !== null && targetOf(one) === this.target);
    const wish: BudgetWish = { id: known?.id ?? null, scope, session_id, limit_usd, warn_at };
    this.emit('mx-save', wish);
  };
}

/** What a budget is for, in a word. */
function targetOf({ scope, session_id }: Pick<BudgetResource, 'scope' | 'session_id'>): string {
  return session_id === null ? scope : `${scope} ${session_id}`;
}
