import { html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';

/** On or off. Named after the thing it switches; tells `mx-change` and waits for its owner to set `checked`. */
@customElement('mx-switch')
export class MxSwitch extends MaestroElement {
  @property() label = '';
  @property({ type: Boolean }) checked = false;
  @property({ type: Boolean }) pending = false;

  override render() {
    return html`<button
      type="button"
      class="sw"
      role="switch"
      aria-checked=${this.checked ? 'true' : 'false'}
      aria-label=${this.label}
      aria-busy=${this.pending ? 'true' : 'false'}
      @click=${this.#toggle}
    ></button>`;
  }

  #toggle(): void {
    if (!this.pending) this.emit('mx-change', { checked: !this.checked });
  }
}
