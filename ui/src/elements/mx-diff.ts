import type { DiffHunk } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { type DiffRow, diffRows } from '../text/diff-rows.js';
import { count } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';

/** Rows drawn at first: a diff of a whole generated file should not freeze the page. */
const SHOWN = 1000;

/** What changed in a file, as a table: old number, new number, sign, text. */
@customElement('mx-diff')
export class MxDiff extends MaestroElement {
  @property() path = '';
  @property({ attribute: false }) hunks: readonly DiffHunk[] = [];
  @state() private all = false;

  override render() {
    const all = diffRows(this.hunks);
    // The numbers tell where a single hunk stands; heads only part several.
    const rows = this.hunks.length > 1 ? all : all.filter(({ kind }) => kind !== 'hunk');
    const shown = this.all ? rows : rows.slice(0, SHOWN);
    return html`<div class="diff" tabindex="0" role="group" aria-label="Changes to ${visible(this.path)}" data-test="diff">
        <table>
          <tbody>
            ${shown.map(drawRow)}
          </tbody>
        </table>
      </div>
      ${
        shown.length < rows.length
          ? html`<button type="button" class="btn btn-g btn-s" @click=${this.#showAll}>Show all ${count(rows.length)} lines</button>`
          : nothing
      }`;
  }

  #showAll(): void {
    this.all = true;
  }
}

function drawRow(row: DiffRow) {
  if (row.kind === 'hunk') return html`<tr class="hunk"><td colspan="4">${row.text}</td></tr>`;
  return html`<tr class=${row.kind}><td class="ln">${row.old}</td><td class="ln">${row.now}</td><td class="sg">${row.sign}</td><td>${visible(row.text)}</td></tr>`;
}
