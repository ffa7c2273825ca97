import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { isLetter, TypeAhead } from '../text/type-ahead.js';
import { MaestroElement } from './element.js';
import { float } from './float.js';
import { icon } from './icon.js';

export interface SelectOption {
  value: string;
  label: string;
  /** Small, at the end of the line. */
  hint?: string;
  /** Colour slot of what it names: `s1` to `s8`. */
  slot?: string;
  disabled?: boolean;
}

let made = 0;

/**
 * A choice of one: a button and its list. Arrows, Home, End and letters move, also while it is closed. It tells
 * `change` with the value and shows it once its owner has set it: what the server refuses is never on the screen.
 */
@customElement('mx-select')
export class MxSelect extends MaestroElement {
  /** Its name for readers; the chosen option is said with it. */
  @property() label = '';
  @property({ attribute: false }) options: readonly SelectOption[] = [];
  @property() value = '';
  @property() control = '';
  @property() test = 'select';
  /** In a row or a header instead of a form. */
  @property({ type: Boolean }) small = false;
  @property({ type: Boolean }) mono = false;
  @property({ type: Boolean }) loading = false;
  @property({ type: Boolean }) disabled = false;
  @property({ type: Boolean }) invalid = false;
  @property() describedBy = '';
  /** What stands in it while nothing is chosen. */
  @property() placeholder = '-';
  @property({ reflect: true }) state: 'closed' | 'open' | 'loading' | 'empty' = 'closed';
  @state() private open = false;
  @state() private active = -1;
  readonly #id = `select-${++made}`;
  #undo: (() => void) | null = null;
  #letters = new TypeAhead();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#undo?.();
    this.#undo = null;
    this.open = false;
  }

  protected override willUpdate(): void {
    const isEmpty = this.options.length === 0;
    this.state = this.loading ? 'loading' : !this.open ? 'closed' : isEmpty ? 'empty' : 'open';
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('open')) {
      this.#undo?.();
      this.#undo = null;
      const list = this.find('.pop');
      const button = this.find('button');
      if (this.open && list && button) this.#undo = float(button, list, 'bottom-start', true);
    }
    if (this.open) this.find('.pop-i.act')?.scrollIntoView({ block: 'nearest' });
  }

  override render() {
    const chosen = this.options.find(({ value }) => value === this.value);
    const shown = this.loading ? 'Loading' : (chosen?.label ?? (this.value || this.placeholder));
    return html`<button
        type="button"
        role="combobox"
        class="select ${this.small ? 'select-s' : ''}"
        id=${this.control || nothing}
        aria-label=${this.label === '' ? nothing : this.label}
        aria-haspopup="listbox"
        aria-expanded=${this.open ? 'true' : 'false'}
        aria-controls=${this.open ? this.#id : nothing}
        aria-activedescendant=${this.open && this.active >= 0 ? `${this.#id}-${this.active}` : nothing}
        aria-invalid=${this.invalid ? 'true' : nothing}
        aria-describedby=${this.describedBy || nothing}
        aria-busy=${this.loading ? 'true' : nothing}
        ?disabled=${this.disabled}
        data-test=${this.test}
        data-value=${this.value}
        @click=${() => (this.open ? this.#close() : this.#show())}
        @keydown=${this.#onKey}
        @blur=${() => this.#close()}
      >
        ${chosen?.slot ? html`<i class="slot ${chosen.slot}" aria-hidden="true"></i>` : nothing}
        <span class="trunc ${this.mono ? 'mono' : ''}">${shown}</span>${icon(this.small ? 'chevron-down' : 'chevrons-up-down', this.small ? 'xs' : 's')}
      </button>
      ${this.open ? this.#list() : nothing}`;
  }

  #list() {
    return html`<div class="pop pop-float" role="listbox" id=${this.#id} aria-label=${this.label || 'Options'} data-test="select-list" @mousedown=${(event: Event) => event.preventDefault()}>
      ${this.options.length === 0 ? html`<div class="pop-i" role="option" aria-selected="false" aria-disabled="true">Nothing to choose</div>` : nothing}
      ${this.options.map(
        ({ value, label, hint, slot, disabled }, index) => html`<div
          class="pop-i ${index === this.active ? 'act' : ''}"
          role="option"
          id="${this.#id}-${index}"
          aria-selected=${value === this.value ? 'true' : 'false'}
          aria-disabled=${disabled ? 'true' : nothing}
          data-value=${value}
          @mousemove=${() => this.#point(index)}
          @click=${() => this.#choose(index)}
        >
          <span class="pop-c">${value === this.value ? icon('check', 's') : nothing}</span>
          ${slot ? html`<i class="slot ${slot}" aria-hidden="true"></i>` : nothing}
          <span class="trunc ${this.mono ? 'mono' : ''}">${label}</span>
          ${hint === undefined ? nothing : html`<span class="push num">${hint}</span>`}
        </div>`,
      )}
    </div>`;
  }

  #point(index: number): void {
    this.active = index;
  }

  #show(): void {
    if (this.disabled || this.loading) return;
    this.active = Math.max(
      0,
      this.options.findIndex(({ value }) => value === this.value),
    );
    this.open = true;
  }

  #close(): void {
    this.open = false;
  }

  #choose(index: number): void {
    const option = this.options[index];
    if (!option || option.disabled) return;
    this.#close();
    if (option.value !== this.value) this.emit('change', { value: option.value });
  }

  #onKey(event: KeyboardEvent): void {
    if (!this.#handles(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #handles(event: KeyboardEvent): boolean {
    const last = this.options.length - 1;
    if (!this.open) {
      if (['ArrowDown', 'ArrowUp', 'Enter', ' '].includes(event.key) && !event.ctrlKey && !event.metaKey) this.#show();
      else if (isLetter(event)) this.#choose(this.#lettered(event.key));
      else return false;
      return true;
    }
    const to = { ArrowDown: this.active + 1, ArrowUp: this.active - 1, Home: 0, End: last }[event.key];
    if (to !== undefined) this.active = Math.min(last, Math.max(0, to));
    else if (event.key === 'Enter' || event.key === ' ') this.#choose(this.active);
    else if (event.key === 'Escape') this.#close();
    else if (isLetter(event)) this.#lettered(event.key);
    else {
      if (event.key === 'Tab') this.#choose(this.active);
      return false;
    }
    return true;
  }

  #lettered(key: string): number {
    const current = this.open ? this.active : this.options.findIndex(({ value }) => value === this.value);
    const found = this.#letters.find(
      key,
      this.options.map(({ label }) => label),
      current,
    );
    if (found >= 0 && this.open) this.active = found;
    return found;
  }
}
