import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';

/**
 * Says things to people who listen. The words lie in a closed root: they stand on the page already, and whoever searches
 * it or copies from it should find them once.
 */
@customElement('mx-speaker')
export class MxSpeaker extends MaestroElement {
  @property({ attribute: false }) words = '';
  readonly #root = this.attachShadow({ mode: 'closed' });

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('aria-live', 'polite');
    this.classList.add('vh');
  }

  protected override updated(): void {
    this.#root.textContent = this.words;
  }
}
