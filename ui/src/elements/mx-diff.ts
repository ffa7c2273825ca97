import type { DiffHunk } from '@maestro/core/protocol';
import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { type DiffRow, diffRows } from '../text/diff-rows.js';
import { count } from '../text/format.js';
import { type LineRow, marksOf, splitRows } from '../text/split-rows.js';
import { languageOf, pieces, type Token, tokenLines } from '../text/syntax.js';
import { visible } from '../text/visible.js';
import type { Stretch } from '../text/word-marks.js';
import { copyButton } from './copy-button.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-segment.js';

/** Rows drawn at first: a diff of a whole generated file should not freeze the page. */
const SHOWN = 1000;
/** With fewer rows there is nothing to choose between. */
const LEAST_CHOICE = 10;
const modes = [
  { value: 'unified', label: 'Unified' },
  { value: 'split', label: 'Split' },
];
/** From here on there is room for two columns. */
const wide = window.matchMedia('(min-width: 1600px)');

/** What changed in a file, as a table: numbers, sign, text; what changed inside a line is marked. */
@customElement('mx-diff')
export class MxDiff extends MaestroElement {
  @property() path = '';
  @property({ attribute: false }) hunks: readonly DiffHunk[] = [];
  /** Empty: as there is room. */
  @property({ reflect: true }) mode: 'unified' | 'split' | '' = '';
  /** Whether the change was made, so that it can be asked to be taken back. */
  @property({ type: Boolean }) canRevert = false;
  @state() private all = false;
  @state() private tokens: ReadonlyMap<DiffRow, Token[]> = new Map();
  #rows: DiffRow[] = [];
  #marks: ReadonlyMap<DiffRow, Stretch[]> = new Map();

  override connectedCallback(): void {
    super.connectedCallback();
    wide.addEventListener?.('change', this.#resized);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    wide.removeEventListener?.('change', this.#resized);
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('hunks')) return;
    const all = diffRows(this.hunks);
    // The numbers tell where a single hunk stands; heads only part several.
    this.#rows = this.hunks.length > 1 ? all : all.filter(({ kind }) => kind !== 'hunk');
    this.#marks = marksOf(this.#rows.slice(0, SHOWN));
    this.tokens = new Map();
    void this.#colour();
  }

  override render() {
    const rows = this.#rows;
    const shown = this.all ? rows : rows.slice(0, SHOWN);
    const isSplit = this.mode === '' ? wide.matches : this.mode === 'split';
    const body = isSplit ? this.#split(shown) : shown.map((row) => this.#row(row));
    return html`<div class="diff ${isSplit ? 'diff-split' : ''}" tabindex="0" role="group" aria-label="Changes to ${visible(this.path)}" data-test="diff">
        <table>
          <tbody>
            ${body}
          </tbody>
        </table>
      </div>
      ${
        shown.length < rows.length
          ? html`<button type="button" class="btn btn-g btn-s" @click=${this.#showAll}>Show all ${count(rows.length)} lines</button>`
          : nothing
      }
      ${rows.length >= LEAST_CHOICE ? this.#foot(isSplit) : nothing}`;
  }

  #foot(isSplit: boolean) {
    return html`<div class="blk-foot">
      <mx-segment
        label="Layout of the changes"
        .options=${modes}
        .value=${isSplit ? 'split' : 'unified'}
        @change=${this.#choose}
      ></mx-segment>
      ${
        this.canRevert
          ? html`<button type="button" class="btn btn-g btn-s push" data-test="revert" @click=${() => this.emit('mx-revert', { path: this.path })}>${icon('undo-2', 's')}Revert</button>`
          : nothing
      }
      ${copyButton('changes', () => this.#text(), this.canRevert ? '' : 'push')}
    </div>`;
  }

  #row(row: DiffRow): TemplateResult {
    if (row.kind === 'hunk') return html`<tr class="hunk"><td colspan="4">${row.text}</td></tr>`;
    return html`<tr class=${row.kind}><td class="ln">${row.old}</td><td class="ln">${row.now}</td><td class="sg">${row.sign}</td><td>${this.#line(row)}</td></tr>`;
  }

  #split(rows: readonly DiffRow[]): TemplateResult[] {
    return splitRows(rows).map((row) =>
      row.kind === 'hunk'
        ? html`<tr class="hunk"><td colspan="6">${row.text}</td></tr>`
        : html`<tr>${this.#side(row.left, row.left?.old ?? null)}${this.#side(row.right, row.right?.now ?? null)}</tr>`,
    );
  }

  #side(row: LineRow | null, number: number | null): TemplateResult {
    if (!row) return html`<td class="ln none"></td><td class="sg none"></td><td class="none"></td>`;
    return html`<td class="ln ${row.kind}">${number}</td><td class="sg ${row.kind}">${row.sign}</td><td class=${row.kind}>${this.#line(row)}</td>`;
  }

  #line(row: LineRow) {
    const cut = pieces(row.text, this.tokens.get(row) ?? [], this.#marks.get(row) ?? []);
    return cut.map(({ text, kind, marked }) => {
      const shown = kind === '' ? visible(text) : html`<span class=${kind}>${visible(text)}</span>`;
      return marked ? html`<mark>${shown}</mark>` : shown;
    });
  }

  /** Colours come when the highlighter is there; until then, and without it, the lines are as readable. */
  async #colour(): Promise<void> {
    const { hunks } = this;
    const rows = this.#rows.filter((row): row is LineRow => row.kind !== 'hunk').slice(0, SHOWN);
    const language = languageOf(this.path);
    if (language === null || rows.length === 0) return;
    const loaded = await import('../text/highlighter.js').catch(() => null);
    if (!loaded || this.hunks !== hunks) return;
    const tokens = new Map<DiffRow, Token[]>();
    for (const left of ['del', 'add'] as const) {
      const side = rows.filter(({ kind }) => kind === 'same' || kind === left);
      const found = loaded.highlighted(side.map(({ text }) => text).join('\n'), language);
      for (const [index, line] of (found ? tokenLines(found) : []).entries()) {
        const row = side[index];
        if (row) tokens.set(row, line);
      }
    }
    this.tokens = tokens;
  }

  #text(): string {
    return this.#rows.map((row) => (row.kind === 'hunk' ? row.text : `${row.sign}${row.text}`)).join('\n');
  }

  #resized = (): void => {
    if (this.mode === '') this.requestUpdate();
  };

  #choose(event: CustomEvent<{ value: 'unified' | 'split' }>): void {
    event.stopPropagation();
    this.mode = event.detail.value;
    this.emit('mx-mode', { mode: this.mode });
  }

  #showAll(): void {
    this.all = true;
  }
}
