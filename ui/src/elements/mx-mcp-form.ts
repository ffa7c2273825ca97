import type { McpServerResource, McpTrial } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { bodyOf, draftOf, emptyDraft, faultsOf, type McpDraft, type McpFault, patchOf } from '../text/mcp-draft.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-field.js';
import './mx-mcp-trial.js';
import './mx-secret-lines.js';
import './mx-segment.js';

const ways = [
  { value: 'stdio', label: 'Command (stdio)' },
  { value: 'http', label: 'HTTP' },
  { value: 'sse', label: 'SSE' },
];

/** Adds an MCP server or changes one; it can be tried first. Tells `mx-saved` with it, and `mx-cancel`. */
@customElement('mx-mcp-form')
export class MxMcpForm extends MaestroElement {
  /** Null: a new one. */
  @property({ attribute: false }) server: McpServerResource | null = null;
  @state() private draft: McpDraft = emptyDraft;
  /** Shown once something was sent or a field was left. */
  @state() private faults: McpFault = {};
  @state() private problem = '';
  @state() private busy: 'testing' | 'saving' | null = null;
  @state() private trial: McpTrial | null = null;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('server') && changed.get('server')?.id !== this.server?.id) this.#reset();
  }

  override render() {
    const { draft, server } = this;
    const heading = server ? `Edit ${visible(server.name)}` : 'Add server';
    return html`<form class="card mcp-form" aria-label=${heading} novalidate data-test="mcp-form" @submit=${this.#save} @keydown=${this.#onKey}>
      <h2>${heading}</h2>
      <mx-segment label="Transport" .options=${ways} .value=${draft.transport} @change=${(event: CustomEvent<{ value: McpDraft['transport'] }>) => this.#set({ transport: event.detail.value })}></mx-segment>
      ${this.#field('name', 'Name', { placeholder: draft.transport === 'stdio' ? 'notes' : 'tracker' })}
      ${draft.transport === 'stdio' ? this.#program() : this.#address()}
      ${this.#field('description', 'Description', { note: 'agents read this', placeholder: 'What this server is for' })}
      ${this.trial ? html`<mx-mcp-trial .trial=${this.trial} .transport=${draft.transport}></mx-mcp-trial>` : nothing}
      ${this.problem === '' ? nothing : html`<p class="problem" role="alert" data-test="mcp-problem">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
      <div class="row">
        <button type="button" class="btn btn-lg" data-test="mcp-test" aria-disabled=${this.busy ? 'true' : 'false'} @click=${this.#test}>${icon('plug-zap', 's')}${this.busy === 'testing' ? 'Testing' : 'Test'}</button>
        ${server ? html`<button type="button" class="btn btn-lg btn-g push" data-test="mcp-cancel" @click=${() => this.emit('mx-cancel')}>Cancel</button>` : nothing}
        <button type="submit" class="btn btn-lg btn-p ${server ? '' : 'push'}" data-test="mcp-save" aria-disabled=${this.busy ? 'true' : 'false'}>${this.busy === 'saving' ? 'Saving' : server ? 'Save' : 'Add server'}</button>
      </div>
    </form>`;
  }

  #program() {
    return html`${this.#field('command', 'Command', { mono: true, placeholder: 'npx -y some-mcp-server --flag' })}
      ${this.#field('working_directory', 'Directory', { mono: true, note: 'your home if empty' })}
      <mx-secret-lines label="Environment" one="variable" example="API_TOKEN" test="mcp-env" .lines=${this.draft.env} .problem=${this.faults.env ?? ''} @mx-lines=${(event: CustomEvent<{ lines: McpDraft['env'] }>) => this.#set({ env: event.detail.lines })}></mx-secret-lines>`;
  }

  #address() {
    return html`${this.#field('url', 'Address', { mono: true, placeholder: 'https://' })}
      <mx-secret-lines label="Headers" one="header" example="Authorization" test="mcp-headers" .lines=${this.draft.headers} .problem=${this.faults.headers ?? ''} @mx-lines=${(event: CustomEvent<{ lines: McpDraft['headers'] }>) => this.#set({ headers: event.detail.lines })}></mx-secret-lines>`;
  }

  #field(
    key: 'name' | 'url' | 'command' | 'working_directory' | 'description',
    label: string,
    { mono = false, note = '', placeholder = '' } = {},
  ) {
    const fault = (this.faults as Record<string, string | undefined>)[key] ?? '';
    return html`<mx-field .label=${label} .note=${note} .placeholder=${placeholder} .mono=${mono} .value=${this.draft[key]} .error=${fault} test="mcp-${key}"
      @input=${(event: Event) => this.#set({ [key]: (event.target as HTMLInputElement).value })}
      @focusout=${(event: FocusEvent) => this.#left(key, event.relatedTarget)}></mx-field>`;
  }

  override focus(): void {
    void this.updateComplete.then(() => this.find<HTMLElement>('[data-test="mcp-name"]')?.focus());
  }

  #reset(): void {
    this.draft = this.server ? draftOf(this.server) : emptyDraft;
    this.faults = {};
    this.problem = '';
    this.trial = null;
  }

  #set(change: Partial<McpDraft>): void {
    this.draft = { ...this.draft, ...change };
    this.trial = null;
    this.problem = '';
    // What was found wrong goes as soon as it is right; nothing new is found while one types.
    const now = faultsOf(this.draft);
    this.faults = Object.fromEntries(Object.keys(this.faults).flatMap((key) => kept(key as keyof McpFault, now)));
  }

  /** Looked at once the next field has the focus: a line that came under a press on a button would move it away. */
  #left(key: string, next: EventTarget | null): void {
    if (!(next instanceof HTMLInputElement)) return;
    const now = faultsOf(this.draft);
    const isEmpty = String(this.draft[key as keyof McpDraft] ?? '').trim() === '';
    if (!isEmpty) this.faults = { ...this.faults, ...Object.fromEntries(kept(key as keyof McpFault, now)) };
  }

  /** Whether it can be sent; else the first field that is wrong has the focus. */
  async #isRight(): Promise<boolean> {
    this.faults = faultsOf(this.draft);
    this.problem = '';
    if (Object.keys(this.faults).length === 0) return true;
    await this.updateComplete;
    requestAnimationFrame(() => this.find('[aria-invalid="true"]')?.focus());
    return false;
  }

  #test = async (): Promise<void> => {
    if (this.busy || !(await this.#isRight())) return;
    this.busy = 'testing';
    const { draft } = this;
    try {
      const trial = await app.rest.tryMcpServer(bodyOf(draft), this.server?.id);
      // Of what was written meanwhile it says nothing.
      if (draft === this.draft) this.trial = trial;
    } catch (error) {
      this.problem = sentence(messageOf(error));
    }
    this.busy = null;
  };

  #save = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy || !(await this.#isRight())) return;
    this.busy = 'saving';
    const { draft, server } = this;
    try {
      const saved = server
        ? await app.rest.patchMcpServer(server.id, patchOf(draft, server))
        : await app.rest.createMcpServer(bodyOf(draft));
      this.server = null;
      this.#reset();
      this.emit('mx-saved', { server: saved, isNew: server === null });
    } catch (error) {
      this.problem = sentence(messageOf(error));
    }
    this.busy = null;
  };

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.server) this.emit('mx-cancel');
  }
}

function kept(key: keyof McpFault, faults: McpFault): [string, string][] {
  const fault = faults[key];
  return fault === undefined ? [] : [[key, fault]];
}
