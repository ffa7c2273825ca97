import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** What a control other than a text field takes, so that the label, the hint and the error belong to it. */
export interface FieldMarks {
  id: string;
  invalid: boolean;
  describedBy: string;
}

let made = 0;

/**
 * A labelled text field with its hint and what is wrong with it, or the label of another control. The `input` and
 * `change` events are those of the field itself.
 */
@customElement('mx-field')
export class MxField extends MaestroElement {
  @property() label = '';
  /** Behind the label, quieter. */
  @property() note = '';
  @property() hint = '';
  @property() error = '';
  @property() value = '';
  @property() type: 'text' | 'password' | 'number' | 'url' | 'search' = 'text';
  @property() placeholder = '';
  @property() name = '';
  @property() test = 'field';
  /** More than one makes it a text area. */
  @property({ type: Number }) rows = 1;
  @property({ type: Boolean }) mono = false;
  @property({ type: Boolean }) required = false;
  @property({ type: Boolean }) disabled = false;
  /** Draws another control than a text field. */
  @property({ attribute: false }) control: ((marks: FieldMarks) => TemplateResult) | null = null;
  @property({ reflect: true }) state: 'default' | 'invalid' | 'disabled' = 'default';
  readonly #id = `field-${++made}`;

  protected override willUpdate(): void {
    this.state = this.disabled ? 'disabled' : this.error === '' ? 'default' : 'invalid';
  }

  override focus(): void {
    this.find(`#${this.#id}`)?.focus();
  }

  override render() {
    const describedBy = [this.error && `${this.#id}-error`, this.hint && `${this.#id}-hint`].filter(Boolean).join(' ');
    const marks: FieldMarks = { id: this.#id, invalid: this.error !== '', describedBy };
    return html`<div class="field">
      <label class="label" for=${this.#id}>${this.label}${this.note === '' ? nothing : html` <span class="t3">${this.note}</span>`}</label>
      ${this.control ? this.control(marks) : this.#text(marks)}
      ${this.error === '' ? nothing : html`<p class="problem" id="${this.#id}-error" role="alert" data-test="${this.test}-error">${icon('circle-alert', 's')}<span>${this.error}</span></p>`}
      ${this.hint === '' ? nothing : html`<p class="hint" id="${this.#id}-hint">${this.hint}</p>`}
    </div>`;
  }

  #text({ id, invalid, describedBy }: FieldMarks) {
    const look = this.mono ? 'input mono' : 'input';
    if (this.rows > 1)
      return html`<textarea class=${look} id=${id} name=${this.name || nothing} rows=${this.rows} placeholder=${this.placeholder || nothing} spellcheck=${this.mono ? 'false' : nothing} aria-invalid=${invalid ? 'true' : 'false'} aria-describedby=${describedBy || nothing} ?required=${this.required} ?disabled=${this.disabled} data-test=${this.test} .value=${this.value} @input=${this.#onInput}></textarea>`;
    return html`<input class=${look} id=${id} name=${this.name || nothing} type=${this.type} placeholder=${this.placeholder || nothing} autocomplete="off" spellcheck=${this.mono ? 'false' : nothing} aria-invalid=${invalid ? 'true' : 'false'} aria-describedby=${describedBy || nothing} ?required=${this.required} ?disabled=${this.disabled} data-test=${this.test} .value=${this.value} @input=${this.#onInput}>`;
  }

  /** Runs before the owner hears of it, who finds the new text in `value`. */
  #onInput(event: Event): void {
    this.value = (event.target as HTMLInputElement).value;
  }
}
