import type { CredentialResource, ProviderResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';
import { app, messageOf } from '../state/app.js';
import '../elements/mx-credential-table.js';
import '../elements/mx-oauth-flow.js';
import type { IconName } from '../icons/names.js';
import { Watch } from '../state/controllers.js';
import { sentence } from '../text/sentence.js';

/** The keys and sign-ins of each provider: what is there, adding one. A key is written and never shown again. */
@customElement('mx-credentials')
export class MxCredentials extends MaestroElement {
  @state() private credentials: readonly CredentialResource[] = [];
  /** The provider whose form is open. */
  @state() private adding: string | null = null;
  /** The provider that is being signed in to. */
  @state() private signing: string | null = null;
  @state() private problem = '';

  constructor() {
    super();
    new Watch(this, app.providers);
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
            <p>Keys and sign-ins for each provider. Stored encrypted on this machine; sent only to their provider.</p>
          </div>
        </header>
        ${app.providers.value.map((provider) => this.#provider(provider))}
      </div>
    </div>`;
  }

  #provider(provider: ProviderResource) {
    const own = this.credentials.filter((credential) => credential.provider === provider.id);
    const key = provider.auth.find(({ kind }) => kind === 'api_key');
    const oauth = provider.auth.find(({ kind }) => kind === 'oauth');
    return html`<section class="card sec" data-test="provider" data-provider=${provider.id}>
      <header class="card-h">
        <i class="slot ${app.slotOf(provider.id)}" aria-hidden="true"></i>
        <h2>${provider.label}</h2>
        <span class="row push">
          ${key ? this.#opener('add-key', 'plus', 'API key', provider, this.adding, () => this.#open(provider.id)) : nothing}
          ${oauth ? this.#opener('sign-in', 'log-in', 'Sign in', provider, this.signing, () => this.#sign(provider.id)) : nothing}
        </span>
      </header>
      ${this.adding === provider.id && key ? this.#form(provider, key.id) : nothing}
      ${
        own.length > 0
          ? html`<mx-credential-table .credentials=${own} @mx-changed=${this.#load} @mx-deleted=${this.#deleted}></mx-credential-table>`
          : html`<p class="card-n">${nothingYet(provider)}</p>`
      }
    </section>
    ${
      this.signing === provider.id && oauth
        ? html`<mx-oauth-flow .provider=${provider} .method=${oauth} @mx-signed-in=${this.#signedIn} @mx-cancel=${() => this.#sign(provider.id)}></mx-oauth-flow>`
        : nothing
    }`;
  }

  #opener(
    test: string,
    outline: IconName,
    words: string,
    provider: ProviderResource,
    open: string | null,
    act: () => void,
  ) {
    return html`<button type="button" class="btn btn-s" data-test=${test} aria-expanded=${open === provider.id ? 'true' : 'false'} @click=${act}>
      ${icon(outline, 's')}${words}<span class="vh"> for ${provider.label}</span>
    </button>`;
  }

  #form(provider: ProviderResource, method: string) {
    const bad = this.problem !== '';
    return html`<form class="card-b" @submit=${(event: Event) => this.#add(event, provider.id, method)} @keydown=${this.#onFormKey}>
      <div class="inline-form">
        <div class="field"><label class="label" for="key-label">Label</label><input class="input" id="key-label" name="label" autocomplete="off" maxlength="80" placeholder="Optional" data-test="key-label"></div>
        <div class="field"><label class="label" for="key-value">API key</label><input class="input mono" id="key-value" name="key" type="password" autocomplete="off" spellcheck="false" aria-invalid=${bad ? 'true' : 'false'} aria-describedby=${bad ? 'key-problem' : nothing} data-test="key-value"></div>
        <button type="submit" class="btn btn-lg btn-p" data-test="key-save">Save key</button>
      </div>
      ${!bad ? nothing : html`<p class="problem" id="key-problem" role="alert">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
    </form>`;
  }

  #open(provider: string): void {
    this.adding = this.adding === provider ? null : provider;
    this.problem = '';
    this.#focusAfter(this.adding === null ? addButton(provider) : '#key-value');
  }

  #sign(provider: string): void {
    this.signing = this.signing === provider ? null : provider;
    if (this.signing === null) this.#focusAfter(`[data-provider="${provider}"] [data-test="sign-in"]`);
  }

  #signedIn = async (): Promise<void> => {
    const provider = this.signing;
    this.signing = null;
    app.toasts.show('ok', 'Signed in');
    await this.#load();
    if (provider !== null) this.#focusAfter(`[data-provider="${provider}"] [data-test="sign-in"]`);
  };

  #deleted = async (): Promise<void> => {
    await this.#load();
    this.#focusAfter('h1');
  };

  #onFormKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.adding !== null) this.#open(this.adding);
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

  #load = async (): Promise<void> => {
    const list = await app.attempt('Credentials not loaded', () => app.rest.credentials());
    if (list) this.credentials = list.items;
    void app.loadProviders();
  };
}

function addButton(provider: string): string {
  return `[data-provider="${provider}"] [data-test="add-key"]`;
}

function nothingYet(provider: ProviderResource): string {
  if (provider.auth.length === 0) return 'Needs no key.';
  const env = provider.auth.flatMap((method) => method.env)[0];
  return env === undefined ? 'No key yet.' : `No key yet. ${env} in the environment of the server works too.`;
}
