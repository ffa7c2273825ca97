import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';

export interface DrawnRow {
  content: TemplateResult | string;
  /** More classes. */
  look?: string;
  /** In a tree: how deep from 1, and whether it is open where it can be. */
  level?: number;
  expanded?: boolean | undefined;
}

const ROW_REM = 1.125;
const BESIDE = 12;
/** Browsers draw no higher boxes than some millions of pixels. */
const MOST = 700_000;

let made = 0;

/** Lines of one height, of which only those in sight are in the page: a body of megabytes scrolls like a short one. */
@customElement('mx-rows')
export class MxRows extends MaestroElement {
  @property() label = '';
  @property({ attribute: false }) count = 0;
  @property({ attribute: false }) draw: (index: number) => DrawnRow = () => ({ content: '' });
  @property() look: 'code' | 'term' = 'code';
  @property() kind: 'group' | 'tree' = 'group';
  /** In a tree: the row that keys act on. */
  @property({ attribute: false }) active = -1;
  @property() test = 'rows';
  readonly #id = `rows-${++made}`;
  #first = 0;
  #isDue = false;
  #seenActive = -1;

  override render() {
    const last = Math.min(this.#shown, this.#first + this.#fitting() + BESIDE);
    const first = Math.max(0, this.#first - BESIDE);
    const indexes = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
    const isTree = this.kind === 'tree';
    const hasActive = isTree && this.active >= first && this.active < last;
    return html`<div
        class="rows rows-${this.look}"
        role=${this.kind}
        aria-label=${this.label}
        aria-activedescendant=${hasActive ? `${this.#id}-${this.active}` : nothing}
        tabindex="0"
        data-test=${this.test}
        @scroll=${this.#scrolled}
      >
        <div class="rows-all" role="presentation">
          <div class="rows-shown" role="presentation">${indexes.map((index) => this.#row(index, isTree))}</div>
        </div>
      </div>
      ${this.count > MOST ? html`<p class="hint">The rest is too long to be shown. Download it to read on.</p>` : nothing}`;
  }

  #row(index: number, isTree: boolean) {
    const { content, look = '', level, expanded } = this.draw(index);
    const active = isTree && index === this.active ? 'act' : '';
    if (!isTree) return html`<div class="rw ${look}" data-index=${index}>${content}</div>`;
    return html`<div
      class="rw ${look} ${active}"
      id="${this.#id}-${index}"
      role="treeitem"
      aria-level=${level ?? 1}
      aria-expanded=${expanded === undefined ? nothing : expanded ? 'true' : 'false'}
      aria-selected=${index === this.active ? 'true' : 'false'}
      data-index=${index}
    >${content}</div>`;
  }

  protected override updated(): void {
    this.style.setProperty('--rows', String(this.#shown));
    this.style.setProperty('--rows-first', String(Math.max(0, this.#first - BESIDE)));
    const box = this.#box;
    if (!box) return;
    if (this.active !== this.#seenActive && this.active >= 0) this.#showActive(box);
    this.#seenActive = this.active;
    // A list that became shorter may have been scrolled past its end.
    if (this.#place(box) !== this.#first) this.#scrolled();
  }

  get #shown(): number {
    return Math.min(this.count, MOST);
  }

  get #box(): HTMLElement | null {
    return this.find('.rows');
  }

  /** Of one row, in pixels. */
  #height(): number {
    return ROW_REM * (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16);
  }

  #fitting(): number {
    return Math.ceil((this.#box?.clientHeight ?? 0) / this.#height()) || 24;
  }

  #place(box: HTMLElement): number {
    return Math.max(0, Math.min(Math.floor(box.scrollTop / this.#height()), this.#shown - 1));
  }

  #showActive(box: HTMLElement): void {
    const [top, height] = [this.active * this.#height(), this.#height()];
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + 2 * height - box.clientHeight;
  }

  #scrolled(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      const box = this.#box;
      if (!box) return;
      const first = this.#place(box);
      if (first === this.#first) return;
      this.#first = first;
      this.requestUpdate();
    });
  }
}
