import type { ModelResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-select.js';
import { pick } from './pick.js';

/** Stands for no model: what is chosen is typed instead. */
const OTHER = '\u0000';

/** A model of the list, or any other id as free text: lists are always older than what a provider offers. */
@customElement('mx-model-pick')
export class MxModelPick extends MaestroElement {
  @property({ attribute: false }) models: readonly ModelResource[] = [];
  @property({ attribute: false }) value = '';
  /** Id of the control and its mark in tests. */
  @property({ attribute: false }) control = '';
  /** Its name, where no label element points at it. */
  @property({ attribute: false }) name: string | undefined;
  @property({ attribute: false }) small = false;
  @property({ attribute: false }) invalid = false;
  @property({ attribute: false }) describedBy: string | undefined;
  @state() private typing = false;

  override render() {
    if (this.typing) return this.#input();
    if (this.small) return this.#list();
    const options = this.models.map(({ id, label }) => ({
      value: id,
      label: label === id || this.small ? id : `${id} (${label})`,
    }));
    return pick({
      id: this.control,
      test: this.control,
      value: this.value,
      mono: true,
      small: this.small,
      ...(this.name !== undefined && { name: this.name }),
      ...(this.invalid && { invalid: true }),
      ...(this.describedBy !== undefined && { describedBy: this.describedBy }),
      options: [...options, { value: OTHER, label: 'Another id' }],
      change: (id) => (id === OTHER ? this.#type() : this.#choose(id)),
    });
  }

  /** In a header: short, with the price of a million tokens in and out. */
  #list() {
    const options = this.models.map(({ id, price }) => ({
      value: id,
      label: id,
      ...(price && { hint: `$${Number(price.input)} / $${Number(price.output)}` }),
    }));
    return html`<mx-select
      small
      mono
      label=${this.name ?? ''}
      .test=${this.control}
      .value=${this.value}
      .options=${[...options, { value: OTHER, label: 'Another id' }]}
      @change=${(event: CustomEvent<{ value: string }>) => (event.detail.value === OTHER ? this.#type() : this.#choose(event.detail.value))}
    ></mx-select>`;
  }

  #input() {
    return html`<span class="row">
      <input class="input mono" id=${this.control} data-test="${this.control}-other" aria-label=${this.name ?? nothing} placeholder="Id of the model" autocomplete="off" spellcheck="false" maxlength="200" @change=${this.#typed} @keydown=${this.#onKey}>
      <button type="button" class="btn btn-s btn-g btn-i" aria-label="Back to the list" @click=${this.#back}>${icon('x', 's')}</button>
    </span>`;
  }

  #type(): void {
    this.typing = true;
    void this.updateComplete.then(() => this.find<HTMLInputElement>('input')?.focus());
  }

  #typed = (event: Event): void => {
    const id = (event.target as HTMLInputElement).value.trim();
    if (id !== '') this.#choose(id);
  };

  #onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.#back();
    }
    // In a form, Enter must not send it with the id that was chosen before.
    if (event.key === 'Enter') {
      event.preventDefault();
      this.#typed(event);
      this.typing = false;
    }
  };

  #back = (): void => {
    this.typing = false;
    void this.updateComplete.then(() => this.find<HTMLElement>('select, [role="combobox"]')?.focus());
  };

  #choose(id: string): void {
    this.emit('mx-model', { id });
  }
}
