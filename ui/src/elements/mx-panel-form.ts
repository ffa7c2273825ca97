import type { PanelInput } from '@maestro/core/client';
import type { FormField, FormView } from '@maestro/core/protocol';
import { html } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import type { FieldMarks, MxField } from './mx-field.js';
import './mx-field.js';
import './mx-select.js';
import './mx-switch.js';

type Value = string | number | boolean;

/**
 * A form of a panel. What a person typed stays while the panel goes on changing around it; sending tells `mx-act` and
 * forgets it, so that what the panel says counts again.
 */
@customElement('mx-panel-form')
export class MxPanelForm extends MaestroElement {
  @property({ attribute: false }) form: FormView | null = null;
  @state() private typed: Readonly<Record<string, Value>> = {};
  @state() private wrong = '';

  override render() {
    const { fields = [], submit = '' } = this.form ?? {};
    return html`<form class="pv-form" novalidate @submit=${this.#submit}>
      ${fields.map((field) => this.#field(field))}
      <div class="row"><button type="submit" class="btn btn-s" data-test="panel-submit">${visible(submit)}</button></div>
    </form>`;
  }

  #field(field: FormField) {
    const { name, label, hint = '', kind } = field;
    const value = this.#valueOf(field);
    const set = (next: Value) => this.#type(name, next);
    if (kind === 'switch') {
      return html`<div class="row t12">
        <mx-switch .label=${visible(label)} .checked=${value === true} @mx-change=${(event: CustomEvent<{ checked: boolean }>) => set(event.detail.checked)}></mx-switch>
        <span>${visible(label)}</span><span class="t3">${visible(hint)}</span>
      </div>`;
    }
    if (kind === 'choice') {
      const options = (field.choices ?? []).map((choice) => ({ value: choice, label: visible(choice) }));
      return html`<mx-field .label=${visible(label)} .hint=${visible(hint)} .control=${({ id, describedBy }: FieldMarks) => html`<mx-select .control=${id} .describedBy=${describedBy} .label=${visible(label)} .options=${options} .value=${String(value)} @change=${(event: CustomEvent<{ value: string }>) => set(event.detail.value)}></mx-select>`}></mx-field>`;
    }
    return html`<mx-field
      .label=${visible(label)}
      .hint=${visible(hint)}
      .type=${kind === 'secret' ? 'password' : kind === 'number' ? 'number' : 'text'}
      .name=${name}
      .test=${`panel-field-${name}`}
      .error=${this.wrong === name ? 'This is no number. Write digits, such as 2.5.' : ''}
      .value=${String(value)}
      @input=${(event: Event) => set((event.currentTarget as MxField).value)}
    ></mx-field>`;
  }

  #valueOf({ name, value, kind }: FormField): Value {
    return this.typed[name] ?? value ?? (kind === 'switch' ? false : '');
  }

  #type(name: string, value: Value): void {
    this.typed = { ...this.typed, [name]: value };
  }

  #submit(event: Event): void {
    event.preventDefault();
    event.stopPropagation();
    if (!this.form) return;
    const input: PanelInput = {};
    for (const field of this.form.fields) {
      const value = this.#valueOf(field);
      if (field.kind !== 'number') input[field.name] = value;
      else if (value === '') input[field.name] = null;
      else if (Number.isFinite(Number(value))) input[field.name] = Number(value);
      else {
        this.wrong = field.name;
        return;
      }
    }
    this.wrong = '';
    if (this.emit('mx-act', { action: this.form.action, input })) this.typed = {};
  }
}
