import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';

export interface Tab {
  id: string;
  label: string;
  /** Behind the name: how many. */
  count?: number;
}

/**
 * Tabs over panels of their owner, who draws the one that is chosen with `role="tabpanel"`, the id `p-ID` and
 * `aria-labelledby="t-ID"`. Arrows, Home and End choose; tells `change`.
 */
@customElement('mx-tabs')
export class MxTabs extends MaestroElement {
  @property() label = '';
  @property({ attribute: false }) tabs: readonly Tab[] = [];
  @property() value = '';

  override render() {
    return html`<div class="tablist" role="tablist" aria-label=${this.label} @keydown=${this.#onKey}>
      ${this.tabs.map(({ id, label, count }) => {
        const isChosen = id === this.value;
        return html`<button
          type="button"
          class="tab"
          role="tab"
          id="t-${id}"
          aria-controls=${isChosen ? `p-${id}` : nothing}
          aria-selected=${isChosen ? 'true' : 'false'}
          tabindex=${isChosen ? '0' : '-1'}
          data-test="tab-${id}"
          @click=${() => this.#choose(id)}
        >
          ${label}${count === undefined ? nothing : html` <span class="num t3">${count}</span>`}
        </button>`;
      })}
    </div>`;
  }

  #choose(id: string): void {
    if (id !== this.value) this.emit('change', { value: id });
  }

  #onKey(event: KeyboardEvent): void {
    const last = this.tabs.length - 1;
    const at = this.tabs.findIndex(({ id }) => id === this.value);
    const to = { ArrowRight: at + 1, ArrowLeft: at + last, Home: 0, End: last }[event.key];
    const next = to === undefined ? undefined : this.tabs[to % (last + 1)];
    if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#choose(next.id);
    this.find(`#t-${next.id}`)?.focus();
  }
}
