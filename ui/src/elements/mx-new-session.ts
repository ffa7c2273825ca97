import { type NewSession, RestError } from '@maestro/core/client';
import type { ModelResource, ProviderResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { freshName } from '../text/agent-names.js';
import { plural } from '../text/format.js';
import { sentence } from '../text/sentence.js';
import { MaestroElement } from './element.js';
import { icon, keys } from './icon.js';
import './mx-dialog.js';
import './mx-directory-picker.js';
import './mx-model-pick.js';
import { pick } from './pick.js';

type Field = 'name' | 'provider' | 'model' | 'directory' | 'prompt' | 'form';

/** The field a refusal of the server belongs to. */
const fields: [code: RegExp, field: Field][] = [
  [/director/, 'directory'],
  [/provider|credential|auth|key/, 'provider'],
  [/model/, 'model'],
];

/** Asks for what an agent needs to start. What is wrong is said at its field, and nothing typed is lost. */
@customElement('mx-new-session')
export class MxNewSession extends MaestroElement {
  @state() private name = freshName(app.sessions.value.map(({ agent_name }) => agent_name));
  @state() private provider = '';
  @state() private model = '';
  @state() private models: readonly ModelResource[] = [];
  @state() private directory = '';
  @state() private browsing = false;
  @state() private browsed = '';
  @state() private starting = false;
  @state() private problem: { field: Field; text: string } | null = null;
  #prompt = '';

  constructor() {
    super();
    new Watch(this, app.providers, app.tools);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#prepare();
  }

  override render() {
    return html`<mx-dialog heading="New session" test="new-session-dialog" .content=${this.#form()} @mx-close=${this.#close}></mx-dialog>`;
  }

  #form() {
    return html`<form @submit=${this.#submit} @keydown=${this.#onKey}>
      <div class="dlg-b">
        <div class="grid2">
          <div class="field">
            <label class="label" for="ns-name">Agent name</label>
            <input class="input" id="ns-name" data-autofocus data-test="ns-name" autocomplete="off" maxlength="80" aria-invalid=${this.#isBad('name')} aria-describedby=${this.#describes('name')} .value=${this.name} @input=${this.#onName}>
            ${this.#problemAt('name')}
          </div>
          <div class="field">
            <label class="label" for="ns-provider">Provider</label>
            ${pick({
              id: 'ns-provider',
              test: 'ns-provider',
              value: this.provider,
              slot: app.slotOf(this.provider),
              ...this.#marks('provider'),
              options: app.providers.value.map(({ id, label }) => ({ value: id, label })),
              change: this.#chooseProvider,
            })}
            ${this.#problemAt('provider') ?? this.#providerHint()}
          </div>
        </div>
        <div class="field">
          <label class="label" for="ns-model">Model</label>
          <mx-model-pick
            .models=${this.models}
            .value=${this.model}
            .control=${'ns-model'}
            .invalid=${this.problem?.field === 'model'}
            .describedBy=${this.problem?.field === 'model' ? 'problem-model' : undefined}
            @mx-model=${this.#chooseModel}
          ></mx-model-pick>
          ${this.#problemAt('model') ?? this.#modelHint()}
        </div>
        ${this.#directoryField()}
        <div class="field">
          <label class="label" for="ns-prompt">System prompt <span class="t3">for this session only</span></label>
          <textarea class="input mono prompt" id="ns-prompt" rows="5" data-test="ns-prompt" placeholder="Leave empty for the standard prompt" @input=${this.#onPrompt}></textarea>
        </div>
        <p class="row row-3 t12 t2">${icon('wrench', 's')}${this.#tools()}</p>
        ${this.#problemAt('form')}
      </div>
      <div class="dlg-f">
        <button type="button" class="btn btn-lg btn-g push" @click=${this.#close}>Cancel</button>
        <button type="submit" class="btn btn-lg btn-p" data-test="ns-start" aria-disabled=${this.starting ? 'true' : 'false'}>
          ${this.starting ? 'Starting' : 'Start session'}${keys('Ctrl', 'Enter')}
        </button>
      </div>
    </form>`;
  }

  #directoryField() {
    return html`<div class="field">
      <label class="label" for="ns-directory">Working directory</label>
      <div class="row">
        <input class="input mono" id="ns-directory" data-test="ns-directory" autocomplete="off" spellcheck="false" aria-invalid=${this.#isBad('directory')} aria-describedby=${this.#describes('directory')} .value=${this.directory} @input=${this.#onDirectory} @change=${this.#onDirectoryDone}>
        <button type="button" class="btn btn-lg" data-test="ns-browse" aria-expanded=${this.browsing ? 'true' : 'false'} @click=${this.#browse}>
          ${icon('folder-open', 's')}Browse
        </button>
      </div>
      ${this.#problemAt('directory') ?? nothing}
      ${
        this.browsing
          ? html`<mx-directory-picker .path=${this.browsed} @mx-pick=${this.#onPick}></mx-directory-picker>`
          : nothing
      }
    </div>`;
  }

  #problemAt(field: Field) {
    if (this.problem?.field !== field) return undefined;
    return html`<p class="problem" role="alert" id="problem-${field}" data-test="problem-${field}">${icon('circle-alert', 's')}<span>${this.problem.text}</span></p>`;
  }

  #isBad(field: Field): 'true' | 'false' {
    return this.problem?.field === field ? 'true' : 'false';
  }

  #describes(field: Field) {
    return this.problem?.field === field ? `problem-${field}` : nothing;
  }

  #marks(field: Field) {
    return this.problem?.field === field ? { invalid: true, describedBy: `problem-${field}` } : {};
  }

  #refuse(field: Field, text: string): void {
    this.problem = { field, text };
    this.find(`#ns-${field}`)?.focus();
  }

  #providerHint() {
    const chosen = this.#chosen();
    if (!chosen || chosen.ready) return nothing;
    const env = chosen.auth.flatMap((method) => method.env)[0];
    return html`<p class="hint">
      No key yet. <a class="link" href="/auth">Add one</a>${env === undefined ? '' : html` or set <span class="mono">${env}</span>`}.
    </p>`;
  }

  #modelHint() {
    const model = this.models.find(({ id }) => id === this.model);
    const facts = [
      model?.context_tokens ? `${plural(model.context_tokens, 'token')} of context` : '',
      model?.price ? `$${model.price.input} in, $${model.price.output} out for a million tokens` : '',
    ].filter((fact) => fact !== '');
    return facts.length > 0 ? html`<p class="hint num">${facts.join('; ')}</p>` : nothing;
  }

  #tools(): string {
    const all = app.tools.value.filter(({ available }) => available);
    const on = all.filter(({ is_enabled }) => is_enabled);
    return `${on.length} of ${plural(all.length, 'tool')}`;
  }

  #chosen(): ProviderResource | undefined {
    return app.providers.value.find(({ id }) => id === this.provider);
  }

  async #prepare(): Promise<void> {
    await Promise.all([app.loadProviders(), app.loadTools(), this.#findHome()]);
    if (this.provider !== '') return;
    const newest = app.sessions.value[0]?.provider;
    const known = app.providers.value.find(({ id, ready }) => id === newest && ready);
    // Whoever gave a key to one means to use it.
    const keyed = app.providers.value.find(({ ready, auth }) => ready && auth.length > 0);
    const first = known ?? keyed ?? app.providers.value.find(({ ready }) => ready) ?? app.providers.value[0];
    if (first) this.#chooseProvider(first.id);
    else
      this.problem = { field: 'provider', text: 'No provider is loaded. Turn one on in maestro.yaml and start again.' };
  }

  async #findHome(): Promise<void> {
    const listing = await app.attempt('Folders not loaded', () => app.rest.directories());
    if (listing && this.directory === '') this.directory = listing.path;
  }

  #chooseProvider = (id: string): void => {
    this.provider = id;
    this.models = [];
    this.model = '';
    this.problem = null;
    void this.#loadModels(id);
  };

  #chooseModel = (event: CustomEvent<{ id: string }>): void => {
    this.model = event.detail.id;
  };

  async #loadModels(id: string): Promise<void> {
    try {
      const { items } = await app.rest.models(id);
      if (this.provider !== id) return;
      this.models = items;
      this.model = items[0]?.id ?? '';
    } catch (error) {
      if (this.provider === id) this.problem = { field: 'model', text: messageOf(error) };
    }
  }

  #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.starting) return;
    this.problem = null;
    if (this.name.trim() === '') {
      this.#refuse('name', 'Give the agent a name.');
      return;
    }
    this.starting = true;
    try {
      const session = await app.rest.createSession(this.#body());
      this.emit('mx-created', { session });
    } catch (error) {
      this.#refuse(fieldOf(error), sentence(messageOf(error)));
    } finally {
      this.starting = false;
    }
  };

  #body(): NewSession {
    const prompt = this.#prompt.trim();
    return {
      agent_name: this.name.trim(),
      provider: this.provider,
      model: this.model,
      ...(this.directory !== '' && { working_directory: this.directory }),
      ...(prompt !== '' && { system_prompt: prompt }),
    };
  }

  #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    (event.currentTarget as HTMLFormElement).requestSubmit?.();
  };

  #onName = (event: Event): void => {
    this.name = (event.target as HTMLInputElement).value;
  };

  #onPrompt = (event: Event): void => {
    this.#prompt = (event.target as HTMLTextAreaElement).value;
  };

  #onDirectory = (event: Event): void => {
    this.directory = (event.target as HTMLInputElement).value.trim();
  };

  /** The folders below follow what was typed once it is whole. */
  #onDirectoryDone = (): void => {
    this.browsed = this.directory;
  };

  #onPick = (event: CustomEvent<{ path: string }>): void => {
    this.directory = event.detail.path;
    if (this.problem?.field === 'directory') this.problem = null;
  };

  #browse = (): void => {
    this.browsed = this.directory;
    this.browsing = !this.browsing;
  };

  #close = (): void => {
    this.emit('mx-cancel');
  };
}

function fieldOf(error: unknown): Field {
  if (!(error instanceof RestError)) return 'form';
  return fields.find(([code]) => code.test(error.code))?.[1] ?? 'form';
}
