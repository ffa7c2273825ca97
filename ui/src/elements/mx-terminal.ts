import type { TerminalPart } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { plain } from '../text/plain.js';
import { MaestroElement } from './element.js';

/** What a command printed, as plain text. */
@customElement('mx-terminal')
export class MxTerminal extends MaestroElement {
  @property({ attribute: false }) chunks: TerminalPart['chunks'] = [];
  @property({ attribute: false }) exit: number | null = null;

  override render() {
    return html`<div class="term" tabindex="0" role="group" aria-label="Output" data-test="terminal">${this.chunks.map(
      ({ stream, text }) => html`<span class=${stream === 'stderr' ? 'err' : ''}>${plain(text)}</span>`,
    )}${this.chunks.length === 0 ? html`<span class="dim">No output</span>` : nothing}</div>`;
  }
}
