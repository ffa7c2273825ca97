import type { UsageGroup } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';
import '../elements/mx-budget-card.js';
import '../elements/mx-budgets.js';
import type { BudgetWish } from '../elements/mx-budgets.js';
import '../elements/mx-chart.js';
import '../elements/mx-empty.js';
import '../elements/mx-menu.js';
import '../elements/mx-segment.js';
import { dearestCalls, type UsageLine, usageList } from '../elements/usage-lists.js';
import { usageTiles } from '../elements/usage-tiles.js';
import { app, messageOf } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { paths } from '../state/route.js';
import { saveFile } from '../state/save-file.js';
import type { UsageShown } from '../state/usage-data.js';
import { UsageFollow } from '../state/usage-follow.js';
import { money, shortCount, timeOfDay } from '../text/format.js';
import { sentence } from '../text/sentence.js';
import { exportsOf, usageCsv } from '../text/usage-csv.js';
import { activityName, type ProviderLook, placeName, placesOf, seriesOf } from '../text/usage-figures.js';
import { findingOf } from '../text/usage-finding.js';
import {
  dayOf,
  type FilterKey,
  filterKeys,
  lengthOf,
  periodName,
  periods,
  searchOf,
  spanOf,
  type UsagePeriod,
  type UsageView,
  viewOf,
} from '../text/usage-view.js';
import { visible } from '../text/visible.js';

const UNKNOWN_PROVIDER = 'unknown';

/** What all sessions used and what it cost; what is looked at stands in the address. */
@customElement('mx-usage-page')
export class MxUsagePage extends MaestroElement {
  @state() private isEditing = false;
  @state() private isExporting = false;
  @state() private isCustom = false;
  /** Lists that are shown with all their lines. */
  @state() private long: ReadonlySet<FilterKey> = new Set();
  @state() private isSaving = false;
  @state() private problem = '';
  readonly #data = new UsageFollow(this);
  #search = location.search;

  constructor() {
    super();
    new Watch(this, app.router, app.providers, app.sessions, app.approvals);
  }

  protected override willUpdate(): void {
    // Another place, also by back and forward: its own dates count.
    if (location.search !== this.#search) this.isCustom = false;
    this.#search = location.search;
    this.#data.show(this.#view);
  }

  get #view(): UsageView {
    return viewOf(location.search, dayOf(new Date()));
  }

  override render() {
    const view = this.#view;
    return html`<div class="body" tabindex="0" role="region" aria-label="Usage">
        <div class="page usage-page" data-test="usage-page" aria-busy=${this.#data.isLoading ? 'true' : 'false'}>
          ${this.#header(view)} ${this.#custom(view)} ${this.#chips(view)}
          ${this.#data.error && !this.#data.shown ? this.#failure() : this.#content(view)}
        </div>
      </div>
      ${this.isEditing ? this.#budgets() : nothing}`;
  }

  #header(view: UsageView) {
    const { shown, error } = this.#data;
    return html`<header class="page-h">
      <div>
        <h1 tabindex="-1">Usage</h1>
        <p>What the agents used and what it cost; estimates are marked with a tilde.</p>
      </div>
      <div class="usage-acts">
        ${
          error && shown
            ? html`<span class="t12 t3 usage-stale" data-test="usage-stale">${timeOfDay(shown.at.toISOString())}, not current</span>
              <button type="button" class="btn btn-s" data-test="usage-retry" @click=${() => this.#data.retry()}>Retry</button>`
            : nothing
        }
        <mx-segment
          label="Period"
          .options=${periods.map(({ value, label }) => ({ value, label }))}
          .value=${this.isCustom ? 'custom' : view.period}
          @change=${this.#onPeriod}
        ></mx-segment>
        <button type="button" class="btn" aria-haspopup="menu" aria-expanded=${this.isExporting ? 'true' : 'false'} ?disabled=${!shown} data-test="usage-csv" @click=${() => {
          this.isExporting = !this.isExporting;
        }}>${icon('download', 's')}CSV</button>
        ${
          this.isExporting
            ? html`<mx-menu label="Export" placement="bottom-end" .anchor=${this.find('[data-test="usage-csv"]')} .items=${exportsOf(view)}
              @mx-select=${this.#onExport} @mx-close=${() => {
                this.isExporting = false;
              }}></mx-menu>`
            : nothing
        }
      </div>
    </header>`;
  }

  #custom(view: UsageView) {
    if (!this.isCustom && view.period !== 'custom') return nothing;
    const field = (name: 'from' | 'to', label: string) => html`<label class="usage-date"
      ><span class="t12 t2">${label}</span
      ><input class="input" type="date" name=${name} max=${dayOf(new Date())} .value=${view[name]} pattern="\\d{4}-\\d{2}-\\d{2}" required data-test="usage-${name}"
    /></label>`;
    return html`<form class="usage-custom" data-test="usage-custom" @change=${this.#onDates} @submit=${(event: Event) => event.preventDefault()}>
      ${field('from', 'From')} ${field('to', 'To')}
    </form>`;
  }

  #chips(view: UsageView) {
    const set = filterKeys.filter((key) => view[key]);
    if (set.length === 0) return nothing;
    return html`<div class="usage-chips" role="group" aria-label="Filters">
      ${set.map((key) => {
        const name = `${titles[key]}: ${visible(this.#nameOf(key, view[key]!))}`;
        return html`<button type="button" class="chip chip-b" data-test="usage-chip" data-key=${key} aria-label="Remove the filter ${name}" @click=${() => this.#filter({ [key]: undefined })}>${name}${icon('x', 'xs')}</button>`;
      })}
      ${set.length > 1 ? html`<button type="button" class="btn btn-g btn-s" data-test="usage-clear" @click=${() => this.#filter(Object.fromEntries(set.map((key) => [key, undefined])))}>Clear all</button>` : nothing}
    </div>`;
  }

  #failure() {
    return html`<mx-empty
      icon="circle-alert"
      tone="error"
      test="usage-failed"
      heading="Usage could not be read"
      .text=${sentence(messageOf(this.#data.error))}
      .actions=${[{ id: 'retry', label: 'Retry', icon: 'rotate-cw' }]}
      @mx-action=${() => this.#data.retry()}
    ></mx-empty>`;
  }

  #content(view: UsageView) {
    const { shown } = this.#data;
    const { measure } = view;
    const list = (key: FilterKey, heading: string, items: readonly UsageGroup[] | undefined) =>
      usageList(items?.map((item) => this.#line(key, item)) ?? null, {
        heading,
        test: `usage-by-${key}`,
        measure,
        chosen: view[key],
        choose: (value) => this.#filter({ [key]: view[key] === value ? undefined : value }),
        isLong: this.long.has(key),
        lengthen: (isLong) => {
          this.long = new Set([...this.long].filter((one) => one !== key).concat(isLong ? key : []));
        },
      });
    return html`${usageTiles(shown, measure, (wanted) => this.#go({ ...view, measure: wanted }))}
      <div class="usage-split">
        <section class="card usage-card">${this.#chart(view)}</section>
        <mx-budget-card
          .spending=${shown?.spending ?? null}
          .now=${shown?.at ?? new Date()}
          .waiting=${app.approvals.value.filter(({ kind }) => kind === 'limit')}
          .nameOf=${this.#sessionName}
          @mx-edit=${() => {
            this.isEditing = true;
          }}
        ></mx-budget-card>
      </div>
      <div class="usage-lists">
        ${list('model', 'By model', shown?.models.items)} ${list('agent', 'By agent', shown?.agents.items)}
        ${list('activity', 'By activity', shown?.activities.items)}
      </div>
      ${dearestCalls(shown?.dearest ?? null, {
        now: shown?.at ?? new Date(),
        slotOf: (provider) => app.slotOf(provider),
        pathOf: ({ session_id, call_id }) => (session_id && call_id ? paths.call(session_id, call_id) : null),
      })}`;
  }

  #chart(view: UsageView) {
    const { shown } = this.#data;
    const { measure } = view;
    const isCost = measure === 'cost';
    const each = lengthOf(shown?.view ?? view) === 1 ? 'hour' : 'day';
    const series = shown ? this.#series(shown, measure) : [];
    const format = isCost ? (value: number) => money(String(value)) : shortCount;
    const nameOf = (place: string | number) => placeName(String(place), dayOf(shown?.at ?? new Date()));
    const state = !shown ? 'loading' : this.#data.error ? 'stale' : series.length === 0 ? 'empty' : 'live';
    return html`<mx-chart
      kind="stacked"
      heading="${isCost ? 'Cost' : 'Tokens'} per ${each}, by provider"
      unit=${isCost ? 'USD' : 'tokens'}
      xName=${each === 'day' ? 'Day' : 'Hour'}
      .series=${series}
      .label=${findingOf(series, { what: isCost ? 'Cost' : 'Tokens', each, time: periodName(shown?.view ?? view), format, placeName: nameOf })}
      .format=${format}
      .axisFormat=${isCost ? axisMoney : shortCount}
      .xFormat=${nameOf}
      .state=${state}
      .asOf=${shown ? timeOfDay(shown.at.toISOString()) : ''}
      .choosable=${true}
      .chosen=${view.provider ? app.labelOf(view.provider) : null}
      empty="Nothing was used in this time."
      @mx-point=${this.#onPoint}
    ></mx-chart>`;
  }

  /** In the order of the registry; those that are not in it any more come last. */
  #providers(items: readonly UsageGroup[]): ProviderLook[] {
    const used = [...new Set(items.map(({ provider }) => provider ?? UNKNOWN_PROVIDER))];
    const order = app.providers.value.map(({ id }) => id);
    const place = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length);
    return used
      .sort((a, b) => place(a) - place(b) || a.localeCompare(b))
      .map((id) => ({ id, label: app.labelOf(id), slot: Number(app.slotOf(id).slice(1)) }));
  }

  #series({ view, at, times: { items } }: UsageShown, measure: UsageView['measure']) {
    return seriesOf(items, this.#providers(items), placesOf(view, at, items), measure);
  }

  #line(key: FilterKey, item: UsageGroup): UsageLine {
    const value = item[key] ?? '';
    const isModel = key === 'model';
    return {
      value,
      name: this.#nameOf(key, value),
      sums: item,
      ...(isModel && { isMono: true, slot: app.slotOf(item.provider ?? UNKNOWN_PROVIDER) }),
    };
  }

  #nameOf(key: FilterKey, value: string): string {
    if (value === '') return 'unknown';
    if (key === 'provider') return app.labelOf(value);
    return key === 'activity' ? activityName(value) : value;
  }

  readonly #sessionName = (id: string): string =>
    app.sessions.value.find(({ session_id }) => session_id === id)?.agent_name ?? 'a session';

  /** Another view is another entry of the history, so that back leads to the one before. */
  #go(view: UsageView): void {
    app.router.push(`${paths.usage}${searchOf(view)}`);
    this.requestUpdate();
  }

  #filter(change: Partial<Record<FilterKey, string | undefined>>): void {
    const set = Object.fromEntries(
      Object.entries(change).map(([key, value]) => [key, value === '' ? undefined : value]),
    );
    this.#go({ ...this.#view, ...set } as UsageView);
  }

  readonly #onPeriod = (event: CustomEvent<{ value: string }>): void => {
    const value = event.detail.value as UsagePeriod;
    this.isCustom = value === 'custom';
    if (!this.isCustom) this.#go({ ...this.#view, ...spanOf(value, dayOf(new Date())) });
  };

  readonly #onDates = (event: Event): void => {
    const form = event.currentTarget as HTMLFormElement;
    if (!form.checkValidity()) return;
    const given = new FormData(form);
    const [from, to] = [String(given.get('from')), String(given.get('to'))].sort() as [string, string];
    this.#go({ ...this.#view, period: 'custom', from, to });
  };

  /** A part of a bar is a provider on a day, a bar is a day, a name of the legend is a provider. */
  readonly #onPoint = (event: CustomEvent<{ series: string | null; x: number | string | null }>): void => {
    const { series, x } = event.detail;
    const view = this.#view;
    const found =
      series === null
        ? undefined
        : this.#providers(this.#data.shown?.times.items ?? []).find(({ label }) => label === series);
    const provider = found && (x === null && view.provider === found.id ? undefined : found.id);
    const day = typeof x === 'string' && x.length === 10 ? { period: 'custom' as const, from: x, to: x } : {};
    const next = { ...view, ...day };
    if (found) {
      if (provider === undefined) delete next.provider;
      else next.provider = provider;
    }
    if (searchOf(next) !== searchOf(view)) this.#go(next);
  };

  readonly #onExport = (event: CustomEvent<string>): void => {
    const { shown } = this.#data;
    const table = exportsOf(this.#view).find(({ value }) => value === event.detail);
    if (!shown || !table) return;
    const { name, text } = usageCsv(shown, table.value);
    saveFile(name, 'text/csv', text);
  };

  #budgets() {
    const sessions = app.sessions.value.map(({ session_id, agent_name }) => ({ id: session_id, name: agent_name }));
    return html`<mx-budgets
      .budgets=${this.#data.shown?.spending.budgets ?? []}
      .sessions=${sessions}
      .problem=${this.problem}
      .busy=${this.isSaving}
      @mx-save=${(event: CustomEvent<BudgetWish>) => this.#save(event.detail)}
      @mx-remove=${(event: CustomEvent<{ id: string }>) => this.#change(() => app.rest.removeBudget(event.detail.id))}
      @mx-close=${() => {
        this.isEditing = false;
        this.problem = '';
      }}
    ></mx-budgets>`;
  }

  #save({ id, scope, session_id, limit_usd, warn_at }: BudgetWish): Promise<void> {
    return this.#change(() =>
      id === null
        ? app.rest.createBudget({ scope, session_id, limit_usd, warn_at })
        : app.rest.patchBudget(id, { limit_usd, warn_at }),
    );
  }

  async #change(act: () => Promise<unknown>): Promise<void> {
    this.isSaving = true;
    this.problem = '';
    try {
      await act();
      await this.#data.retry();
    } catch (error) {
      this.problem = sentence(messageOf(error));
    } finally {
      this.isSaving = false;
    }
  }
}

const titles: Readonly<Record<FilterKey, string>> = {
  provider: 'Provider',
  model: 'Model',
  agent: 'Agent',
  activity: 'Activity',
};
/** `$4`, `$0.50`: whole dollars at the axis where they are whole. */
function axisMoney(value: number): string {
  return Number.isInteger(value) ? `$${value.toLocaleString('en-GB')}` : `$${Number(value.toPrecision(3))}`;
}
