import type { SessionStatus } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { statusGlyphs } from '../icons/glyphs.js';
import { statusWords } from '../text/status.js';
import { MaestroElement } from './element.js';

/** The shape of a status. */
export function statusGlyph(kind: SessionStatus) {
  return html`<svg class="st st-${kind} k-${kind}" viewBox="0 0 14 14" aria-hidden="true">${statusGlyphs[kind]}</svg>`;
}

/** A status as shape and word; `bare` keeps the word for screen readers only. */
@customElement('mx-status')
export class MxStatus extends MaestroElement {
  @property({ reflect: true }) kind: SessionStatus = 'idle';
  @property() label = '';
  @property({ type: Boolean }) bare = false;

  override render() {
    const word = this.label || statusWords[this.kind];
    return html`<span class="status k-${this.kind}">${statusGlyph(this.kind)}${
      this.bare ? html`<span class="vh">${word}</span>` : word
    }${nothing}</span>`;
  }
}
