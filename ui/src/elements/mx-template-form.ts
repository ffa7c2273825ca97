import type { ModelResource, TemplateResource } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { lists, ShowLists } from '../state/settings-lists.js';
import { count } from '../text/format.js';
import { roughTokens, type TemplateDraft, type TemplateFaults } from '../text/template-draft.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon, keys } from './icon.js';
import './mx-agent-switch.js';
import './mx-chips.js';
import './mx-field.js';
import './mx-menu.js';
import './mx-select.js';

/**
 * Writes a template. Tells `mx-draft` with what was changed, `mx-save`, `mx-discard`, `mx-duplicate`, `mx-export` and
 * `mx-delete`.
 */
@customElement('mx-template-form')
export class MxTemplateForm extends MaestroElement {
  /** Null: a new one. */
  @property({ attribute: false }) template: TemplateResource | null = null;
  @property({ attribute: false }) draft!: TemplateDraft;
  @property({ attribute: false }) faults: TemplateFaults = {};
  @property({ type: Boolean }) edited = false;
  @property({ type: Boolean }) saving = false;
  /** Above the fields: what a person should know first. */
  @property() notice = '';
  @property() problem = '';
  @state() private models: readonly ModelResource[] = [];
  @state() private menu: Element | null = null;
  #modelsOf = '';

  constructor() {
    super();
    new Watch(this, app.providers);
    new ShowLists(this, 'tools', 'mcpServers');
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const { preferred_provider } = this.draft;
    if (preferred_provider === this.#modelsOf) return;
    this.#modelsOf = preferred_provider;
    this.models = [];
    if (preferred_provider !== '') void this.#loadModels(preferred_provider);
  }

  override render() {
    const { template, draft } = this;
    const heading = template ? visible(template.name) : 'New template';
    const isFile = template?.source === 'file';
    return html`<form class="card tf" aria-label=${heading} novalidate data-test="template-form" data-state=${this.edited ? 'edited' : 'saved'} @submit=${this.#submit}>
      <header class="card-h tf-h"><span class="mark mark-n" aria-hidden="true">${visible(draft.name || '?')
        .charAt(0)
        .toUpperCase()}</span><h2 class="trunc">${heading}</h2>
        <span class="row push">${this.edited ? html`<span class="chip" data-test="template-edited">Edited</span>` : nothing}
        ${template ? html`<button type="button" class="btn btn-s btn-g btn-i" aria-label="More" aria-haspopup="menu" aria-expanded=${this.menu ? 'true' : 'false'} data-test="template-more" @click=${this.#more}>${icon('ellipsis', 's')}</button>` : nothing}</span></header>
      ${this.menu ? this.#menu(isFile) : nothing}
      <div class="col tf-b">
        ${this.notice === '' ? nothing : html`<p class="hint-note" role="status" data-test="template-notice">${icon('info', 's')}<span class="wrap-any">${this.notice}</span></p>`}
        <div class="grid2">${this.#field('name', 'Name', isFile)}${this.#field('role', 'Role', isFile)}</div>
        ${this.#field('description', 'Description', isFile, { note: 'when other agents should call it' })}
        <div class="grid2">${this.#provider(isFile)}${this.#model(isFile)}</div>
        <div class="tf-p">${this.#field('system_prompt', 'System prompt', isFile, { rows: 8, mono: true })}<span class="t3 t12 num tf-t" data-test="template-tokens">~${count(roughTokens(draft.system_prompt))} tokens</span></div>
        <mx-chips label="Tools" one="tool" none="all that are on" test="template-tools" mono ?disabled=${isFile} .chosen=${draft.tools} .known=${this.#tools()} @mx-chips=${(event: CustomEvent<{ chosen: string[] }>) => this.#set({ tools: event.detail.chosen })}></mx-chips>
        <mx-chips label="MCP servers" one="server" none="all that are on" test="template-mcps" ?disabled=${isFile} .chosen=${draft.mcps} .known=${(lists.mcpServers.value.items ?? []).map(({ name }) => name)} @mx-chips=${(event: CustomEvent<{ chosen: string[] }>) => this.#set({ mcps: event.detail.chosen })}></mx-chips>
        <mx-agent-switch .name=${draft.name} .saved=${template?.name ?? null}></mx-agent-switch>
        ${this.problem === '' ? nothing : html`<p class="problem" role="alert" data-test="template-problem">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
      </div>
      <div class="dlg-f tf-f">
        ${template ? html`<button type="button" class="btn btn-g" data-test="template-duplicate" @click=${() => this.emit('mx-duplicate')}>Duplicate</button>` : nothing}
        <button type="button" class="btn push" data-test="template-discard" ?disabled=${!this.edited && template !== null} @click=${() => this.emit('mx-discard')}>${template ? 'Discard' : 'Cancel'}</button>
        <button type="submit" class="btn btn-p" aria-keyshortcuts="Control+S Meta+S" data-test="template-save" aria-disabled=${this.saving || isFile ? 'true' : 'false'}>${this.saving ? 'Saving' : 'Save'}${keys('Ctrl', 'S')}</button>
      </div>
    </form>`;
  }

  #field(
    key: 'name' | 'role' | 'description' | 'system_prompt',
    label: string,
    isFile: boolean,
    { rows = 1, mono = false, note = '' } = {},
  ) {
    const fault = (this.faults as Record<string, string | undefined>)[key] ?? '';
    return html`<mx-field .label=${label} .note=${note} .rows=${rows} .mono=${mono} .value=${this.draft[key]} .error=${fault} ?disabled=${isFile} test="template-${key}" @input=${(event: Event) => this.#set({ [key]: (event.target as HTMLInputElement).value })}></mx-field>`;
  }

  #provider(isFile: boolean) {
    const options = [
      { value: '', label: 'As who calls it' },
      ...app.providers.value.map(({ id, label }) => ({ value: id, label, slot: app.slotOf(id) })),
    ];
    return html`<div class="field"><span class="label">Preferred provider</span><mx-select label="Preferred provider" test="template-provider" ?disabled=${isFile} .options=${options} .value=${this.draft.preferred_provider} @change=${(event: CustomEvent<{ value: string }>) => this.#set({ preferred_provider: event.detail.value, preferred_model: '' })}></mx-select></div>`;
  }

  #model(isFile: boolean) {
    const { preferred_provider, preferred_model } = this.draft;
    const options = [
      { value: '', label: 'Its default' },
      ...this.models.map(({ id, label }) => ({ value: id, label: label || id })),
    ];
    return html`<div class="field"><span class="label">Preferred model</span><mx-select label="Preferred model" test="template-model" mono ?disabled=${isFile || preferred_provider === ''} .options=${options} .value=${preferred_model} @change=${(event: CustomEvent<{ value: string }>) => this.#set({ preferred_model: event.detail.value })}></mx-select></div>`;
  }

  #menu(isFile: boolean) {
    const items = [
      { value: 'export', label: 'Export as file', icon: 'download' as const },
      {
        value: 'delete',
        label: isFile ? 'Delete the file to remove it' : 'Delete',
        icon: 'trash-2' as const,
        danger: !isFile,
        disabled: isFile,
      },
    ];
    return html`<mx-menu label="More" .items=${items} .anchor=${this.menu} placement="bottom-end" @mx-select=${(event: CustomEvent<string>) => this.emit(`mx-${event.detail}`)} @mx-close=${this.#closeMenu}></mx-menu>`;
  }

  /** Those of MCP servers are chosen by their server. */
  #tools(): string[] {
    return (lists.tools.value.items ?? []).filter(({ server }) => server === null).map(({ name }) => name);
  }

  #more = (event: Event): void => {
    this.menu = event.currentTarget as Element;
  };

  #closeMenu = (): void => {
    this.menu = null;
  };

  #set(change: Partial<TemplateDraft>): void {
    this.emit('mx-draft', change);
  }

  #submit = (event: Event): void => {
    event.preventDefault();
    this.emit('mx-save');
  };

  async #loadModels(provider: string): Promise<void> {
    const list = await app.rest.models(provider).catch(() => null);
    // Where they cannot be listed, what is saved stays chosen.
    if (list && provider === this.#modelsOf) this.models = list.items;
  }
}
