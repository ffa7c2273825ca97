import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { changed, problemIn, type SettingField, settingFields, shownIn } from '../text/setting-fields.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import type { FieldMarks, MxField } from './mx-field.js';
import './mx-field.js';
import './mx-select.js';
import './mx-switch.js';

/**
 * The settings of a plugin as a form made from its schema. What is wrong shows at its field; secrets can be set and
 * never seen. Tells `mx-dirty` and, when it is sent and all fits, `mx-save` with what was changed.
 */
@customElement('mx-setting-form')
export class MxSettingForm extends MaestroElement {
  @property({ attribute: false }) schema: unknown = null;
  @property({ attribute: false }) settings: Readonly<Record<string, unknown>> = {};
  @property({ attribute: false }) secrets: readonly string[] = [];
  /** Dotted paths that count elsewhere, with the place. */
  @property({ attribute: false }) fixed: Readonly<Record<string, string>> = {};
  /** What the server found wrong, by path. */
  @property({ attribute: false }) problems: ReadonlyMap<string, string> = new Map();
  @state() private typed: ReadonlyMap<string, string | boolean> = new Map();
  @state() private tried = false;
  #fields: SettingField[] = [];

  protected override willUpdate(given: PropertyValues): void {
    if (['schema', 'settings', 'secrets'].some((name) => given.has(name))) {
      this.#fields = settingFields(this.schema, this.settings, this.secrets);
    }
  }

  /** Forgets what was typed. */
  reset(): void {
    this.typed = new Map();
    this.tried = false;
    this.emit('mx-dirty', { dirty: false });
  }

  submit(): void {
    this.tried = true;
    const wrong = this.#fields.find((field) => this.#problem(field) !== '');
    if (wrong) this.find<MxField>(`[data-path="${CSS.escape(wrong.path)}"]`)?.focus();
    else this.emit('mx-save', { settings: changed(this.#fields, this.typed) });
  }

  get fields(): readonly SettingField[] {
    return this.#fields;
  }

  override render() {
    if (this.#fields.length === 0) return html`<p class="t12 t3">It has no settings.</p>`;
    const groups = [...new Set(this.#fields.map(({ group }) => group))];
    return html`<form class="settings-form" novalidate data-test="setting-form" @submit=${this.#onSubmit} @keydown=${this.#onKey}>
      ${groups.map((group) => {
        const fields = this.#fields.filter((field) => field.group === group).map((field) => this.#field(field));
        return group === '' ? fields : html`<fieldset><legend>${visible(group)}</legend>${fields}</fieldset>`;
      })}
      ${this.#rest()}
      <button type="submit" class="vh" tabindex="-1" aria-hidden="true">Save</button>
    </form>`;
  }

  #rest() {
    const text = this.problems.get('');
    return text ? html`<p class="problem" role="alert" data-test="setting-problem">${visible(text)}</p>` : nothing;
  }

  #field(field: SettingField) {
    const { path, label, kind, choices } = field;
    const place = this.fixed[path];
    const hint = place ? `Set in ${place}, which counts above what is saved here.` : visible(field.hint);
    const value = this.typed.get(path);
    if (kind === 'switch') {
      const isOn = typeof value === 'boolean' ? value : field.value === true;
      return html`<div class="row t12" data-path=${path}>
        <mx-switch .label=${visible(label)} .checked=${isOn} .disabled=${place !== undefined} @mx-change=${(event: CustomEvent<{ checked: boolean }>) => this.#type(path, event.detail.checked)}></mx-switch>
        <span class="col col-0"><span>${visible(label)}</span>${hint === '' ? nothing : html`<span class="t3">${hint}</span>`}</span>
      </div>`;
    }
    const shown = typeof value === 'string' ? value : shownIn(field);
    const error =
      this.#problem(field) || (value === undefined || this.tried ? visible(this.problems.get(path) ?? '') : '');
    if (kind === 'choice') {
      const options = choices.map((choice) => ({ value: choice, label: visible(choice) }));
      return html`<mx-field data-path=${path} .label=${visible(label)} .hint=${hint} .error=${error} .control=${(marks: FieldMarks) => html`<mx-select .control=${marks.id} .describedBy=${marks.describedBy} .invalid=${marks.invalid} .label=${visible(label)} .options=${options} .value=${shown} .disabled=${place !== undefined} @change=${(event: CustomEvent<{ value: string }>) => this.#type(path, event.detail.value)}></mx-select>`}></mx-field>`;
    }
    const isSet = this.secrets.includes(path);
    return html`<mx-field
      data-path=${path}
      .label=${visible(label)}
      .hint=${hint}
      .error=${error}
      .type=${kind === 'secret' ? 'password' : 'text'}
      .mono=${kind === 'json' || kind === 'text'}
      .rows=${kind === 'json' ? 4 : 1}
      .placeholder=${kind === 'secret' && isSet ? 'set, not shown' : ''}
      .disabled=${place !== undefined}
      .test=${`setting-${path}`}
      .value=${shown}
      @input=${(event: Event) => this.#type(path, (event.currentTarget as MxField).value)}
    ></mx-field>`;
  }

  #problem(field: SettingField): string {
    const typed = this.typed.get(field.path);
    return typed === undefined ? '' : problemIn(field, typed);
  }

  #type(path: string, value: string | boolean): void {
    this.typed = new Map([...this.typed, [path, value]]);
    this.emit('mx-dirty', { dirty: this.#isDirty() });
  }

  #isDirty(): boolean {
    const isSame = this.#fields.every((field) => {
      const typed = this.typed.get(field.path);
      return typed === undefined || typed === (field.kind === 'switch' ? field.value === true : shownIn(field));
    });
    return !isSame;
  }

  #onSubmit(event: Event): void {
    event.preventDefault();
    this.submit();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== 's' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    this.submit();
  }
}
