import type { AuthMethodResource, ProviderResource, SignInFlow, SignInWay } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { EverySecond } from '../state/controllers.js';
import { running } from '../text/format.js';
import { isWeb } from '../text/is-web.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

const POLL_MS = 1_500;

const steps: Readonly<Record<SignInWay, string>> = {
  browser: 'Come back when the page says so',
  code: 'Paste the code you get back',
  device: 'Type this code there',
};

/** One sign-in from its address to its credential: the browser comes back by itself, or a code is pasted. */
@customElement('mx-oauth-flow')
export class MxOauthFlow extends MaestroElement {
  @property({ attribute: false }) provider!: ProviderResource;
  @property({ attribute: false }) method!: AuthMethodResource;
  @state() private flow: SignInFlow | null = null;
  @state() private problem = '';
  @state() private finishing = false;
  @property({ reflect: true }) state: 'waiting' | 'checking' | 'done' | 'failed' | 'expired' = 'waiting';
  #poll: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    new EverySecond(this, () => this.flow?.state === 'pending');
  }

  protected override willUpdate(): void {
    const { flow } = this;
    if (this.finishing) this.state = 'checking';
    else if (flow?.state === 'done' || flow?.state === 'expired') this.state = flow.state;
    else if (flow?.state === 'failed' || (!flow && this.problem !== '')) this.state = 'failed';
    else this.state = 'waiting';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.method.missing === null) void this.#begin(this.method.ways[0]);
  }

  protected override firstUpdated(): void {
    if (this.method.missing !== null) this.#focus('oauth-cancel');
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#poll);
    if (this.flow?.state === 'pending') void app.rest.cancelSignIn(this.flow.flow_id).catch(() => undefined);
  }

  override render() {
    return html`<section class="card oauth" aria-label="Sign in to ${visible(this.provider.label)}" data-test="oauth-flow" data-state=${this.state} @keydown=${this.#onKey}>
      ${this.method.warning === null ? nothing : html`<p class="oauth-n oauth-w" data-test="oauth-warning">${icon('triangle-alert', 's')}<span>${visible(this.method.warning)}</span></p>`}
      ${this.method.missing === null ? this.#steps() : this.#missing(this.method.missing)}
      ${this.problem === '' ? nothing : html`<p class="problem oauth-n" role="alert" data-test="oauth-problem">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
      <div class="row t12 t3 num oauth-f">
        ${this.flow?.state === 'pending' ? html`${icon('clock', 's')}This request expires in ${running(Date.parse(this.flow.expires_at) - Date.now())}` : nothing}
        ${this.#again()} ${this.#otherWays()}
        <button type="button" class="btn btn-s btn-g push" data-test="oauth-cancel" @click=${this.#close}>${this.flow?.state === 'pending' ? 'Cancel' : 'Close'}</button>
      </div>
    </section>`;
  }

  #missing(setting: string) {
    return html`<p class="oauth-n" data-test="oauth-missing">Sign-in needs a client id of your own. Set <span class="mono">${visible(setting)}</span> in <span class="mono">maestro.yaml</span> and start the server again.</p>`;
  }

  #steps() {
    const { flow } = this;
    if (flow?.state === 'done')
      return html`<p class="oauth-n row row-3 c-ok" role="status">${icon('circle-check', 's')}Signed in</p>`;
    if (flow && flow.state !== 'pending') return nothing;
    if (!flow?.authorize_url) return html`<p class="oauth-n t2">${this.problem === '' ? 'Preparing' : nothing}</p>`;
    return html`<div class="oauth-b">
      <div>
        <p class="row t12 fw6 oauth-h"><span class="badge badge-n">1</span>Open this address and approve access</p>
        <div class="row">
          <input class="input mono t12" readonly aria-label="Authorisation address" data-test="oauth-url" .value=${flow.authorize_url} @focus=${select}>
          <button type="button" class="btn btn-lg" @click=${() => this.#copy(flow.authorize_url ?? '')}>${icon('copy', 's')}Copy</button>
          ${isWeb(flow.authorize_url) ? html`<a class="btn btn-lg btn-i" href=${flow.authorize_url} target="_blank" rel="noopener noreferrer" aria-label="Open in a new tab" data-test="oauth-open">${icon('external-link', 's')}</a>` : nothing}
        </div>
      </div>
      <div>
        <p class="row t12 fw6 oauth-h"><span class="badge badge-n">2</span>${steps[flow.way]}</p>
        ${flow.way === 'device' ? html`<p class="mono oauth-c" data-test="oauth-user-code">${visible(flow.user_code ?? '')}</p>` : this.#paste(flow)}
      </div>
    </div>`;
  }

  #paste(flow: SignInFlow) {
    const hint = flow.way === 'browser' ? 'Or paste the address it led to' : 'Code or full return address';
    return html`<form class="row" @submit=${this.#finish}>
      <input class="input mono" name="code" aria-label="Return code" autocomplete="off" spellcheck="false" placeholder=${hint} data-test="oauth-code" aria-invalid=${this.problem === '' ? 'false' : 'true'}>
      <button type="submit" class="btn btn-lg btn-p" data-test="oauth-finish" aria-disabled=${this.finishing ? 'true' : 'false'}>${this.finishing ? 'Finishing' : 'Finish'}</button>
    </form>`;
  }

  /** What failed is over: another answer needs another request. */
  #again() {
    const { flow } = this;
    if (!flow || flow.state === 'pending' || flow.state === 'done') return nothing;
    return html`<button type="button" class="btn btn-s" data-test="oauth-again" @click=${() => this.#begin(flow.way)}>${icon('rotate-cw', 's')}Begin again</button>`;
  }

  #otherWays() {
    const names: Readonly<Record<SignInWay, string>> = {
      browser: 'Sign in with this browser',
      code: 'Paste a code instead',
      device: 'Use another device',
    };
    return this.method.ways
      .filter((way) => this.flow !== null && way !== this.flow.way)
      .map(
        (way) =>
          html`<button type="button" class="btn btn-s btn-g" data-test="oauth-way-${way}" @click=${() => this.#begin(way)}>${names[way]}</button>`,
      );
  }

  async #begin(way: SignInWay | undefined): Promise<void> {
    const before = this.flow;
    this.problem = '';
    if (before?.state === 'pending') await app.rest.cancelSignIn(before.flow_id).catch(() => undefined);
    try {
      const flow = await app.rest.beginSignIn(this.provider.id, this.method.id, way === undefined ? {} : { way });
      if (!this.isConnected) {
        // Closed meanwhile: nobody would wait for it.
        await app.rest.cancelSignIn(flow.flow_id);
        return;
      }
      this.flow = flow;
      this.#follow();
      this.#focus(before && flow.way === 'code' ? 'oauth-code' : 'oauth-open');
    } catch (error) {
      this.problem = sentence(messageOf(error));
    }
  }

  /** Asks how it stands until it is over: the answer comes to a listener of the server, not to this page. */
  #follow(): void {
    clearTimeout(this.#poll);
    this.#poll = setTimeout(async () => {
      const { flow } = this;
      if (flow?.state !== 'pending') return;
      try {
        this.#take(await app.rest.signInFlow(flow.flow_id));
      } catch {
        // The connection may be away for a moment; the next look tells.
      }
      if (this.isConnected && this.flow?.state === 'pending') this.#follow();
    }, POLL_MS);
  }

  #take(flow: SignInFlow): void {
    if (flow.flow_id !== this.flow?.flow_id) return;
    this.flow = flow;
    if (flow.error) this.problem = sentence(flow.error.message);
    if (flow.state === 'expired') this.problem = 'The request has expired. Begin again.';
    if (flow.state === 'done') this.emit('mx-signed-in', { flow });
  }

  #finish = async (event: Event): Promise<void> => {
    event.preventDefault();
    const code = String(new FormData(event.target as HTMLFormElement).get('code') ?? '').trim();
    if (this.finishing || !this.flow) return;
    if (code === '') {
      this.problem = 'Paste the code first.';
      return;
    }
    this.finishing = true;
    this.problem = '';
    try {
      this.#take(await app.rest.completeSignIn(this.flow.flow_id, code));
    } catch (error) {
      this.problem = sentence(messageOf(error));
    } finally {
      this.finishing = false;
    }
  };

  async #copy(address: string): Promise<void> {
    const copied = await navigator.clipboard.writeText(address).then(
      () => true,
      () => false,
    );
    app.toasts.show(copied ? 'ok' : 'error', copied ? 'Address copied' : 'Not copied: select it and copy by hand');
  }

  #focus(test: string): void {
    void this.updateComplete.then(() => this.find(`[data-test="${test}"]`)?.focus());
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#close();
  }

  #close = (): void => {
    this.emit('mx-cancel');
  };
}

function select(event: Event): void {
  (event.target as HTMLInputElement).select();
}
