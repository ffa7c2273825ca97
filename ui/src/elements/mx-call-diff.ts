import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count } from '../text/format.js';
import { jsonLines } from '../text/json-rows.js';
import { jsonRoot } from '../text/json-tree.js';
import { type DiffLine, diffLines, lineDiff } from '../text/line-diff.js';
import { textOfBytes } from '../text/raw-rows.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import type { DrawnRow } from './mx-rows.js';
import './mx-rows.js';

/** A longer line is shown by its beginning; it was compared as a whole. */
const LONGEST = 2_000;

/** What one request has that another has not, line by line of their bodies. */
@customElement('mx-call-diff')
export class MxCallDiff extends MaestroElement {
  /** Of the older and of the newer request; null while it is on its way. */
  @property({ attribute: false }) older: Uint8Array | null = null;
  @property({ attribute: false }) newer: Uint8Array | null = null;
  @property({ attribute: false }) names: readonly [string, string] = ['', ''];
  @property({ attribute: false }) error: string | null = null;
  #lines: readonly DiffLine[] = [];

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('older') && !changed.has('newer')) return;
    this.#lines = this.older && this.newer ? diffLines(lineDiff(linesOf(this.older), linesOf(this.newer))) : [];
  }

  override render() {
    if (this.error !== null) return html`<p class="c-error t12" role="alert">${this.error}</p>`;
    if (!this.older || !this.newer) return html`<div class="sk sk-body" aria-hidden="true"></div>`;
    const [added, removed] = (['add', 'del'] as const).map(
      (kind) => this.#lines.filter((line) => line.kind === kind).length,
    );
    const [first, second] = this.names;
    return html`<div class="wire-h">
        <h3>From ${first} to ${second}</h3>
        <span class="num push" data-test="diff-count"><span class="c-ok">+${count(added ?? 0)}</span> <span class="c-error">-${count(removed ?? 0)}</span><span class="vh"> lines</span></span>
      </div>
      ${
        this.#lines.length === 0 || (added === removed && added === 0)
          ? html`<p class="hint" data-test="diff-none">The two bodies are the same.</p>`
          : html`<mx-rows test="diff" label="Difference of the bodies" .count=${this.#lines.length} .draw=${(index: number) => draw(this.#lines[index])}></mx-rows>`
      }
      ${nothing}`;
  }
}

function draw(line: DiffLine | undefined): DrawnRow {
  if (!line) return { content: '' };
  if (line.kind === 'gap') return { content: `${count(line.count)} equal lines`, look: 'rw-gap' };
  const text = line.text.length > LONGEST ? `${line.text.slice(0, LONGEST)}...` : line.text;
  return { content: `${line.sign} ${visible(text)}`, look: `rw-${line.kind}` };
}

function linesOf(bytes: Uint8Array): string[] {
  const text = textOfBytes(bytes) ?? Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('\n');
  const root = jsonRoot(text);
  return root ? jsonLines(text, root) : text.split('\n');
}
