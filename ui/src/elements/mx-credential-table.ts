import type { CredentialResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app } from '../state/app.js';
import { credentialState, expiry } from '../text/credential-state.js';
import { age } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** The keys and sign-ins of one provider: how each stands, proving it with a call, deleting it. */
@customElement('mx-credential-table')
export class MxCredentialTable extends MaestroElement {
  @property({ attribute: false }) credentials: readonly CredentialResource[] = [];
  @state() private deleting: string | null = null;
  @state() private testing: string | null = null;

  override render() {
    return html`<table class="tbl">
      <thead>
        <tr><th scope="col">Credential</th><th scope="col" class="w-7">Type</th><th scope="col" class="w-10">State</th><th scope="col" class="w-7">Expires</th><th scope="col" class="w-7">Last used</th><th scope="col" class="w-10"><span class="vh">Actions</span></th></tr>
      </thead>
      <tbody>${this.credentials.map((credential) => this.#row(credential))}</tbody>
    </table>`;
  }

  #row(credential: CredentialResource) {
    const { words, tone, icon: outline } = credentialState(credential);
    const { label, account, auth_type, failure, last_success_at } = credential;
    return html`<tr data-test="credential" data-id=${credential.id}>
      <td><span class="row"><span class="t3">${icon(auth_type === 'oauth' ? 'shield-check' : 'key-round')}</span><span class="fw5 trunc">${visible(label)}</span></span>
        ${account === null || account === label ? nothing : html`<p class="t12 t3 trunc cred-sub">${visible(account)}</p>`}
        ${failure === null ? nothing : html`<p class="t12 t2 cred-sub" data-test="credential-failure">${visible(failure.message)}</p>`}
        ${this.deleting === credential.id ? this.#users(credential.id) : nothing}</td>
      <td class="t2">${auth_type === 'api_key' ? 'API key' : 'Sign-in'}</td>
      <td><span class="row row-3 t12 ${tone}" data-test="credential-state">${icon(outline, 's')}${words}</span></td>
      <td class="t2 num">${expiry(credential.expires_at, Date.now())}</td>
      <td class="t2 num">${last_success_at === null ? '-' : age(last_success_at, Date.now())}</td>
      <td class="r">${this.#actions(credential)}</td>
    </tr>`;
  }

  #actions({ id, label, source }: CredentialResource) {
    if (source === 'env') return html`<span class="t12 t3">from the environment</span>`;
    if (this.deleting === id) {
      return html`<span @keydown=${this.#onAskKey}>
        <button type="button" class="btn btn-s btn-d" data-test="key-delete-confirm" @click=${() => this.#remove(id)}>Delete</button>
        <button type="button" class="btn btn-s btn-g" @click=${() => this.#ask(null)}>Keep</button>
      </span>`;
    }
    return html`<button type="button" class="btn btn-s btn-g" data-test="credential-test" aria-disabled=${this.testing === id ? 'true' : 'false'} @click=${() => this.#test(id)}>
        ${this.testing === id ? 'Testing' : 'Test'}<span class="vh"> ${visible(label)}</span>
      </button>
      <button type="button" class="btn btn-s btn-g btn-i" aria-label="Delete ${visible(label)}" data-test="key-delete" @click=${() => this.#ask(id)}>
        ${icon('trash-2', 's')}
      </button>`;
  }

  /** Who would be left without it. */
  #users(id: string) {
    const names = app.sessions.value.filter((session) => session.credential_id === id).map((one) => one.agent_name);
    if (names.length === 0) return nothing;
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return html`<p class="t12 c-warn">Used by ${visible(names.slice(0, 3).join(', '))}${more}</p>`;
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

  async #test(id: string): Promise<void> {
    if (this.testing !== null) return;
    this.testing = id;
    const proved = await app.attempt('Not tested', () => app.rest.verifyCredential(id));
    this.testing = null;
    if (proved?.failure) app.toasts.show('error', 'It does not work', proved.failure.message);
    else if (proved) app.toasts.show('ok', 'It works', proved.note ?? '');
    this.emit('mx-changed');
  }

  async #remove(id: string): Promise<void> {
    await app.attempt('Not deleted', () => app.rest.deleteCredential(id));
    this.deleting = null;
    this.emit('mx-deleted');
  }
}
