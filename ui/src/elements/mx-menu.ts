import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

export interface MenuItem {
  value: string;
  label: string;
}

/** A small menu of one choice, opened over its button. Arrows, Home and End move; Escape and leaving close it. */
@customElement('mx-menu')
export class MxMenu extends MaestroElement {
  @property() label = '';
  @property({ attribute: false }) items: readonly MenuItem[] = [];
  @property() value = '';
  #before: Element | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#before = document.activeElement;
  }

  protected override firstUpdated(): void {
    (this.find('[aria-checked="true"]') ?? this.find('[role="menuitemradio"]'))?.focus();
  }

  override render() {
    return html`<div class="pop pop-up" role="menu" aria-label=${this.label} data-test="menu" @keydown=${this.#onKey} @focusout=${this.#onFocusOut}>
      ${this.items.map(
        ({ value, label }) => html`<button
          type="button"
          class="pop-i"
          role="menuitemradio"
          tabindex="-1"
          aria-checked=${value === this.value ? 'true' : 'false'}
          data-value=${value}
          @click=${() => this.#select(value)}
        >
          <span>${label}</span>${value === this.value ? html`<span class="push">${icon('check', 's')}</span>` : nothing}
        </button>`,
      )}
    </div>`;
  }

  #select(value: string): void {
    this.emit('mx-select', value);
    this.#close();
  }

  #close(): void {
    if (this.#before instanceof HTMLElement) this.#before.focus();
    this.emit('mx-close');
  }

  #onFocusOut(event: FocusEvent): void {
    if (event.relatedTarget instanceof Node && this.contains(event.relatedTarget)) return;
    this.emit('mx-close');
  }

  #onKey(event: KeyboardEvent): void {
    const items = [...this.querySelectorAll<HTMLElement>('[role="menuitemradio"]')];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) items[to % items.length]?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
