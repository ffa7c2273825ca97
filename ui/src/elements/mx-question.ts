import type { Question, QuestionField } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { type Answer, answerOf, filledAtFirst, singleChoice } from '../text/question-answer.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-markdown.js';
import { pick } from './pick.js';

/** Stands for words of one's own among the options of a choice. */
const OTHER = '\u0000';
let forms = 0;

/** A question with its fields. It tells `mx-answer` with the values, or `mx-decline`. */
@customElement('mx-question')
export class MxQuestion extends MaestroElement {
  @property({ attribute: false }) form: Question = { title: '', fields: [] };
  @property({ type: Boolean }) busy = false;
  @state() private problems: Answer['problems'] = new Map();
  /** Choices for which something else is typed. */
  @state() private open: ReadonlySet<string> = new Set();
  readonly #id = `question-${++forms}`;
  #filled = filledAtFirst([]);

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('form') || changed.get('form')?.fields === this.form.fields) return;
    this.#filled = filledAtFirst(this.form.fields);
    this.problems = new Map();
  }

  override render() {
    const { form } = this;
    const choice = singleChoice(form);
    return html`${form.text === undefined ? nothing : html`<mx-markdown .text=${form.text}></mx-markdown>`}
      ${choice || form.fields.length === 0 ? this.#buttons(choice) : this.#fields(form.fields)}`;
  }

  #buttons(choice: QuestionField | null) {
    const options = choice?.options ?? [
      { value: 'true', label: 'Yes' },
      { value: 'false', label: 'No' },
    ];
    const answers = (value: string) => {
      if (!choice) return value === 'true' ? this.#answer({}) : this.emit('mx-decline');
      return this.#answer({ [choice.name]: choice.kind === 'boolean' ? value === 'true' : value });
    };
    return html`<div class="row wrap ask-f">
      ${options.map(
        ({ value, label }, index) =>
          html`<button type="button" class="btn ${index === 0 ? 'btn-p' : ''}" data-test="answer" data-value=${value} aria-disabled=${this.busy ? 'true' : nothing} @click=${() => answers(value)}>${visible(label)}</button>`,
      )}
    </div>`;
  }

  #fields(fields: readonly QuestionField[]) {
    return html`<form class="ask-form" @submit=${this.#submit} novalidate>
      ${fields.map((field) => this.#field(field))}
      <div class="row ask-f">
        <button type="button" class="btn btn-g push" data-test="decline" @click=${() => this.emit('mx-decline')}>No answer</button>
        <button type="submit" class="btn btn-p" data-test="answer" aria-disabled=${this.busy ? 'true' : nothing}>Answer</button>
      </div>
    </form>`;
  }

  #field(field: QuestionField) {
    const id = `${this.#id}-${this.form.fields.indexOf(field)}`;
    const problem = this.problems.get(field.name);
    const hints = [field.hint === undefined ? '' : `${id}-hint`, problem === undefined ? '' : `${id}-problem`];
    const about = { id, describedBy: hints.filter(Boolean).join(' '), isInvalid: problem !== undefined };
    const isGroup = field.kind === 'choices';
    return html`<div class="field">
      ${
        isGroup || field.kind === 'boolean'
          ? nothing
          : html`<label class="label" for=${id}>${visible(field.label)}${field.isRequired ? nothing : html`<span class="hint">optional</span>`}</label>`
      }
      ${this.#control(field, about)}
      ${field.hint === undefined ? nothing : html`<span class="hint" id="${id}-hint">${visible(field.hint)}</span>`}
      ${problem === undefined ? nothing : html`<span class="problem" id="${id}-problem" role="alert">${icon('circle-alert', 's')}${visible(problem)}</span>`}
    </div>`;
  }

  #control(field: QuestionField, about: { id: string; describedBy: string; isInvalid: boolean }) {
    const { id, describedBy, isInvalid } = about;
    const text = String(this.#filled.get(field.name) ?? '');
    const told = describedBy === '' ? nothing : describedBy;
    const set = (event: Event) => this.#set(field.name, (event.target as HTMLInputElement).value);
    switch (field.kind) {
      case 'boolean':
        return html`<label class="check"><input type="checkbox" id=${id} aria-describedby=${told} .checked=${this.#filled.get(field.name) === true} @change=${(event: Event) => this.#set(field.name, (event.target as HTMLInputElement).checked)}>${visible(field.label)}</label>`;
      case 'choices':
        return this.#choices(field, id);
      case 'choice':
        if (!this.open.has(field.name)) return this.#choice(field, about);
        return html`<input class="input" id=${id} aria-describedby=${told} aria-invalid=${isInvalid ? 'true' : nothing} .value=${text} @input=${set}>`;
      case 'longtext':
        return html`<textarea class="input" rows="3" id=${id} aria-describedby=${told} aria-invalid=${isInvalid ? 'true' : nothing} aria-required=${field.isRequired ? 'true' : nothing} .value=${text} @input=${set}></textarea>`;
      default:
        return html`<input class="input" id=${id} inputmode=${field.kind === 'number' ? 'decimal' : 'text'} aria-describedby=${told} aria-invalid=${isInvalid ? 'true' : nothing} aria-required=${field.isRequired ? 'true' : nothing} autocomplete="off" .value=${text} @input=${set}>`;
    }
  }

  #choice(
    field: QuestionField,
    { id, describedBy, isInvalid }: { id: string; describedBy: string; isInvalid: boolean },
  ) {
    const options = (field.options ?? []).map(({ value, label }) => ({ value, label: visible(label) }));
    const none = field.isRequired ? [] : [{ value: '', label: '-' }];
    return pick({
      id,
      test: 'answer-choice',
      value: String(this.#filled.get(field.name) ?? ''),
      options: [...none, ...options, ...(field.isOpen ? [{ value: OTHER, label: 'Something else' }] : [])],
      change: (value) => (value === OTHER ? this.#openUp(field.name, id) : this.#set(field.name, value)),
      ...(describedBy !== '' && { describedBy }),
      ...(isInvalid && { invalid: true }),
    });
  }

  #choices(field: QuestionField, id: string) {
    const chosen = (this.#filled.get(field.name) as readonly string[] | undefined) ?? [];
    const turn = (value: string, isOn: boolean) =>
      this.#set(field.name, isOn ? [...chosen, value] : chosen.filter((one) => one !== value));
    return html`<fieldset class="checks" aria-labelledby=${id}>
      <span class="label" id=${id}>${visible(field.label)}</span>
      ${(field.options ?? []).map(
        ({ value, label, hint }) =>
          html`<label class="check"><input type="checkbox" .checked=${chosen.includes(value)} @change=${(event: Event) => turn(value, (event.target as HTMLInputElement).checked)}>${visible(label)}${hint === undefined ? nothing : html`<span class="hint">${visible(hint)}</span>`}</label>`,
      )}
    </fieldset>`;
  }

  #openUp(name: string, id: string): void {
    this.open = new Set([...this.open, name]);
    this.#set(name, '');
    void this.updateComplete.then(() => this.find(`#${id}`)?.focus());
  }

  #set(name: string, value: string | boolean | readonly string[]): void {
    this.#filled.set(name, value);
    this.requestUpdate();
  }

  #submit = (event: Event): void => {
    event.preventDefault();
    const { values, problems } = answerOf(this.form.fields, this.#filled);
    this.problems = problems;
    if (problems.size === 0) this.#answer(values);
    else void this.updateComplete.then(() => this.find('[aria-invalid="true"]')?.focus());
  };

  #answer(values: Record<string, unknown>): void {
    if (!this.busy) this.emit('mx-answer', { values });
  }
}
