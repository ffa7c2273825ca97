import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

export interface ChoiceOption {
  value: string;
  label: string;
  text?: string;
  /** Colour slot of what it names. */
  slot?: string;
}

/** A choice of one whose options need a line each: radio buttons as cards. Arrows choose; tells `change`. */
@customElement('mx-options')
export class MxOptions extends MaestroElement {
  @property() label = '';
  @property({ attribute: false }) options: readonly ChoiceOption[] = [];
  @property() value = '';

  override render() {
    const isChosen = this.options.some(({ value }) => value === this.value);
    return html`<div class="choices" role="radiogroup" aria-label=${this.label} @keydown=${this.#onKey}>
      ${this.options.map(({ value, label, text, slot }, index) => {
        const checked = value === this.value;
        return html`<button
          type="button"
          class="choice"
          role="radio"
          aria-checked=${checked ? 'true' : 'false'}
          tabindex=${checked || (!isChosen && index === 0) ? '0' : '-1'}
          data-test="option-${value}"
          @click=${() => this.#choose(value)}
        >
          ${slot ? html`<i class="slot ${slot}" aria-hidden="true"></i>` : nothing}
          <span class="col col-0 grow"><span class="fw5">${label}</span>${text === undefined ? nothing : html`<span class="t12 t2">${text}</span>`}</span>
          ${checked ? html`<span class="push c-accent">${icon('check')}</span>` : nothing}
        </button>`;
      })}
    </div>`;
  }

  #choose(value: string): void {
    if (value !== this.value) this.emit('change', { value });
  }

  #onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const count = this.options.length;
    if (step === undefined || count === 0) return;
    const at = this.options.findIndex(({ value }) => value === this.value);
    const next = this.options[(at + step + count) % count];
    event.preventDefault();
    if (!next) return;
    this.#choose(next.value);
    this.find(`[data-test="option-${next.value}"]`)?.focus();
  }
}
