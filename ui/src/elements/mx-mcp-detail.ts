import type { McpServerResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { mcpAdvice } from '../text/mcp-state.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-mcp-login.js';
import './mx-mcp-tools.js';

/** One MCP server: its tools while it is connected, else why it is not and what helps; and its last words. One element a server. */
@customElement('mx-mcp-detail')
export class MxMcpDetail extends MaestroElement {
  @property({ attribute: false }) server!: McpServerResource;
  @state() private words: readonly string[] | null = null;
  @state() private testing = false;
  @state() private problem = '';

  override render() {
    const { server } = this;
    const { name, is_enabled, status, transport } = server;
    const isUp = is_enabled && status?.state === 'connected';
    return html`<section class="card mcp-detail" aria-label=${visible(name)} data-test="mcp-detail">
      ${isUp ? html`<mx-mcp-tools .server=${server}></mx-mcp-tools>` : this.#why()}
      ${is_enabled && status?.state === 'needs_login' ? html`<mx-mcp-login .server=${server}></mx-mcp-login>` : nothing}
      ${this.problem === '' ? nothing : html`<p class="problem mcp-pad" role="alert">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
      <div class="row mcp-foot">
        ${is_enabled ? html`<button type="button" class="btn btn-s" data-test="mcp-test-saved" aria-disabled=${this.testing ? 'true' : 'false'} @click=${this.#test}>${icon('plug-zap', 's')}${this.testing ? 'Testing' : 'Test'}</button>` : nothing}
        ${transport === 'stdio' ? html`<button type="button" class="btn btn-s btn-g" aria-expanded=${this.words === null ? 'false' : 'true'} data-test="mcp-words" @click=${this.#toggleWords}>${icon('square-terminal', 's')}Error output</button>` : nothing}
        ${status?.server ? html`<span class="t12 t3 trunc push">${visible(`${status.server.name} ${status.server.version}`)}</span>` : nothing}
      </div>
      ${this.words === null ? nothing : this.#output(this.words)}
    </section>`;
  }

  #why() {
    const { name, is_enabled, status } = this.server;
    const reason = status?.reason ?? '';
    return html`<header class="card-h"><h2>${visible(name)}</h2></header>
      <div class="mcp-pad col" data-test="mcp-why">
        ${!is_enabled ? html`<p class="t2">Off: agents do not see its tools. Turn it on to see what it offers.</p>` : nothing}
        ${is_enabled && reason !== '' ? html`<p class="wrap-any">${visible(sentence(reason))}</p>` : nothing}
        ${is_enabled && reason !== '' && status?.state !== 'needs_login' ? html`<p class="t2">${mcpAdvice(this.server, reason)}</p>` : nothing}
        ${is_enabled && reason === '' ? html`<p class="t2">Connecting. Its tools show here once it answers.</p>` : nothing}
      </div>`;
  }

  #output(words: readonly string[]) {
    if (words.length === 0)
      return html`<p class="mcp-pad t12 t3" role="status">It wrote nothing to its error output.</p>`;
    return html`<pre class="code-box mcp-words" tabindex="0" role="region" aria-label="Error output of ${visible(this.server.name)}" data-test="mcp-output">${visible(words.join('\n'))}</pre>`;
  }

  #test = async (): Promise<void> => {
    if (this.testing) return;
    this.testing = true;
    this.problem = '';
    try {
      const { status } = await app.rest.testMcpServer(this.server.id);
      if (status?.state === 'connected')
        app.toasts.show('ok', `${visible(this.server.name)} answers`, `${status.tools} tools`);
    } catch (error) {
      this.problem = sentence(messageOf(error));
    }
    this.testing = false;
  };

  #toggleWords = async (): Promise<void> => {
    if (this.words !== null) {
      this.words = null;
      return;
    }
    const list = await app.attempt('Error output not loaded', () => app.rest.mcpServerLog(this.server.id));
    if (list) this.words = list.items;
  };
}
