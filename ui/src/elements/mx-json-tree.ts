import { html, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { count } from '../text/format.js';
import { type JsonRow, jsonRows, shortString } from '../text/json-rows.js';
import type { JsonNode } from '../text/json-tree.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import type { DrawnRow } from './mx-rows.js';
import './mx-rows.js';

/** JSON, folded below its first members. Arrows walk and fold, Enter folds. */
@customElement('mx-json-tree')
export class MxJsonTree extends MaestroElement {
  @property() label = '';
  @property({ attribute: false }) text = '';
  @property({ attribute: false }) root!: JsonNode;
  @state() private open: ReadonlySet<number> = new Set();
  @state() private active = 0;
  #rows: readonly JsonRow[] = [];

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('text') || changed.has('root')) {
      this.open = new Set([this.root.from]);
      this.active = 0;
    }
    this.#rows = jsonRows(this.text, this.root, this.open);
    this.active = Math.min(this.active, this.#rows.length - 1);
  }

  override render() {
    return html`<mx-rows
      kind="tree"
      test="json-tree"
      .label=${this.label}
      .count=${this.#rows.length}
      .active=${this.active}
      .draw=${(index: number) => this.#draw(index)}
      @click=${this.#onClick}
      @keydown=${this.#onKey}
    ></mx-rows>`;
  }

  #draw(index: number): DrawnRow {
    const row = this.#rows[index];
    if (!row) return { content: '' };
    const lead = html`<span class="jt-lead">${'  '.repeat(row.depth)}</span>`;
    const level = row.depth + 1;
    if (row.kind === 'text') return { content: html`${lead}<span class="s">${visible(row.text)}</span>`, level };
    const comma = row.isLast ? '' : ',';
    const [start, end] = row.node.kind === 'object' ? ['{', '}'] : ['[', ']'];
    if (row.kind === 'close') return { content: html`${lead}${end}${comma}`, level };
    const { key } = row.node;
    const name = key === null ? '' : html`<span class="f">${visible(key)}</span>: `;
    const fold =
      row.kind === 'value'
        ? html`<span class="jt-fold"></span>`
        : icon('chevron-right', 'xs', row.kind === 'open' ? 'jt-fold jt-open' : 'jt-fold');
    const isBranch = row.node.kind === 'object' || row.node.kind === 'array';
    const expanded = row.kind === 'value' ? undefined : row.kind === 'open';
    const inside =
      isBranch && row.node.items > 0
        ? row.kind === 'open'
          ? start
          : html`${start} <span class="c">${items(row.node)}</span> ${end}${comma}`
        : html`${this.#value(row.node)}${comma}`;
    return { content: html`${lead}${fold}${name}${inside}`, level, expanded };
  }

  #value(node: JsonNode) {
    if (node.kind === 'object') return '{}';
    if (node.kind === 'array') return '[]';
    if (node.kind !== 'string')
      return html`<span class=${node.kind === 'number' ? 'n' : 'k'}>${this.text.slice(node.from, node.to)}</span>`;
    const { text, more } = shortString(this.text, node);
    return html`<span class="s">${visible(text)}</span>${more > 0 ? html`<span class="c">... ${count(more)} more</span>` : ''}`;
  }

  #onClick(event: MouseEvent): void {
    const row = (event.target as Element).closest<HTMLElement>('[data-index]');
    if (!row || window.getSelection()?.isCollapsed === false) return;
    this.active = Number(row.dataset.index);
    this.#fold(this.active);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.#actionOf(event.key);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  #actionOf(key: string): (() => void) | undefined {
    const last = this.#rows.length - 1;
    const row = this.#rows[this.active];
    const go = (to: number) => () => {
      this.active = Math.max(0, Math.min(to, last));
    };
    const fold = () => this.#fold(this.active);
    switch (key) {
      case 'ArrowDown':
        return go(this.active + 1);
      case 'ArrowUp':
        return go(this.active - 1);
      case 'Home':
        return go(0);
      case 'End':
        return go(last);
      case 'ArrowRight':
        return row?.kind === 'folded' ? fold : go(this.active + 1);
      case 'ArrowLeft':
        return row?.kind === 'open' ? fold : go(this.#parentOf(this.active));
      case 'Enter':
      case ' ':
        return fold;
      default:
        return undefined;
    }
  }

  #parentOf(index: number): number {
    const depth = this.#rows[index]?.depth ?? 0;
    for (let at = index - 1; at >= 0; at -= 1) if ((this.#rows[at]?.depth ?? 0) < depth) return at;
    return index;
  }

  #fold(index: number): void {
    const row = this.#rows[index];
    if (row?.kind !== 'open' && row?.kind !== 'folded') return;
    const open = new Set(this.open);
    if (!open.delete(row.node.from)) open.add(row.node.from);
    this.open = open;
  }
}

function items({ kind, items: many }: JsonNode): string {
  const [one, more] = kind === 'object' ? ['key', 'keys'] : ['item', 'items'];
  return `${count(many)} ${many === 1 ? one : more}`;
}
