import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { bytes as sizeOf } from '../text/format.js';
import { type JsonNode, jsonRoot } from '../text/json-tree.js';
import { type RawRows, rawRows, textOfBytes } from '../text/raw-rows.js';
import { apart, codeOf } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-json-tree.js';
import './mx-rows.js';

/** Advance of a letter of the code font, in its size. */
const LETTER = 0.6;
const FONT_REM = 0.6875;
/** Longer ones are fetched when somebody wants to see them. */
export const SHOWN_AT_ONCE = 4_000_000;

/** The bytes of a request or an answer: as a folded tree where they are JSON, and as they are. */
@customElement('mx-body')
export class MxBody extends MaestroElement {
  @property() label = '';
  /** Null while they are not here. */
  @property({ attribute: false }) bytes: Uint8Array | null = null;
  /** How many there are. */
  @property({ attribute: false }) size = 0;
  @property({ attribute: false }) error: string | null = null;
  /** SHA-256 that was noted when they were sent; null: none was. */
  @property({ attribute: false }) sha256: string | null = null;
  /** Whether these bytes have it; null while nobody knows. */
  @property({ attribute: false }) isAsSent: boolean | null = null;
  @state() private raw = false;
  @state() private columns = 48;
  #text: string | undefined;
  #root: JsonNode | null = null;
  #rows: RawRows | null = null;
  #watched: ResizeObserver | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watched = new ResizeObserver(() => this.#measure());
    this.#watched.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#watched?.disconnect();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('bytes')) {
      this.#text = this.bytes ? textOfBytes(this.bytes) : undefined;
      this.#root = this.#text === undefined ? null : jsonRoot(this.#text);
      this.#rows = null;
    }
    if (changed.has('columns')) this.#rows = null;
  }

  override render() {
    const isTree = this.#root !== null && !this.raw;
    return html`<div class="wire-h">
        <h3>${this.label}</h3>
        <span class="t3 num" data-test="body-size">${sizeOf(this.size)}</span>
        ${this.#sum()}
        <span class="row push">
          ${
            this.#root === null
              ? nothing
              : html`<button type="button" class="btn btn-g btn-s" aria-pressed=${this.raw ? 'true' : 'false'} data-test="body-raw" @click=${this.#turn}>Raw</button>`
          }
          ${this.#act('copy', 'copy', `Copy the ${this.label.toLowerCase()}`, this.#text === undefined)}
          ${this.#act('download', 'download', `Download the ${this.label.toLowerCase()}`, this.size === 0)}
        </span>
      </div>
      ${this.#content(isTree)}`;
  }

  #sum() {
    if (this.sha256 === null) return nothing;
    const short = this.sha256.slice(0, 12);
    if (this.isAsSent === null) return html`<span class="mono t3 trunc" title="SHA-256 ${this.sha256}">${short}</span>`;
    return this.isAsSent
      ? html`<span class="mono t3 trunc" title="SHA-256 ${this.sha256}" data-test="body-sum">${icon('check', 'xs', 'c-ok')}<span class="vh">checksum matches </span>${short}</span>`
      : html`<span class="c-error" data-test="body-sum">${icon('triangle-alert', 's')}not what was sent: the checksum differs</span>`;
  }

  #act(what: 'copy' | 'download', glyph: 'copy' | 'download', name: string, isOff: boolean) {
    return html`<button type="button" class="btn btn-g btn-s btn-i" aria-label=${name} title=${name} ?disabled=${isOff} data-test="body-${what}" @click=${() => this.emit(`mx-body-${what}`, { text: this.#text ?? '' })}>${icon(glyph, 's')}</button>`;
  }

  #content(isTree: boolean) {
    if (this.error !== null) return html`<p class="c-error t12" role="alert">${this.error}</p>`;
    if (this.size === 0) return html`<p class="hint">Empty.</p>`;
    if (this.bytes === null) {
      if (this.size <= SHOWN_AT_ONCE) return html`<div class="sk sk-body" aria-hidden="true"></div>`;
      return html`<button type="button" class="btn btn-s" data-test="body-show" @click=${() => this.emit('mx-body-show')}>Show ${sizeOf(this.size)}</button>`;
    }
    if (isTree && this.#root)
      return html`<mx-json-tree .label=${this.label} .text=${this.#text ?? ''} .root=${this.#root}></mx-json-tree>`;
    this.#rows ??= rawRows(this.bytes, this.columns);
    const rows = this.#rows;
    return html`<mx-rows
        test="raw"
        .label="${this.label}, raw"
        .count=${rows.count}
        .draw=${(index: number) => ({ content: exact(rows.row(index)) })}
      ></mx-rows>
      ${rows.kind === 'hex' ? html`<p class="hint">Not text in UTF-8, so its bytes are shown.</p>` : nothing}`;
  }

  #turn(): void {
    this.raw = !this.raw;
  }

  #measure(): void {
    const font = FONT_REM * (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16);
    const room = this.clientWidth - 3 * font;
    if (room > 0) this.columns = Math.max(24, Math.floor(room / (font * LETTER)));
  }
}

/** The text as it is; what nobody sees in it is named beside it and acts on nothing around it. */
function exact(text: string) {
  const pieces = apart(text);
  if (pieces.length === 1) return text;
  return html`${pieces.map((piece, index) =>
    // The end of a line needs no name.
    index % 2 === 0 || piece === '\r' ? piece : html`<span class="unseen" data-code=${codeOf(piece)}>${piece}</span>`,
  )}`;
}
