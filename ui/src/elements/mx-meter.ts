import { html, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count, percent } from '../text/format.js';
import { MaestroElement } from './element.js';

const NEAR = 0.8;
const FULL = 0.95;

/** How full something is. The bar is a drawing, since a width bound to data would need an inline style. */
@customElement('mx-meter')
export class MxMeter extends MaestroElement {
  @property() label = '';
  @property({ type: Number }) value = 0;
  @property({ type: Number }) max = 1;
  @property() unit = '';

  override render() {
    const share = Math.min(1, this.max > 0 ? this.value / this.max : 0);
    const level = share >= FULL ? 'full' : share >= NEAR ? 'warn' : 'ok';
    return html`<div
      class="meter ${level}"
      role="meter"
      aria-label=${this.label}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${Math.round(share * 100)}
      aria-valuetext="${percent(share)} of ${count(this.max)} ${this.unit}"
    >
      <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        ${svg`<rect x="0" y="0" width=${share * 100} height="4"></rect>`}
      </svg>
    </div>`;
  }
}
