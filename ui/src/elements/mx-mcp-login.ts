import type { McpServerResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { isWeb } from '../text/is-web.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** Signing in to an MCP server: the page to open, and a field for where the browser ended if it runs elsewhere. */
@customElement('mx-mcp-login')
export class MxMcpLogin extends MaestroElement {
  @property({ attribute: false }) server!: McpServerResource;
  @state() private address = '';
  @state() private problem = '';
  @state() private isBusy = false;

  override render() {
    return html`<div class="mcp-login" role="group" aria-label="Sign in to ${visible(this.server.name)}" data-test="mcp-login">
      ${this.address === '' ? this.#begin() : this.#steps()}
      ${this.problem === '' ? nothing : html`<p class="problem" role="alert" data-test="mcp-login-problem">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
    </div>`;
  }

  #begin() {
    return html`<button type="button" class="btn btn-p" data-test="mcp-login-begin" aria-disabled=${this.isBusy ? 'true' : 'false'} @click=${this.#open}>${icon('log-in', 's')}${this.isBusy ? 'Preparing' : 'Sign in'}</button>`;
  }

  #steps() {
    const { address } = this;
    return html`<div>
        <p class="row t12 fw6 oauth-h"><span class="badge badge-n">1</span>Open this address and approve access</p>
        <div class="row">
          <input class="input mono t12" readonly aria-label="Authorisation address" data-test="mcp-login-url" .value=${address} @focus=${(event: Event) => (event.target as HTMLInputElement).select()}>
          ${isWeb(address) ? html`<a class="btn btn-lg btn-i" href=${address} target="_blank" rel="noopener noreferrer" aria-label="Open in a new tab" data-test="mcp-login-open">${icon('external-link', 's')}</a>` : nothing}
        </div>
      </div>
      <div>
        <p class="row t12 fw6 oauth-h"><span class="badge badge-n">2</span>Come back when the page says so, or paste where it led</p>
        <form class="row" @submit=${this.#finish}>
          <input class="input mono" name="pasted" aria-label="Return address" placeholder="Full return address" autocomplete="off" spellcheck="false" data-test="mcp-login-answer">
          <button type="submit" class="btn btn-lg btn-p" data-test="mcp-login-finish" aria-disabled=${this.isBusy ? 'true' : 'false'}>${this.isBusy ? 'Finishing' : 'Finish'}</button>
        </form>
      </div>`;
  }

  #open = (): Promise<void> =>
    this.#do(async () => {
      this.address = (await app.rest.loginMcpServer(this.server.id)).authorize_url;
      void this.updateComplete.then(() => this.find('[data-test="mcp-login-open"]')?.focus());
    });

  #finish = (event: Event): Promise<void> | undefined => {
    event.preventDefault();
    const pasted = String(new FormData(event.target as HTMLFormElement).get('pasted') ?? '').trim();
    if (pasted === '') {
      this.problem = 'Paste the address first.';
      return undefined;
    }
    return this.#do(() => app.rest.answerMcpLogin(this.server.id, { pasted }));
  };

  async #do(act: () => Promise<unknown>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.problem = '';
    try {
      await act();
    } catch (error) {
      this.problem = sentence(messageOf(error));
    }
    this.isBusy = false;
  }
}
