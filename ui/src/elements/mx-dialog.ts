import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

const FOCUSABLE =
  'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), [tabindex="0"]';

/**
 * A dialog over the page. Focus goes in when it appears, stays in while it is there, and returns to where it was.
 * Escape tells `mx-close`; whoever holds it takes it away.
 */
@customElement('mx-dialog')
export class MxDialog extends MaestroElement {
  @property() heading = '';
  @property() size: 'normal' | 'wide' | 'small' = 'normal';
  @property() test = 'dialog';
  /** Body and footer; functions in it must be bound. */
  @property({ attribute: false }) content: TemplateResult | typeof nothing = nothing;
  #before: Element | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#before = document.activeElement;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.#before instanceof HTMLElement && this.#before.isConnected) this.#before.focus();
  }

  protected override firstUpdated(): void {
    const first = this.find('[data-autofocus]') ?? this.find('.dlg');
    first?.focus();
  }

  override render() {
    const size = this.size === 'normal' ? '' : `dlg-${this.size}`;
    return html`<div class="scrim" @keydown=${this.#onKey} @mousedown=${this.#holdFocus}>
      <div class="dlg ${size}" role="dialog" aria-modal="true" aria-labelledby="dialog-heading" tabindex="-1" data-test=${this.test}>
        <div class="dlg-h">
          <h2 id="dialog-heading">${this.heading}</h2>
          <button type="button" class="btn btn-g btn-i push" aria-label="Close" data-test="dialog-close" @click=${this.#close}>
            ${icon('x')}
          </button>
        </div>
        ${this.content}
      </div>
    </div>`;
  }

  /** A press beside the dialog must not take the focus out of it. */
  #holdFocus(event: MouseEvent): void {
    if (event.target === event.currentTarget) event.preventDefault();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.#close();
    } else if (event.key === 'Tab') {
      this.#keepInside(event);
    }
  }

  #keepInside(event: KeyboardEvent): void {
    const all = [...this.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((one) => one.offsetParent !== null);
    const first = all[0];
    const last = all.at(-1);
    const active = document.activeElement;
    const leaves = event.shiftKey ? active === first || !this.#holds(active, all) : active === last;
    if (!leaves) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }

  #holds(active: Element | null, all: readonly HTMLElement[]): boolean {
    return active instanceof HTMLElement && all.includes(active);
  }

  #close(): void {
    this.emit('mx-close');
  }
}
