import type { CredentialResource, ProviderResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';
import { app, messageOf } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { age } from '../text/format.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';

const states: Record<CredentialResource['state'], [word: string, tone: string]> = {
  ready: ['Ready', 'c-ok'],
  corrupt: ['Cannot be opened', 'c-error'],
  needs_login: ['Needs a new sign-in', 'c-warn'],
};

/** The keys of each provider: what is there, adding one, deleting one. A key is written and never shown again. */
@customElement('mx-credentials')
export class MxCredentials extends MaestroElement {
  @state() private credentials: readonly CredentialResource[] = [];
  /** The provider whose form is open. */
  @state() private adding: string | null = null;
  @state() private deleting: string | null = null;
  @state() private problem = '';

  constructor() {
    super();
    new Watch(this, app.providers, app.sessions);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  override render() {
    return html`<div class="body" tabindex="0" role="region" aria-label="Credentials">
      <div class="page">
        <header class="page-h">
          <div>
            <h1 tabindex="-1">Credentials</h1>
            <p>Keys for each provider. Stored encrypted on this machine; sent only to their provider.</p>
          </div>
        </header>
        ${app.providers.value.map((provider) => this.#provider(provider))}
      </div>
    </div>`;
  }

  #provider(provider: ProviderResource) {
    const own = this.credentials.filter((credential) => credential.provider === provider.id);
    const method = provider.auth.find(({ kind }) => kind === 'api_key');
    return html`<section class="card sec" data-test="provider" data-provider=${provider.id}>
      <header class="card-h">
        <i class="slot ${app.slotOf(provider.id)}" aria-hidden="true"></i>
        <h2>${provider.label}</h2>
        ${
          method
            ? html`<button type="button" class="btn btn-s push" data-test="add-key" aria-expanded=${this.adding === provider.id ? 'true' : 'false'} @click=${() => this.#open(provider.id)}>
                ${icon('plus', 's')}API key<span class="vh"> for ${provider.label}</span>
              </button>`
            : nothing
        }
      </header>
      ${this.adding === provider.id && method ? this.#form(provider, method.id) : nothing}
      ${own.length > 0 ? this.#table(own) : html`<p class="card-n">${nothingYet(provider)}</p>`}
    </section>`;
  }

  #form(provider: ProviderResource, method: string) {
    const bad = this.problem !== '';
    return html`<form class="card-b" @submit=${(event: Event) => this.#add(event, provider.id, method)} @keydown=${this.#onFormKey}>
      <div class="inline-form">
        <div class="field"><label class="label" for="key-label">Label</label><input class="input" id="key-label" name="label" autocomplete="off" maxlength="80" value="Default" data-test="key-label"></div>
        <div class="field"><label class="label" for="key-value">API key</label><input class="input mono" id="key-value" name="key" type="password" autocomplete="off" spellcheck="false" aria-invalid=${bad ? 'true' : 'false'} aria-describedby=${bad ? 'key-problem' : nothing} data-test="key-value"></div>
        <button type="submit" class="btn btn-lg btn-p" data-test="key-save">Save key</button>
      </div>
      ${!bad ? nothing : html`<p class="problem" id="key-problem" role="alert">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
    </form>`;
  }

  #table(credentials: readonly CredentialResource[]) {
    return html`<table class="tbl">
      <thead>
        <tr><th scope="col">Credential</th><th scope="col" class="w-7">Type</th><th scope="col" class="w-10">State</th><th scope="col" class="w-7">Added</th><th scope="col" class="w-10"><span class="vh">Actions</span></th></tr>
      </thead>
      <tbody>${credentials.map((credential) => this.#row(credential))}</tbody>
    </table>`;
  }

  #row(credential: CredentialResource) {
    const [word, tone] = states[credential.state];
    return html`<tr data-test="credential" data-id=${credential.id}>
      <td><span class="row"><span class="t3">${icon('key-round')}</span><span class="fw5 trunc">${visible(credential.label)}</span></span>
        ${this.deleting === credential.id ? this.#users(credential.id) : nothing}</td>
      <td class="t2">${credential.auth_type === 'api_key' ? 'API key' : 'OAuth'}</td>
      <td><span class="row row-3 t12 ${tone}">${icon(credential.state === 'ready' ? 'circle-check' : 'circle-alert', 's')}${word}</span></td>
      <td class="t2 num">${credential.created_at === null ? '-' : age(credential.created_at, Date.now())}</td>
      <td class="r">${this.#actions(credential)}</td>
    </tr>`;
  }

  #actions({ id, label, source }: CredentialResource) {
    if (source === 'env') return html`<span class="t12 t3">from the environment</span>`;
    if (this.deleting === id) {
      return html`<span @keydown=${this.#onAskKey}>
        <button type="button" class="btn btn-s btn-d" data-test="key-delete-confirm" @click=${() => this.#remove(id)}>Delete key</button>
        <button type="button" class="btn btn-s btn-g" @click=${() => this.#ask(null)}>Keep</button>
      </span>`;
    }
    return html`<button type="button" class="btn btn-s btn-g btn-i" aria-label="Delete ${label}" data-test="key-delete" @click=${() => this.#ask(id)}>
      ${icon('trash-2', 's')}
    </button>`;
  }

  /** Who would be left without a key. */
  #users(id: string) {
    const names = app.sessions.value.filter((session) => session.credential_id === id).map((one) => one.agent_name);
    if (names.length === 0) return nothing;
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return html`<p class="t12 c-warn">Used by ${visible(names.slice(0, 3).join(', '))}${more}</p>`;
  }

  #open(provider: string): void {
    this.adding = this.adding === provider ? null : provider;
    this.problem = '';
    this.#focusAfter(this.adding === null ? addButton(provider) : '#key-value');
  }

  #ask(id: string | null): void {
    const before = this.deleting;
    this.deleting = id;
    this.#focusAfter(
      id === null ? `[data-id="${before}"] [data-test="key-delete"]` : '[data-test="key-delete-confirm"]',
    );
  }

  #onFormKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.adding !== null) this.#open(this.adding);
  }

  #onAskKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#ask(null);
  }

  /** What had the focus is about to go; this takes it once it is drawn. */
  #focusAfter(selector: string): void {
    void this.updateComplete.then(() => this.find(selector)?.focus());
  }

  async #add(event: Event, provider: string, method: string): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const label = String(form.get('label') ?? '').trim();
    const key = String(form.get('key') ?? '').trim();
    if (key === '') {
      this.problem = 'Paste the key first.';
      this.#focusAfter('#key-value');
      return;
    }
    try {
      const fields = { api_key: key };
      await app.rest.createCredential({ provider, method, fields, ...(label !== '' && { label }) });
      this.adding = null;
      app.toasts.show('ok', 'Key saved');
      await this.#load();
      this.#focusAfter(addButton(provider));
    } catch (error) {
      this.problem = sentence(messageOf(error));
      this.#focusAfter('#key-value');
    }
  }

  async #remove(id: string): Promise<void> {
    await app.attempt('Key not deleted', () => app.rest.deleteCredential(id));
    this.deleting = null;
    await this.#load();
    this.#focusAfter('h1');
  }

  async #load(): Promise<void> {
    const list = await app.attempt('Credentials not loaded', () => app.rest.credentials());
    if (list) this.credentials = list.items;
    void app.loadProviders();
  }
}

function addButton(provider: string): string {
  return `[data-provider="${provider}"] [data-test="add-key"]`;
}

function nothingYet(provider: ProviderResource): string {
  if (provider.auth.length === 0) return 'Needs no key.';
  const env = provider.auth.flatMap((method) => method.env)[0];
  return env === undefined ? 'No key yet.' : `No key yet. ${env} in the environment of the server works too.`;
}
