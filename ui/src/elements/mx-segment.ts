import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';

export interface SegmentOption {
  value: string;
  label: string;
  /** Behind the name: how many. */
  count?: number;
}

/** A choice of few that all show: a group of buttons of which one is pressed. Tells `change`. */
@customElement('mx-segment')
export class MxSegment extends MaestroElement {
  @property() label = '';
  @property({ attribute: false }) options: readonly SegmentOption[] = [];
  @property() value = '';

  override render() {
    return html`<div class="seg" role="group" aria-label=${this.label}>
      ${this.options.map(
        ({ value, label, count }) => html`<button
          type="button"
          aria-pressed=${value === this.value ? 'true' : 'false'}
          data-test="segment-${value}"
          @click=${() => value !== this.value && this.emit('change', { value })}
        >
          ${label}${count === undefined ? nothing : html` <span class="num">${count}</span>`}
        </button>`,
      )}
    </div>`;
  }
}
