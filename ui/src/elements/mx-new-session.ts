import { RestError } from '@maestro/core/client';
import type {
  CredentialResource,
  McpServerResource,
  ModelResource,
  ProviderResource,
  TemplateResource,
} from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { freshName } from '../text/agent-names.js';
import { plural } from '../text/format.js';
import {
  credentialLabel,
  type SessionForm,
  type Switch,
  serverSwitches,
  sessionBody,
  toolSwitches,
  withTemplate,
} from '../text/new-session.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon, keys } from './icon.js';
import './mx-dialog.js';
import './mx-directory-picker.js';
import './mx-model-pick.js';
import './mx-template-pick.js';
import { pick } from './pick.js';

type Field = 'name' | 'provider' | 'model' | 'auth' | 'directory' | 'prompt' | 'form';

/** The field a refusal of the server belongs to. */
const fields: [code: RegExp, field: Field][] = [
  [/director/, 'directory'],
  [/credential|auth|key/, 'auth'],
  [/provider/, 'provider'],
  [/model/, 'model'],
];
/** The plain one that ships, chosen where nothing else suggests itself. */
const PLAIN = 'general';

/** Asks for what an agent needs to start; a template fills it. What is wrong is said at its field, and nothing typed is lost. */
@customElement('mx-new-session')
export class MxNewSession extends MaestroElement {
  @state() private form: SessionForm = {
    template: null,
    name: freshName(app.sessions.value.map(({ agent_name }) => agent_name)),
    role: '',
    provider: '',
    model: '',
    credential: '',
    directory: '',
    prompt: '',
    tools: {},
    mcps: {},
  };
  @state() private templates: readonly TemplateResource[] = [];
  @state() private credentials: readonly CredentialResource[] = [];
  @state() private servers: readonly McpServerResource[] = [];
  @state() private models: readonly ModelResource[] = [];
  @state() private browsing = false;
  @state() private browsed = '';
  @state() private more = false;
  @state() private background = false;
  @state() private starting = false;
  @state() private problem: { field: Field; text: string } | null = null;

  constructor() {
    super();
    new Watch(this, app.providers, app.tools);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#prepare();
  }

  override render() {
    return html`<mx-dialog heading="New session" test="new-session-dialog" .content=${this.#content()} @mx-close=${this.#close}></mx-dialog>`;
  }

  #content() {
    const { form } = this;
    return html`<form class="ns" @submit=${this.#submit} @keydown=${this.#onKey}>
      <div class="dlg-b">
        <mx-template-pick .templates=${this.templates} .value=${form.template?.id ?? ''} @mx-template=${this.#chooseTemplate}></mx-template-pick>
        <div class="grid2">
          ${this.#input('name', 'Agent name', form.name, (name) => this.#set({ name }))}
          <div class="field">
            <label class="label" for="ns-provider">Provider</label>
            ${pick({
              id: 'ns-provider',
              test: 'ns-provider',
              value: form.provider,
              slot: app.slotOf(form.provider),
              ...this.#marks('provider'),
              options: app.providers.value.map(({ id, label }) => ({ value: id, label })),
              change: this.#chooseProvider,
            })}
            ${this.#problemAt('provider')}
          </div>
          <div class="field">
            <label class="label" for="ns-model">Model</label>
            <mx-model-pick
              .models=${this.models}
              .value=${form.model}
              .control=${'ns-model'}
              .invalid=${this.problem?.field === 'model'}
              .describedBy=${this.problem?.field === 'model' ? 'problem-model' : undefined}
              @mx-model=${(event: CustomEvent<{ id: string }>) => this.#set({ model: event.detail.id })}
            ></mx-model-pick>
            ${this.#problemAt('model')}
          </div>
          ${this.#auth()}
        </div>
        ${this.#modelHint()} ${this.#directoryField()}
        <div class="field">
          <label class="label" for="ns-prompt">System prompt <span class="t3">${form.template ? 'from template, edited here for this session only' : 'for this session only'}</span></label>
          <textarea class="input mono prompt" id="ns-prompt" rows="5" data-test="ns-prompt" placeholder="Leave empty for the standard prompt" .value=${form.prompt} @input=${(event: Event) => this.#set({ prompt: (event.target as HTMLTextAreaElement).value })}></textarea>
        </div>
        ${this.#switches()} ${this.#problemAt('form')}
      </div>
      <div class="dlg-f">
        <label class="check t12 t2"><input type="checkbox" data-test="ns-background" .checked=${this.background} @change=${this.#onBackground}>Open in background</label>
        <button type="button" class="btn btn-lg btn-g push" @click=${this.#close}>Cancel</button>
        <button type="submit" class="btn btn-lg btn-p" data-test="ns-start" aria-disabled=${this.starting ? 'true' : 'false'}>
          ${this.starting ? 'Starting' : 'Start session'}${keys('Ctrl', 'Enter')}
        </button>
      </div>
    </form>`;
  }

  #input(field: 'name' | 'role', label: string, value: string, set: (value: string) => void) {
    const isFirst = field === 'name';
    return html`<div class="field">
      <label class="label" for="ns-${field}">${label}</label>
      <input class="input" id="ns-${field}" ?data-autofocus=${isFirst} data-test="ns-${field}" autocomplete="off" maxlength="80" aria-invalid=${this.#isBad(field)} aria-describedby=${this.#describes(field)} .value=${value} @input=${(event: Event) => set((event.target as HTMLInputElement).value)}>
      ${isFirst ? this.#problemAt('name') : nothing}
    </div>`;
  }

  #auth() {
    const own = this.credentials.filter(({ provider }) => provider === this.form.provider);
    const needsNone = this.#chosen()?.auth.length === 0;
    const options = own.map((credential) => ({ value: credential.id, label: credentialLabel(credential) }));
    return html`<div class="field">
      <label class="label" for="ns-auth">Authentication</label>
      ${pick({
        id: 'ns-auth',
        test: 'ns-auth',
        value: this.form.credential,
        ...this.#marks('auth'),
        options: [{ value: '', label: needsNone ? 'Needs none' : 'Best that works' }, ...options],
        change: (credential) => this.#set({ credential }),
      })}
      ${this.#problemAt('auth') ?? this.#authHint()}
    </div>`;
  }

  #authHint() {
    const chosen = this.#chosen();
    if (!chosen || chosen.ready) return nothing;
    const env = chosen.auth.flatMap((method) => method.env)[0];
    return html`<p class="hint" data-test="no-key">
      No key yet. <a class="link" href="/auth">Add one</a>${env === undefined ? '' : html` or set <span class="mono">${env}</span>`}.
    </p>`;
  }

  #modelHint() {
    const model = this.models.find(({ id }) => id === this.form.model);
    const facts = [
      model?.context_tokens ? `${plural(model.context_tokens, 'token')} of context.` : '',
      model?.price ? `$${model.price.input} in and $${model.price.output} out per million tokens.` : '',
    ].filter((fact) => fact !== '');
    return facts.length > 0 ? html`<p class="hint num ns-hint">${facts.join(' ')}</p>` : nothing;
  }

  #directoryField() {
    return html`<div class="field">
      <label class="label" for="ns-directory">Working directory</label>
      <div class="row">
        <input class="input mono" id="ns-directory" data-test="ns-directory" autocomplete="off" spellcheck="false" aria-invalid=${this.#isBad('directory')} aria-describedby=${this.#describes('directory')} .value=${this.form.directory} @input=${this.#onDirectory} @change=${this.#onDirectoryDone}>
        <button type="button" class="btn btn-lg" data-test="ns-browse" aria-expanded=${this.browsing ? 'true' : 'false'} @click=${this.#browse}>
          ${icon('folder-open', 's')}Browse
        </button>
      </div>
      ${this.#problemAt('directory') ?? nothing}
      ${this.browsing ? html`<mx-directory-picker .path=${this.browsed} @mx-pick=${this.#onPick}></mx-directory-picker>` : nothing}
    </div>`;
  }

  /** Role, tools and servers: a line that says what there is, and opens. */
  #switches() {
    const tools = toolSwitches(this.form, app.tools.value);
    const servers = serverSwitches(this.form, this.servers);
    const on = (all: readonly Switch[]) => all.filter((one) => one.on).length;
    return html`<div class="row ns-sum t12 t2">
        <span class="row row-3" data-test="ns-tools">${icon('wrench', 's')}${on(tools)} of ${plural(tools.length, 'tool')}</span>
        <span class="row row-3">${icon('plug-zap', 's')}${plural(on(servers), 'MCP server')}</span>
        <button type="button" class="link" data-test="ns-more" aria-expanded=${this.more ? 'true' : 'false'} @click=${this.#toggleMore}>${this.more ? 'Close' : 'Change'}</button>
      </div>
      ${
        this.more
          ? html`${this.#input('role', 'Role', this.form.role, (role) => this.#set({ role }))}
            ${this.#list('Tools', tools, 'tools')} ${servers.length > 0 ? this.#list('MCP servers', servers, 'mcps') : nothing}`
          : nothing
      }`;
  }

  #list(label: string, switches: readonly Switch[], kind: 'tools' | 'mcps') {
    return html`<fieldset class="checks ns-checks" data-test="ns-${kind}-list">
      <legend class="label">${label}</legend>
      ${switches.map(
        ({ name, on }) =>
          html`<label class="check t12"><input type="checkbox" data-name=${name} .checked=${on} @change=${(event: Event) => this.#switch(kind, name, (event.target as HTMLInputElement).checked)}><span class="mono trunc">${visible(name)}</span></label>`,
      )}
    </fieldset>`;
  }

  #problemAt(field: Field) {
    if (this.problem?.field !== field) return undefined;
    return html`<p class="problem" role="alert" id="problem-${field}" data-test="problem-${field}">${icon('circle-alert', 's')}<span>${this.problem.text}</span></p>`;
  }

  #isBad(field: Field | 'role'): 'true' | 'false' {
    return this.problem?.field === field ? 'true' : 'false';
  }

  #describes(field: Field | 'role') {
    return this.problem?.field === field ? `problem-${field}` : nothing;
  }

  #marks(field: Field) {
    return this.problem?.field === field ? { invalid: true, describedBy: `problem-${field}` } : {};
  }

  #refuse(field: Field, text: string): void {
    this.problem = { field, text };
    this.find(`#ns-${field}`)?.focus();
  }

  #chosen(): ProviderResource | undefined {
    return app.providers.value.find(({ id }) => id === this.form.provider);
  }

  #set(change: Partial<SessionForm>): void {
    this.form = { ...this.form, ...change };
  }

  #switch(kind: 'tools' | 'mcps', name: string, on: boolean): void {
    this.#set({ [kind]: { ...this.form[kind], [name]: on } });
  }

  async #prepare(): Promise<void> {
    const [templates, credentials, servers] = await Promise.all([
      app.attempt('Templates not loaded', () => app.rest.templates()),
      app.attempt('Credentials not loaded', () => app.rest.credentials()),
      app.attempt('MCP servers not loaded', () => app.rest.mcpServers()),
      app.loadProviders(),
      app.loadTools(),
      this.#findHome(),
    ]);
    this.templates = templates?.items ?? [];
    this.credentials = credentials?.items ?? [];
    this.servers = servers?.items ?? [];
    if (this.form.provider !== '') return;
    const newest = app.sessions.value[0];
    const byName = (name: string | null | undefined) => this.templates.find((template) => template.name === name);
    this.#fill(byName(newest?.template) ?? byName(PLAIN) ?? null);
    if (this.form.provider !== '') return;
    const known = app.providers.value.find(({ id, ready }) => id === newest?.provider && ready);
    // Whoever gave a key to one means to use it.
    const keyed = app.providers.value.find(({ ready, auth }) => ready && auth.length > 0);
    const first = known ?? keyed ?? app.providers.value.find(({ ready }) => ready) ?? app.providers.value[0];
    if (first) this.#chooseProvider(first.id);
    else
      this.problem = { field: 'provider', text: 'No provider is loaded. Turn one on in maestro.yaml and start again.' };
  }

  async #findHome(): Promise<void> {
    const listing = await app.attempt('Folders not loaded', () => app.rest.directories());
    if (listing && this.form.directory === '') this.#set({ directory: listing.path });
  }

  #chooseTemplate = (event: CustomEvent<{ id: string }>): void => {
    this.#fill(this.templates.find(({ id }) => id === event.detail.id) ?? null);
  };

  /** A template that prefers a provider which is there brings it and its model along. */
  #fill(template: TemplateResource | null): void {
    this.form = withTemplate(this.form, template);
    const provider = app.providers.value.find(({ id }) => id === template?.preferred_provider)?.id;
    if (provider === undefined) return;
    const model = template?.preferred_model ?? null;
    if (provider !== this.form.provider) this.#chooseProvider(provider, model);
    else if (model !== null) this.#set({ model });
  }

  #chooseProvider = (id: string, model: string | null = null): void => {
    this.#set({ provider: id, model: model ?? '', credential: '' });
    this.models = [];
    this.problem = null;
    void this.#loadModels(id);
  };

  async #loadModels(id: string): Promise<void> {
    try {
      const { items } = await app.rest.models(id);
      if (this.form.provider !== id) return;
      this.models = items;
      if (this.form.model === '') this.#set({ model: items[0]?.id ?? '' });
    } catch (error) {
      if (this.form.provider === id) this.problem = { field: 'model', text: messageOf(error) };
    }
  }

  #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.starting) return;
    this.problem = null;
    if (this.form.name.trim() === '') {
      this.#refuse('name', 'Give the agent a name.');
      return;
    }
    this.starting = true;
    try {
      const session = await app.rest.createSession(sessionBody(this.form));
      this.emit('mx-created', { session, background: this.background });
    } catch (error) {
      this.#refuse(fieldOf(error), sentence(messageOf(error)));
    } finally {
      this.starting = false;
    }
  };

  #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    this.find('[data-test="ns-start"]')?.click();
  };

  #onBackground = (event: Event): void => {
    this.background = (event.target as HTMLInputElement).checked;
  };

  #toggleMore = (): void => {
    this.more = !this.more;
  };

  #onDirectory = (event: Event): void => {
    this.#set({ directory: (event.target as HTMLInputElement).value.trim() });
  };

  /** The folders below follow what was typed once it is whole. */
  #onDirectoryDone = (): void => {
    this.browsed = this.form.directory;
  };

  #onPick = (event: CustomEvent<{ path: string }>): void => {
    this.#set({ directory: event.detail.path });
    if (this.problem?.field === 'directory') this.problem = null;
  };

  #browse = (): void => {
    this.browsed = this.form.directory;
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
