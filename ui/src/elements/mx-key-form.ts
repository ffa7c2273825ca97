import type { AuthMethodResource, ProviderResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** Adds an API key; it is proved with a real call before it is kept. Tells `mx-saved` and `mx-cancel`. */
@customElement('mx-key-form')
export class MxKeyForm extends MaestroElement {
  @property({ attribute: false }) provider!: ProviderResource;
  @property({ attribute: false }) method!: AuthMethodResource;
  @state() private problem = '';
  @state() private isSaving = false;

  protected override firstUpdated(): void {
    this.find('[data-test="key-value"]')?.focus();
  }

  override render() {
    const isBad = this.problem !== '';
    const hint = this.method.fields[0]?.hint ?? null;
    return html`<form class="card-b" aria-label="API key for ${visible(this.provider.label)}" @submit=${this.#add} @keydown=${this.#onKey}>
      <div class="inline-form">
        <div class="field"><label class="label" for="key-label">Label</label><input class="input" id="key-label" name="label" autocomplete="off" maxlength="80" placeholder="Optional" data-test="key-label"></div>
        <div class="field"><label class="label" for="key-value">API key</label><input class="input mono" id="key-value" name="key" type="password" autocomplete="off" spellcheck="false" placeholder=${hint ?? nothing} aria-invalid=${isBad ? 'true' : 'false'} aria-describedby=${isBad ? 'key-problem' : nothing} data-test="key-value"></div>
        <div class="row">
          <button type="submit" class="btn btn-lg btn-p" data-test="key-save" aria-disabled=${this.isSaving ? 'true' : 'false'}>${this.isSaving ? 'Verifying' : 'Save key'}</button>
          <button type="button" class="btn btn-lg btn-g" data-test="key-cancel" @click=${() => this.emit('mx-cancel')}>Cancel</button>
        </div>
      </div>
      ${!isBad ? nothing : html`<p class="problem" id="key-problem" role="alert" data-test="key-problem">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
    </form>`;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.emit('mx-cancel');
  }

  #add = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.isSaving) return;
    const form = new FormData(event.target as HTMLFormElement);
    const label = String(form.get('label') ?? '').trim();
    const key = String(form.get('key') ?? '').trim();
    if (key === '') return this.#refuse('Paste the key first.');
    this.isSaving = true;
    try {
      const fields = { api_key: key };
      const { id: provider } = this.provider;
      await app.rest.createCredential({ provider, method: this.method.id, fields, ...(label !== '' && { label }) });
      this.emit('mx-saved');
    } catch (error) {
      this.#refuse(sentence(messageOf(error)));
    }
    this.isSaving = false;
  };

  #refuse(why: string): void {
    this.problem = why;
    void this.updateComplete.then(() => this.find('[data-test="key-value"]')?.focus());
  }
}
