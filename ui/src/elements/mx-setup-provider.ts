import type { ProviderResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-field.js';
import type { MxField } from './mx-field.js';
import './mx-oauth-flow.js';
import './mx-options.js';

/** First step: which provider answers, and its key or sign-in. */
@customElement('mx-setup-provider')
export class MxSetupProvider extends MaestroElement {
  @property({ attribute: false }) providers: readonly ProviderResource[] = [];
  @property() chosen = '';
  @state() private picked = '';
  @state() private signing = false;
  @state() private problem = '';

  override render() {
    const provider = this.#provider();
    const key = provider?.auth.find(({ kind }) => kind === 'api_key');
    const oauth = provider?.auth.find(({ kind }) => kind === 'oauth');
    return html`<mx-options label="Provider" .value=${provider?.id ?? ''} .options=${this.providers.map((one) => ({
      value: one.id,
      label: visible(one.label),
      text: readiness(one),
      slot: app.slotOf(one.id),
    }))} @change=${this.#onPick}></mx-options>
      ${
        provider && !provider.ready && key
          ? html`<mx-field class="setup-k" label="API key" type="password" mono test="setup-key" .error=${this.problem} .hint=${hintOf(provider)}></mx-field>`
          : nothing
      }
      ${provider && !provider.ready && oauth && !this.signing ? html`<p class="row setup-k"><button type="button" class="btn" data-test="setup-sign-in" @click=${this.#sign}>${icon('log-in', 's')}Sign in to ${visible(provider.label)} instead</button></p>` : nothing}
      ${provider && oauth && this.signing ? html`<mx-oauth-flow .provider=${provider} .method=${oauth} @mx-signed-in=${this.#signedIn} @mx-cancel=${this.#unsign}></mx-oauth-flow>` : nothing}`;
  }

  /** Saves the key, if one was given. The id of the provider, or nothing where the key is not taken. */
  async take(): Promise<string | undefined> {
    const provider = this.#provider();
    if (!provider) return '';
    const key = this.find<MxField>('mx-field')?.value.trim() ?? '';
    const method = provider.auth.find(({ kind }) => kind === 'api_key')?.id;
    if (key === '' || method === undefined) return provider.id;
    try {
      await app.rest.createCredential({ provider: provider.id, method, fields: { api_key: key } });
    } catch (error) {
      this.problem = sentence(messageOf(error));
      this.find<MxField>('mx-field')?.focus();
      return undefined;
    }
    await app.loadProviders();
    return provider.id;
  }

  #provider(): ProviderResource | undefined {
    const wanted = this.picked || this.chosen;
    const keyed = this.providers.find(({ ready, auth }) => ready && auth.length > 0);
    return this.providers.find(({ id }) => id === wanted) ?? keyed ?? this.providers[0];
  }

  #onPick(event: CustomEvent<{ value: string }>): void {
    this.picked = event.detail.value;
    this.signing = false;
    this.problem = '';
  }

  #sign(): void {
    this.signing = true;
  }

  #unsign(): void {
    this.signing = false;
  }

  async #signedIn(): Promise<void> {
    this.signing = false;
    app.toasts.show('ok', 'Signed in');
    await app.loadProviders();
  }
}

function readiness({ ready, auth }: ProviderResource): string {
  if (auth.length === 0) return 'Needs no key.';
  return ready ? 'Has a key.' : 'No key yet.';
}

function hintOf({ auth }: ProviderResource): string {
  const env = auth.flatMap((method) => method.env)[0];
  return env === undefined ? '' : `${env} in the environment of the server works too.`;
}
