import { html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';

/** A message said anew: what is sent begins a session of its own with the history before it. */
@customElement('mx-edit-fork')
export class MxEditFork extends MaestroElement {
  @property({ attribute: false }) value = '';

  protected override firstUpdated(): void {
    const field = this.find<HTMLTextAreaElement>('textarea');
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  }

  override render() {
    return html`<div class="bub">
      <textarea class="edit-fork" aria-label="Message for the fork" rows="4" data-test="edit-fork" .value=${this.value} @keydown=${this.#onKey}></textarea>
      <div class="row">
        <span class="t12 t3">The session stays as it is; a fork goes on from here.</span>
        <button type="button" class="btn btn-s btn-g push" @click=${() => this.emit('mx-cancel')}>Cancel</button>
        <button type="button" class="btn btn-s btn-p" data-test="fork-send" @click=${this.#send}>Fork and send</button>
      </div>
    </div>`;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      // Escape closes what is open before it stops an agent.
      event.stopPropagation();
      this.emit('mx-cancel');
    }
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.#send();
  }

  #send(): void {
    const text = this.find<HTMLTextAreaElement>('textarea')?.value.trim() ?? '';
    if (text !== '') this.emit('mx-fork', { text });
  }
}
