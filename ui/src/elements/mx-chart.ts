import { html, nothing, type PropertyValues, svg } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import {
  type ChartSeries,
  type DrawnSeries,
  drawnOf,
  gridOf,
  labelledPlaces,
  placesOf,
  sumOf,
  sumsOf,
} from '../text/chart.js';
import { UNKNOWN } from '../text/format.js';
import { bars, cursor, type Frame, grid, HEIGHT, lines, placeAt, stacks, WIDTH } from './chart-drawing.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

export type ChartState = 'live' | 'loading' | 'empty' | 'stale';

/** Series that grow are drawn this often at most. */
const EVERY_MS = 1000;
/** Labels that fit below a chart of usual width. */
const MOST_LABELS = 8;

/**
 * Values over places or times as a drawing, with its twin, a table. The drawing says its finding as `label`; its
 * points are one stop of the keyboard, read out one by one, and told as `mx-point` when one is chosen.
 */
@customElement('mx-chart')
export class MxChart extends MaestroElement {
  @property() kind: 'bars' | 'stacked' | 'lines' = 'bars';
  @property({ attribute: false }) series: readonly ChartSeries[] = [];
  @property() unit = '';
  /** The finding: "Cost per day for 14 days, highest $4.86, today $3.42". */
  @property() label = '';
  /** Above the drawing; empty for none. */
  @property() heading = '';
  @property({ attribute: false }) format: (y: number) => string = String;
  /** At the grid lines; else as `format`. */
  @property({ attribute: false }) axisFormat: ((y: number) => string) | null = null;
  @property({ attribute: false }) xFormat: (x: number | string) => string = String;
  /** The heading of the first column of the table. */
  @property() xName = '';
  /** Of lines: what the upper edge stands for; 0: what the values need. */
  @property({ type: Number }) max = 0;
  @property({ reflect: true }) state: ChartState = 'live';
  /** When the values were current, for `stale`. */
  @property() asOf = '';
  /** Whether the names of the legend are buttons, told as `mx-point` without a place. */
  @property({ type: Boolean }) choosable = false;
  /** The series that is chosen. */
  @property() chosen: string | null = null;
  /** Said when there is nothing to draw. */
  @property() empty = 'Nothing yet.';
  @state() private isTable = false;
  /** The place that is looked at. */
  @state() private at: number | null = null;
  /** The series that is looked at there; null: all. */
  @state() private row: number | null = null;
  #places: readonly (number | string)[] = [];
  #drawn: readonly DrawnSeries[] = [];
  #drawnAt = 0;
  #due: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#due);
    this.#due = undefined;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('series') && !changed.has('kind')) return;
    const wait = this.kind === 'lines' && this.#drawn.length > 0 ? this.#drawnAt + EVERY_MS - Date.now() : 0;
    if (wait <= 0) this.#take();
    else
      this.#due ??= setTimeout(() => {
        this.#take();
        this.requestUpdate();
      }, wait);
  }

  #take(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
    this.#drawnAt = Date.now();
    this.#places = placesOf(this.series);
    this.#drawn = drawnOf(this.series, this.kind !== 'lines');
    if (this.at !== null && this.at >= this.#places.length) this.at = null;
    if (this.row !== null && this.row >= this.#drawn.length) this.row = null;
  }

  override render() {
    return html`<div class="chart" data-test="chart">
      <div class="chart-h">
        ${this.heading === '' ? nothing : html`<h2>${this.heading}</h2>`}
        ${this.at === null || !this.#isDrawn ? nothing : html`<span class="chart-at num" data-test="chart-at">${this.xFormat(this.#places[this.at]!)}</span>`}
        ${this.#legend()}
        ${this.state === 'stale' ? html`<span class="t12 t3" data-test="chart-stale">${this.asOf}, not current</span>` : nothing}
        ${this.#isDrawn ? this.#toggle() : nothing}
      </div>
      ${this.#isDrawn ? (this.isTable ? this.#table() : this.#plot()) : this.#nothing()}
    </div>`;
  }

  get #isDrawn(): boolean {
    return this.#places.length > 0 && this.state !== 'loading' && this.state !== 'empty';
  }

  #nothing() {
    if (this.state === 'loading')
      return html`<div class="chart-box" role="status" aria-label="Loading"><div class="skel chart-skel wait"></div></div>`;
    return html`<div class="chart-box chart-none t2" data-test="chart-empty">${this.empty}</div>`;
  }

  #toggle() {
    const name = this.isTable ? 'Show as chart' : 'Show as table';
    return html`<button
      type="button"
      class="btn btn-g btn-s btn-i"
      aria-label=${name}
      title=${name}
      data-test="chart-table-toggle"
      @click=${() => {
        this.isTable = !this.isTable;
      }}
    >
      ${icon(this.isTable ? 'chart-column' : 'table-2', 's')}
    </button>`;
  }

  /** Names, and the value that counts: of the place that is looked at, else the sum, or of lines the newest. */
  #legend() {
    if (!this.#isDrawn || this.isTable) return html`<span class="push"></span>`;
    return html`<div class="legend push">
      ${this.#drawn.map(({ name, slot, values }, index) => {
        const value = this.at !== null ? values[this.at] : this.kind === 'lines' ? values.at(-1) : sumOf(values);
        const look = this.row === index ? 'on' : '';
        const inside = html`<i class="slot s${slot} ${this.kind === 'lines' ? `dash-${index}` : ''}" aria-hidden="true"></i>${name}
          <b class="num fw5">${this.#written(value)}</b>`;
        if (!this.choosable || slot === 0) return html`<span class=${look}>${inside}</span>`;
        const choose = () => this.emit('mx-point', { series: name, x: null });
        return html`<button type="button" class=${look} aria-pressed=${this.chosen === name ? 'true' : 'false'} data-test="chart-series" @click=${choose}>${inside}</button>`;
      })}
    </div>`;
  }

  #written(value: number | null | undefined): string {
    return value === null || value === undefined ? UNKNOWN : this.format(value);
  }

  get #frame(): Frame & { ticks: readonly number[] } {
    const values = this.kind === 'stacked' ? sumsOf(this.#drawn) : this.#drawn.flatMap((one) => one.values);
    const most = Math.max(0, ...values.map((value) => value ?? 0));
    const ticks = gridOf(this.max > 0 ? this.max : most);
    return { top: ticks[0]!, count: this.#places.length, places: this.#places, ticks };
  }

  #plot() {
    const frame = this.#frame;
    const isLine = this.kind === 'lines';
    const draw = { bars, stacked: stacks, lines }[this.kind];
    return html`<div class="plot">
      <div class="ax ax-y" aria-hidden="true">
        ${frame.ticks.map((tick) => html`<span>${(this.axisFormat ?? this.format)(tick)}</span>`)}
      </div>
      <div class="plot-b">
        <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${this.label}>
          ${grid(frame.ticks.length)} ${this.at === null ? svg`` : cursor(this.at, frame, isLine)} ${draw(this.#drawn, frame)}
        </svg>
        ${this.#points(frame, isLine)}
        <div class="ax ax-x ${isLine ? 'ends' : ''}" aria-hidden="true">${this.#labels(isLine)}</div>
      </div>
    </div>`;
  }

  #labels(isLine: boolean) {
    const count = this.#places.length;
    if (isLine)
      return [0, ...(count > 1 ? [count - 1] : [])].map(
        (place) => html`<span>${this.xFormat(this.#places[place]!)}</span>`,
      );
    const labelled = labelledPlaces(count, MOST_LABELS);
    return this.#places.map(
      (x, place) => html`<span>${labelled.has(place) ? html`<i>${this.xFormat(x)}</i>` : nothing}</span>`,
    );
  }

  /** All points are one stop: arrows go through them, Enter chooses, and what is there is read out. */
  #points(frame: Frame, isLine: boolean) {
    const at = this.at ?? this.#places.length - 1;
    const move = (event: PointerEvent) => {
      const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
      this.#look(placeAt(width > 0 ? (event.clientX - left) / width : 0, frame, isLine));
      this.row = isLine ? null : this.#seriesAt(event, frame);
    };
    return html`<div
      class="points"
      role="slider"
      tabindex="0"
      aria-label="Points${this.heading === '' ? '' : `: ${this.heading}`}"
      aria-valuemin="1"
      aria-valuemax=${this.#places.length}
      aria-valuenow=${at + 1}
      aria-valuetext=${this.#said(at)}
      data-test="chart-points"
      @keydown=${this.#onKey}
      @pointermove=${move}
      @pointerleave=${() => this.#look(null)}
      @focus=${() => this.#look(this.at ?? this.#places.length - 1)}
      @blur=${() => this.#look(null)}
      @click=${this.#choose}
    ></div>`;
  }

  #said(at: number): string {
    const where = this.xFormat(this.#places[at]!);
    const some = this.row === null ? this.#drawn : [this.#drawn[this.row]!];
    return `${where}: ${some.map(({ name, values }) => `${name} ${this.#written(values[at])}`).join(', ')}`;
  }

  /** Which part of a stack the pointer is on. */
  #seriesAt(event: PointerEvent, frame: Frame): number | null {
    if (this.kind !== 'stacked' || this.at === null) return null;
    const { top, height } = (event.currentTarget as Element).getBoundingClientRect();
    let rest = (1 - (event.clientY - top) / height) * frame.top;
    for (const [index, { values }] of this.#drawn.entries()) {
      rest -= values[this.at] ?? 0;
      if (rest < 0) return index;
    }
    return null;
  }

  #look(place: number | null): void {
    this.at = place;
    if (place === null) this.row = null;
  }

  readonly #choose = (): void => {
    if (this.at === null) return;
    const series = this.row === null ? null : this.#drawn[this.row]!.name;
    this.emit('mx-point', { series, x: this.#places[this.at]! });
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const last = this.#places.length - 1;
    const at = this.at ?? last;
    const page = Math.max(1, Math.round(last / 10));
    const to: Record<string, number> = {
      ...{ ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last, PageUp: at - page, PageDown: at + page },
    };
    const target = to[event.key];
    if (target !== undefined) this.#look(Math.min(last, Math.max(0, target)));
    else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') this.#turn(event.key === 'ArrowUp' ? 1 : -1);
    else if (event.key === 'Enter' || event.key === ' ') this.#choose();
    else if (event.key === 'Escape' && this.row !== null) this.row = null;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** Goes through the series of a place, and through all of them together. */
  #turn(step: 1 | -1): void {
    const count = this.#drawn.length + 1;
    const next = ((this.row ?? -1) + 1 + step + count) % count;
    this.row = next === 0 ? null : next - 1;
  }

  /** Every series, those that are not drawn too. */
  #table() {
    const columns = this.series.map(({ name, points }) => ({ name, at: new Map(points) }));
    const isSummed = this.kind === 'stacked' && columns.length > 1;
    return html`<div class="chart-box chart-t" role="region" aria-label="${this.heading || this.label}, as a table" tabindex="0">
      <table class="tbl tbl-s" data-test="chart-table">
        <caption class="vh">${this.label}${this.unit === '' ? '' : `, in ${this.unit}`}</caption>
        <thead>
          <tr>
            <th scope="col">${this.xName === '' ? html`<span class="vh">Point</span>` : this.xName}</th>
            ${columns.map(({ name }) => html`<th scope="col" class="r">${name}</th>`)}
            ${isSummed ? html`<th scope="col" class="r">Total</th>` : nothing}
          </tr>
        </thead>
        <tbody>
          ${this.#places.map(
            (x) => html`<tr>
              <th scope="row">${this.xFormat(x)}</th>
              ${columns.map(({ at }) => html`<td class="r num">${this.#written(at.get(x))}</td>`)}
              ${isSummed ? html`<td class="r num">${this.#written(sumOf(columns.map(({ at }) => at.get(x) ?? null)))}</td>` : nothing}
            </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }
}
