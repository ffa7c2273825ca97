import type { TemplateResource } from '@maestro/core/protocol';
import { html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** What a session begins with: a template, or nothing. Arrows choose, as in every group of radio buttons. */
@customElement('mx-template-pick')
export class MxTemplatePick extends MaestroElement {
  @property({ attribute: false }) templates: readonly TemplateResource[] = [];
  /** Id of the chosen one; empty for none. */
  @property() value = '';

  override render() {
    return html`<div class="field" role="radiogroup" aria-labelledby="template-label" data-test="ns-template" @keydown=${this.#onKey}>
      <span class="label" id="template-label">Template</span>
      <div class="tpl-opts">
        ${this.#option('', 'Blank', 'Start from nothing')}
        ${this.templates.map(({ id, name, role, description }) => this.#option(id, name, role ?? description))}
      </div>
    </div>`;
  }

  #option(id: string, name: string, about: string) {
    const isChosen = id === this.value;
    return html`<button
      type="button"
      class="opt"
      role="radio"
      aria-checked=${isChosen ? 'true' : 'false'}
      tabindex=${isChosen ? '0' : '-1'}
      data-value=${id}
      title=${visible(about)}
      @click=${() => this.#choose(id)}
    >
      <span class=${isChosen ? 'c-accent' : 't3'}>${icon(id === '' ? 'file-text' : 'contact-round')}</span>
      <span class="tpl-t"><span class="fw5 trunc">${visible(name)}</span><span class="t12 t2 trunc">${visible(about)}</span></span>
    </button>`;
  }

  #onKey = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const ids = ['', ...this.templates.map(({ id }) => id)];
    const next = ids[(ids.indexOf(this.value) + step + ids.length) % ids.length] ?? '';
    this.#choose(next);
    void this.updateComplete.then(() => this.find(`[data-value="${next}"]`)?.focus());
  };

  #choose(id: string): void {
    if (id !== this.value) this.emit('mx-template', { id });
  }
}
