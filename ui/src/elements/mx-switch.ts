import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';

/**
 * On or off, or some of each. Named after the thing it switches; tells `mx-change` and waits for its owner to set
 * `checked`. While that is under way it is `pending`; what went wrong the owner says in `failed`.
 */
@customElement('mx-switch')
export class MxSwitch extends MaestroElement {
  @property() label = '';
  @property({ type: Boolean }) checked = false;
  /** Some of what it stands for is on. Pressing turns all on. */
  @property({ type: Boolean }) mixed = false;
  @property({ type: Boolean }) pending = false;
  @property({ type: Boolean }) disabled = false;
  /** Why the last change did not take. */
  @property() failed = '';
  @property({ reflect: true }) state: 'off' | 'on' | 'mixed' | 'pending' | 'failed' = 'off';

  protected override willUpdate(): void {
    const rest = this.mixed ? 'mixed' : this.checked ? 'on' : 'off';
    this.state = this.pending ? 'pending' : this.failed === '' ? rest : 'failed';
  }

  override render() {
    return html`<button
      type="button"
      class="sw"
      role="switch"
      aria-checked=${this.mixed ? 'mixed' : this.checked ? 'true' : 'false'}
      aria-label=${this.failed === '' ? this.label : `${this.label}, not changed: ${this.failed}`}
      aria-busy=${this.pending ? 'true' : 'false'}
      title=${this.failed || nothing}
      ?disabled=${this.disabled}
      @click=${this.#toggle}
    ></button>`;
  }

  #toggle(): void {
    if (!this.pending) this.emit('mx-change', { checked: this.mixed || !this.checked });
  }
}
