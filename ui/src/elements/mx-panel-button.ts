import type { ButtonView } from '@maestro/core/protocol';
import { html, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';

/** A button of a panel; what needs a yes first asks for it in its place. Tells `mx-act`. */
@customElement('mx-panel-button')
export class MxPanelButton extends MaestroElement {
  @property({ attribute: false }) button: ButtonView | null = null;
  @state() private isAsking = false;
  #moved = false;

  override render() {
    const { label = '', confirm, tone } = this.button ?? {};
    const look = tone === 'bad' ? 'btn btn-s btn-d' : 'btn btn-s';
    if (!this.isAsking) {
      return html`<button type="button" class=${look} data-test="panel-button" @click=${confirm ? this.#ask : this.#act}>${visible(label)}</button>`;
    }
    return html`<span class="row row-2 wrap" role="group" aria-label=${visible(label)} @keydown=${this.#onKey}>
      <span class="t12">${visible(confirm ?? '')}</span>
      <button type="button" class=${look} data-test="panel-yes" @click=${this.#act}>${visible(label)}</button>
      <button type="button" class="btn btn-s btn-g" data-test="panel-no" @click=${this.#cancel}>Cancel</button>
    </span>`;
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('isAsking') || !this.#moved) return;
    this.#moved = false;
    this.find(this.isAsking ? '[data-test="panel-no"]' : '[data-test="panel-button"]')?.focus();
  }

  #ask(): void {
    this.#turn(true);
  }

  #cancel(): void {
    this.#turn(false);
  }

  #act(): void {
    if (this.isAsking) this.#turn(false);
    if (this.button) this.emit('mx-act', { action: this.button.action, input: {} });
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.#turn(false);
  }

  /** The button that was pressed goes away: the focus goes to what stands there instead. */
  #turn(isAsking: boolean): void {
    this.#moved = true;
    this.isAsking = isAsking;
  }
}
