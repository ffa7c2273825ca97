import { html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Toast } from '../state/toasts.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

const marks = { info: ['info', 't2'], ok: ['circle-check', 'c-ok'], error: ['circle-alert', 'c-error'] } as const;

/** Short news at the corner. They wait while the pointer or the focus rests on them; errors stay. */
@customElement('mx-toasts')
export class MxToasts extends MaestroElement {
  @property({ attribute: false }) toasts: readonly Toast[] = [];
  /** Above the composer, whose buttons they would cover. */
  @property({ type: Boolean }) raised = false;

  override render() {
    return html`<div
      class=${this.raised ? 'toasts toasts-up' : 'toasts'}
      role="region"
      aria-label="Notifications"
      @mouseenter=${() => this.emit('mx-hold', true)}
      @mouseleave=${() => this.emit('mx-hold', false)}
      @focusin=${() => this.emit('mx-hold', true)}
      @focusout=${() => this.emit('mx-hold', false)}
    >
      ${repeat(
        this.toasts,
        (toast) => toast.id,
        (toast) => this.#toast(toast),
      )}
    </div>`;
  }

  #toast({ id, kind, title, text, link }: Toast) {
    const [name, tone] = marks[kind];
    return html`<div class="toast" role=${kind === 'error' ? 'alert' : 'status'} data-test="toast" data-kind=${kind}>
      <span class=${tone}>${icon(name)}</span>
      <div class="grow"><b class="fw6">${title}</b>${text === '' ? '' : html`<p>${text}</p>`}${link ? html`<a class="link" href=${link.href} data-test="toast-link">${link.label}</a>` : ''}</div>
      <button type="button" class="btn btn-g btn-s btn-i" aria-label="Dismiss" @click=${() => this.emit('mx-dismiss', id)}>
        ${icon('x', 's')}
      </button>
    </div>`;
  }
}
