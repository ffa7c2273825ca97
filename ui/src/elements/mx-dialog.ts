import { createFocusTrap, type FocusTrap } from 'focus-trap';
import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

let made = 0;

/**
 * A dialog over the page. Focus goes in when it appears, stays in while it is there, and returns to where it was.
 * Escape tells `mx-close`, Ctrl Enter submits its form; whoever holds it takes it away.
 */
@customElement('mx-dialog')
export class MxDialog extends MaestroElement {
  @property() heading = '';
  @property() size: 'normal' | 'wide' | 'small' | 'palette' = 'normal';
  /** Without a head: the content has all, and the heading is the name for readers. */
  @property({ type: Boolean }) bare = false;
  @property() test = 'dialog';
  /** Body and footer; functions in it must be bound. */
  @property({ attribute: false }) content: TemplateResult | typeof nothing = nothing;
  /** Stands beside the heading. */
  @property({ attribute: false }) aside: TemplateResult | typeof nothing = nothing;
  readonly #id = `dialog-${++made}`;
  #before: Element | null = null;
  #trap: FocusTrap | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#before = document.activeElement;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#trap?.deactivate();
    if (this.#before instanceof HTMLElement && this.#before.isConnected) this.#before.focus();
  }

  protected override firstUpdated(): void {
    const box = this.find('.dlg') as HTMLElement;
    this.#trap = createFocusTrap(box, {
      initialFocus: () => this.find('[data-autofocus]') ?? box,
      fallbackFocus: box,
      escapeDeactivates: false,
      returnFocusOnDeactivate: false,
      // News at the corner can be dismissed while a dialog is open.
      allowOutsideClick: true,
      delayInitialFocus: false,
    });
    this.#trap.activate();
  }

  override render() {
    const size = this.size === 'normal' ? '' : `dlg-${this.size}`;
    return html`<div class="scrim" @keydown=${this.#onKey} @mousedown=${this.#holdFocus}>
      <div class="dlg ${size}" role="dialog" aria-modal="true" aria-labelledby=${this.bare ? nothing : this.#id} aria-label=${this.bare ? this.heading : nothing} tabindex="-1" data-test=${this.test}>
        ${this.bare ? nothing : this.#head()}
        ${this.content}
      </div>
    </div>`;
  }

  #head() {
    return html`<div class="dlg-h">
      <h2 id=${this.#id}>${this.heading}</h2>
      <div class="row push">
        ${this.aside}
        <button type="button" class="btn btn-g btn-i" aria-label="Close" data-test="dialog-close" @click=${this.#close}>
          ${icon('x')}
        </button>
      </div>
    </div>`;
  }

  /** A press beside the dialog must not take the focus out of it. */
  #holdFocus(event: MouseEvent): void {
    if (event.target !== event.currentTarget) return;
    event.preventDefault();
    // Nothing typed is lost with it.
    if (this.bare) this.#close();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.#close();
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.find('form [type="submit"]')?.click();
    }
  }

  #close(): void {
    this.emit('mx-close');
  }
}
