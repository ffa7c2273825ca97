import type { CredentialResource, ProviderResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';
import { listFrame } from '../elements/list-frame.js';
import '../elements/mx-credential-table.js';
import '../elements/mx-key-form.js';
import '../elements/mx-oauth-flow.js';
import type { IconName } from '../icons/names.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { lists, ShowLists } from '../state/settings-lists.js';
import { plural } from '../text/format.js';
import { visible } from '../text/visible.js';

type Form = 'add-key' | 'sign-in';

/** The keys and sign-ins of each provider: what is there, adding one. A key is written and never shown again. */
@customElement('mx-credentials')
export class MxCredentials extends MaestroElement {
  /** The form that is open, and for whom. */
  @state() private open: { form: Form; provider: string } | null = null;
  @state() private testing: ReadonlySet<string> = new Set();

  constructor() {
    super();
    new Watch(this, app.providers, app.sessions);
    new ShowLists(this, 'credentials');
  }

  override render() {
    const all = lists.credentials.value.items ?? [];
    return html`<div class="body" tabindex="0" role="region" aria-label="Credentials">
      <div class="page">
        <header class="page-h">
          <div>
            <h1 tabindex="-1">Credentials</h1>
            <p>Keys and sign-ins for each provider. Stored encrypted on this machine; sent only to their provider.</p>
          </div>
          ${all.length === 0 ? nothing : html`<div class="acts"><button type="button" class="btn" data-test="test-all" aria-disabled=${this.testing.size > 0 ? 'true' : 'false'} @click=${() => this.#testAll(all)}>${icon('refresh-cw', 's')}${this.testing.size > 0 ? 'Testing' : 'Test all'}</button></div>`}
        </header>
        ${listFrame({
          name: 'credentials',
          list: lists.credentials.value,
          retry: () => void lists.credentials.load(),
          content: (credentials) =>
            html`${app.providers.value.map((provider) => this.#provider(provider, credentials))}`,
        })}
      </div>
    </div>`;
  }

  #provider(provider: ProviderResource, all: readonly CredentialResource[]) {
    const own = all.filter((credential) => credential.provider === provider.id);
    const key = provider.auth.find(({ kind }) => kind === 'api_key');
    const oauth = provider.auth.find(({ kind }) => kind === 'oauth');
    return html`<section class="card sec" data-test="provider" data-provider=${provider.id}>
      <header class="card-h">
        <i class="slot ${app.slotOf(provider.id)}" aria-hidden="true"></i>
        <h2>${visible(provider.label)}</h2>
        <span class="row push">
          ${key ? this.#opener('add-key', 'plus', 'API key', provider) : nothing}
          ${oauth ? this.#opener('sign-in', 'log-in', 'Sign in', provider) : nothing}
        </span>
      </header>
      ${this.#isOpen('add-key', provider) && key ? html`<mx-key-form .provider=${provider} .method=${key} @mx-saved=${this.#saved} @mx-cancel=${this.#close}></mx-key-form>` : nothing}
      ${
        own.length > 0
          ? html`<mx-credential-table .provider=${provider} .credentials=${own} .testing=${this.testing} @mx-test=${(event: CustomEvent<{ id: string }>) => this.#test(own.filter(({ id }) => id === event.detail.id))} @mx-changed=${this.#load} @mx-deleted=${this.#deleted}></mx-credential-table>`
          : html`<p class="card-n">${nothingYet(provider)}</p>`
      }
    </section>
    ${
      this.#isOpen('sign-in', provider) && oauth
        ? html`<mx-oauth-flow .provider=${provider} .method=${oauth} @mx-signed-in=${this.#signedIn} @mx-cancel=${this.#close}></mx-oauth-flow>`
        : nothing
    }`;
  }

  #opener(form: Form, outline: IconName, words: string, provider: ProviderResource) {
    return html`<button type="button" class="btn btn-s" data-test=${form} aria-expanded=${this.#isOpen(form, provider) ? 'true' : 'false'} @click=${() => this.#toggle(form, provider.id)}>
      ${icon(outline, 's')}${words}<span class="vh"> for ${visible(provider.label)}</span>
    </button>`;
  }

  #isOpen(form: Form, { id }: ProviderResource): boolean {
    return this.open?.form === form && this.open.provider === id;
  }

  #toggle(form: Form, provider: string): void {
    const isSame = this.open?.form === form && this.open.provider === provider;
    if (isSame) this.#close();
    else this.open = { form, provider };
  }

  /** The focus goes back to what opened it. */
  #close = (): void => {
    const { open } = this;
    this.open = null;
    if (open) this.#focusAfter(`[data-provider="${open.provider}"] [data-test="${open.form}"]`);
  };

  #saved = async (): Promise<void> => {
    app.toasts.show('ok', 'Key saved');
    await this.#load();
    this.#close();
  };

  #signedIn = async (): Promise<void> => {
    app.toasts.show('ok', 'Signed in');
    await this.#load();
    this.#close();
  };

  #deleted = async (): Promise<void> => {
    await this.#load();
    this.#focusAfter('h1');
  };

  /** What had the focus is about to go; this takes it once it is drawn. */
  #focusAfter(selector: string): void {
    void this.updateComplete.then(() => this.find(selector)?.focus());
  }

  async #test([credential]: readonly CredentialResource[]): Promise<void> {
    if (!credential || this.testing.has(keyOf(credential))) return;
    const proved = await this.#prove(credential);
    if (proved?.failure) app.toasts.show('error', 'It does not work', proved.failure.message);
    else if (proved) app.toasts.show('ok', 'It works', proved.note ?? '');
  }

  async #testAll(all: readonly CredentialResource[]): Promise<void> {
    if (this.testing.size > 0) return;
    const proved = await Promise.all(all.map((credential) => this.#prove(credential)));
    const failed = proved.filter((one) => one?.failure).length;
    const works = proved.filter((one) => one && !one.failure).length;
    if (failed > 0)
      app.toasts.show('error', `${plural(failed, 'credential')} failed`, `${works} of ${all.length} work.`);
    else if (works === all.length) app.toasts.show('ok', 'All of them work');
  }

  /** With a real call that costs nothing; the list has what came of it. */
  async #prove(credential: CredentialResource) {
    const { id, provider } = credential;
    this.testing = new Set([...this.testing, keyOf(credential)]);
    const proved = await app.attempt('Not tested', () => app.rest.verifyCredential(id, provider));
    this.testing = new Set([...this.testing].filter((key) => key !== keyOf(credential)));
    void this.#load();
    return proved;
  }

  #load = async (): Promise<void> => {
    await lists.credentials.load();
    void app.loadProviders();
  };
}

/** Every provider may have one that is called `env`. */
const keyOf = ({ provider, id }: CredentialResource) => `${provider} ${id}`;

function nothingYet(provider: ProviderResource): string {
  if (provider.auth.length === 0) return 'Needs no key.';
  const env = provider.auth.flatMap((method) => method.env)[0];
  return env === undefined ? 'No key yet.' : `No key yet. ${env} in the environment of the server works too.`;
}
