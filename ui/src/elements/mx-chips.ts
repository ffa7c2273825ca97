import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

let made = 0;

/** Names chosen out of many: each can be taken away, others are added by typing. Tells `mx-chips` with all of them. */
@customElement('mx-chips')
export class MxChips extends MaestroElement {
  @property() label = '';
  /** What one of them is called, such as `tool`. */
  @property() one = '';
  /** What no choice means. */
  @property() none = '';
  @property() test = 'chips';
  @property({ type: Boolean }) mono = false;
  @property({ type: Boolean }) disabled = false;
  @property({ attribute: false }) chosen: readonly string[] = [];
  @property({ attribute: false }) known: readonly string[] = [];
  @state() private problem = '';
  readonly #id = `chips-${++made}`;

  override render() {
    const look = this.mono ? 'chip mono chip-x' : 'chip chip-x';
    const open = this.known.filter((name) => !this.chosen.includes(name));
    return html`<div class="field" role="group" aria-label=${this.label} data-test=${this.test}>
      <span class="label">${this.label} <span class="t3 num">${this.chosen.length === 0 ? this.none : `${this.chosen.length} of ${this.known.length}`}</span></span>
      <div class="row name-chips">
        ${this.chosen.map(
          (name) =>
            html`<button type="button" class=${look} ?disabled=${this.disabled} aria-label="Remove ${visible(name)}" title=${this.known.includes(name) ? nothing : 'There is none of this name now'} data-test="${this.test}-chip" @click=${() => this.#remove(name)}>${visible(name)}${this.known.includes(name) ? nothing : icon('triangle-alert', 'xs')}${this.disabled ? nothing : icon('x', 'xs')}</button>`,
        )}
        ${this.disabled ? nothing : this.#adding(open)}
      </div>
      ${this.problem === '' ? nothing : html`<p class="problem" role="alert">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
    </div>`;
  }

  #adding(open: readonly string[]) {
    return html`<span class="row chips-add">
      <input class="input t12 ${this.mono ? 'mono' : ''}" list=${this.#id} aria-label="Add a ${this.one}" placeholder="Add a ${this.one}" autocomplete="off" spellcheck="false" data-test="${this.test}-input" @keydown=${this.#onKey} @change=${this.#onChange}>
      <datalist id=${this.#id}>${open.map((name) => html`<option value=${name}></option>`)}</datalist>
    </span>`;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.isComposing) return;
    // Else the form around would be sent.
    event.preventDefault();
    this.#take(event.target as HTMLInputElement);
  }

  /** Also told when one was chosen from the list; what is only half written waits. */
  #onChange(event: Event): void {
    const field = event.target as HTMLInputElement;
    if (this.known.includes(field.value.trim())) this.#take(field);
  }

  #take(field: HTMLInputElement): void {
    const name = field.value.trim();
    if (name === '') return;
    if (!this.known.includes(name)) {
      this.problem = `There is no ${this.one} "${visible(name)}".`;
      return;
    }
    this.problem = '';
    field.value = '';
    if (!this.chosen.includes(name)) this.emit('mx-chips', { chosen: [...this.chosen, name] });
  }

  #remove(name: string): void {
    this.emit('mx-chips', { chosen: this.chosen.filter((other) => other !== name) });
    requestAnimationFrame(() => this.find(`[data-test="${this.test}-input"]`)?.focus());
  }
}
