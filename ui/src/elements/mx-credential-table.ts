import type { CredentialResource, ProviderResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { app, messageOf } from '../state/app.js';
import { EverySecond } from '../state/controllers.js';
import { credentialState, defaultOf, expiry, lastUse } from '../text/credential-state.js';
import { age, UNKNOWN } from '../text/format.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** The keys and sign-ins of one provider: how each stands, proving it with a call, renaming and deleting it. */
@customElement('mx-credential-table')
export class MxCredentialTable extends MaestroElement {
  @property({ attribute: false }) provider!: ProviderResource;
  @property({ attribute: false }) credentials: readonly CredentialResource[] = [];
  /** Those that are being proved now. */
  @property({ attribute: false }) testing: ReadonlySet<string> = new Set();
  @state() private deleting: string | null = null;
  @state() private renaming: string | null = null;
  @state() private problem = '';

  constructor() {
    super();
    new EverySecond(this, () => this.credentials.some((one) => credentialState(one).runs));
  }

  override render() {
    const chosen = this.credentials.length > 1 ? defaultOf(this.credentials) : undefined;
    return html`<table class="tbl">
      <thead>
        <tr><th scope="col">Credential</th><th scope="col" class="w-6">Type</th><th scope="col" class="w-10">State</th><th scope="col" class="w-7">Expires</th><th scope="col" class="w-7">Last used</th><th scope="col" class="w-10"><span class="vh">Actions</span></th></tr>
      </thead>
      <tbody>${repeat(
        this.credentials,
        ({ id }) => id,
        (credential) => this.#row(credential, credential === chosen),
      )}</tbody>
    </table>`;
  }

  #row(credential: CredentialResource, isDefault: boolean) {
    const now = Date.now();
    const { words, tone, icon: outline } = credentialState(credential, now);
    const { id, auth_type, failure, source } = credential;
    const used = lastUse(credential);
    return html`<tr data-test="credential" data-id=${id}>
      <td><span class="row"><span class="t3">${icon(auth_type === 'oauth' ? 'shield-check' : 'key-round')}</span>
          <span class="col col-0 grow">${this.renaming === id ? this.#renamer(credential) : this.#identity(credential, isDefault)}</span></span>
        ${failure === null ? nothing : html`<p class="t12 t2 cred-sub wrap-any" data-test="credential-failure">${visible(failure.message)}</p>`}
        ${this.deleting === id ? this.#users(id) : nothing}</td>
      <td class="t2">${auth_type === 'api_key' ? 'API key' : 'Sign-in'}</td>
      <td><span class="row row-3 t12 ${tone}" data-test="credential-state">${icon(outline, 's')}<span class="num">${words}</span></span></td>
      <td class="t2 num">${source === 'env' ? html`${UNKNOWN}<span class="vh">unknown</span>` : expiry(credential.expires_at, now)}</td>
      <td class="t2 num">${used === null ? html`${UNKNOWN}<span class="vh">never</span>` : age(used, now)}</td>
      <td class="r">${this.#actions(credential)}</td>
    </tr>`;
  }

  #identity({ id, label, account, source, method }: CredentialResource, isDefault: boolean) {
    const variable = this.provider.auth.find((one) => one.id === method)?.env.join(' or ');
    const below = source === 'env' ? `${variable || 'environment'}, not saved` : account !== label ? account : null;
    return html`<span class="row row-3"><span class="fw5 trunc" data-test="credential-label">${source === 'env' ? 'From the environment' : visible(label)}</span>
        ${isDefault ? html`<span class="chip" title="Sessions that name no credential use this one" data-test="credential-default">Default</span>` : nothing}
        ${source === 'env' ? nothing : html`<button type="button" class="btn btn-xs btn-g btn-i on-hover" aria-label="Rename ${visible(label)}" data-test="key-rename" @click=${() => this.#rename(id)}>${icon('pencil', 'xs')}</button>`}</span>
      ${below === null ? nothing : html`<span class="t12 t3 mono trunc">${visible(below)}</span>`}`;
  }

  #renamer({ id, label }: CredentialResource) {
    return html`<form class="row" @submit=${(event: Event) => this.#saveName(event, id)} @keydown=${this.#onRenameKey}>
        <input class="input input-s" name="label" aria-label="New name of ${visible(label)}" maxlength="80" autocomplete="off" .value=${label} aria-invalid=${this.problem === '' ? 'false' : 'true'} aria-describedby=${this.problem === '' ? nothing : 'rename-problem'} data-test="key-rename-field">
        <button type="submit" class="btn btn-s">Save</button>
      </form>
      ${this.problem === '' ? nothing : html`<span class="problem" id="rename-problem" role="alert">${icon('circle-alert', 's')}<span>${this.problem}</span></span>`}`;
  }

  #actions({ id, label, source, provider }: CredentialResource) {
    if (this.deleting === id) {
      return html`<span @keydown=${this.#onAskKey}>
        <button type="button" class="btn btn-s btn-d" data-test="key-delete-confirm" @click=${() => this.#remove(id)}>Delete</button>
        <button type="button" class="btn btn-s btn-g" @click=${() => this.#ask(null)}>Keep</button>
      </span>`;
    }
    const isTesting = this.testing.has(`${provider} ${id}`);
    return html`<button type="button" class="btn btn-s btn-g" data-test="credential-test" aria-disabled=${isTesting ? 'true' : 'false'} @click=${() => this.emit('mx-test', { id })}>
        ${isTesting ? 'Testing' : 'Test'}<span class="vh"> ${visible(label)}</span>
      </button>
      ${
        source === 'env'
          ? nothing
          : html`<button type="button" class="btn btn-s btn-g btn-i" aria-label="Delete ${visible(label)}" data-test="key-delete" @click=${() => this.#ask(id)}>${icon('trash-2', 's')}</button>`
      }`;
  }

  /** Who would be left without it. */
  #users(id: string) {
    const names = app.sessions.value.filter((session) => session.credential_id === id).map((one) => one.agent_name);
    if (names.length === 0) return html`<p class="t12 t2 cred-sub">No session names it.</p>`;
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return html`<p class="t12 c-warn cred-sub" data-test="credential-users">Used by ${visible(names.slice(0, 3).join(', '))}${more}</p>`;
  }

  #rename(id: string): void {
    this.renaming = id;
    this.problem = '';
    void this.updateComplete.then(() => this.find<HTMLInputElement>('[data-test="key-rename-field"]')?.select());
  }

  #onRenameKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.#endRename();
  }

  #endRename(): void {
    const before = this.renaming;
    this.renaming = null;
    void this.updateComplete.then(() => this.find(`[data-id="${before}"] [data-test="key-rename"]`)?.focus());
  }

  async #saveName(event: Event, id: string): Promise<void> {
    event.preventDefault();
    const label = String(new FormData(event.target as HTMLFormElement).get('label') ?? '').trim();
    this.problem = label === '' ? 'Give it a name.' : '';
    if (label === '') return;
    try {
      await app.rest.renameCredential(id, label);
      this.emit('mx-changed');
      this.#endRename();
    } catch (error) {
      this.problem = sentence(messageOf(error));
    }
  }

  #ask(id: string | null): void {
    const before = this.deleting;
    this.deleting = id;
    const next = id === null ? `[data-id="${before}"] [data-test="key-delete"]` : '[data-test="key-delete-confirm"]';
    void this.updateComplete.then(() => this.find(next)?.focus());
  }

  #onAskKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#ask(null);
  }

  async #remove(id: string): Promise<void> {
    await app.attempt('Not deleted', () => app.rest.deleteCredential(id));
    this.deleting = null;
    this.emit('mx-deleted');
  }
}
