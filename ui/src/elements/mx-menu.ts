import type { Placement } from '@floating-ui/dom';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { IconName } from '../icons/names.js';
import { isLetter, TypeAhead } from '../text/type-ahead.js';
import { MaestroElement } from './element.js';
import { float } from './float.js';
import { icon } from './icon.js';

export interface MenuItem {
  value: string;
  label: string;
  icon?: IconName;
  /** Small, at the end of the line. */
  hint?: string;
  disabled?: boolean;
  danger?: boolean;
}

/**
 * A menu beside its button, there as long as it is in the page. With a `value` it is a choice of one, without it a
 * list of actions. Arrows, Home, End and letters move; Escape, Tab and leaving tell `mx-close`.
 */
@customElement('mx-menu')
export class MxMenu extends MaestroElement {
  @property() label = '';
  @property({ attribute: false }) items: readonly MenuItem[] = [];
  @property() value: string | null = null;
  /** What it stands beside; else what had the focus. */
  @property({ attribute: false }) anchor: Element | null = null;
  @property() placement: Placement = 'bottom-start';
  #before: Element | null = null;
  #undo: (() => void) | null = null;
  #letters = new TypeAhead();

  override connectedCallback(): void {
    super.connectedCallback();
    this.#before = document.activeElement;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#undo?.();
  }

  protected override firstUpdated(): void {
    const anchor = this.anchor ?? this.#before;
    const menu = this.find('.pop');
    if (anchor && menu) this.#undo = float(anchor, menu, this.placement);
    (this.find('[aria-checked="true"]') ?? this.#entries()[0])?.focus({ preventScroll: true });
  }

  override render() {
    return html`<div class="pop pop-float" role="menu" aria-label=${this.label} data-test="menu" @keydown=${this.#onKey} @focusout=${this.#onFocusOut}>
      ${this.items.map((item) => this.#item(item))}
    </div>`;
  }

  #item({ value, label, icon: glyph, hint, disabled, danger }: MenuItem) {
    const isChoice = this.value !== null;
    const isChosen = isChoice && value === this.value;
    return html`<button
      type="button"
      class="pop-i ${danger ? 'c-error' : ''}"
      role=${isChoice ? 'menuitemradio' : 'menuitem'}
      tabindex="-1"
      aria-checked=${isChoice ? (isChosen ? 'true' : 'false') : nothing}
      aria-disabled=${disabled ? 'true' : nothing}
      data-value=${value}
      @click=${() => !disabled && this.#select(value)}
    >
      ${glyph ? icon(glyph, 's') : nothing}<span class="trunc">${label}</span>
      ${hint === undefined && !isChosen ? nothing : html`<span class="push row row-3">${hint ?? nothing}${isChosen ? icon('check', 's') : nothing}</span>`}
    </button>`;
  }

  #entries(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('.pop-i')];
  }

  #select(value: string): void {
    this.#close();
    this.emit('mx-select', value);
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
    const items = this.#entries();
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) items[to % items.length]?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') this.#close();
    else if (isLetter(event))
      items[
        this.#letters.find(
          event.key,
          this.items.map(({ label }) => label),
          at,
        )
      ]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
