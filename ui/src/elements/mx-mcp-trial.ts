import type { McpServerResource, McpTrial } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { duration, plural } from '../text/format.js';
import { mcpAdvice } from '../text/mcp-state.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

const FEW = 12;

/** What came of trying an MCP server: who it is, what it has and how long it took; or why not, and what helps. */
@customElement('mx-mcp-trial')
export class MxMcpTrial extends MaestroElement {
  @property({ attribute: false }) trial!: McpTrial;
  @property() transport: McpServerResource['transport'] = 'stdio';

  override render() {
    const { status } = this.trial;
    return status.state === 'connected' ? this.#works() : this.#fails(status.reason ?? 'It did not answer in time.');
  }

  #works() {
    const { status, tools } = this.trial;
    const names = tools.slice(0, FEW).map(({ name }) => visible(name));
    const rest = tools.length - names.length;
    const who = status.server ? `${visible(status.server.name)} ${visible(status.server.version)}` : 'It';
    return html`<div class="trial trial-ok" role="status" data-test="mcp-trial" data-ok="true">
      <p class="row row-3 c-ok fw5">${icon('circle-check', 's')}<span class="num">Works: ${plural(tools.length, 'tool')}${status.connect_ms === null ? nothing : `, ${duration(status.connect_ms)}`}</span></p>
      <p class="t12 t2 wrap-any">${who} answered.</p>
      ${names.length === 0 ? nothing : html`<p class="t12 mono wrap-any">${names.join(', ')}${rest > 0 ? ` and ${rest} more` : nothing}</p>`}
    </div>`;
  }

  #fails(reason: string) {
    const needsLogin = this.trial.status.state === 'needs_login';
    return html`<div class="trial trial-bad" role="alert" data-test="mcp-trial" data-ok="false">
      <p class="row row-3 fw5 ${needsLogin ? 'c-warn' : 'c-error'}">${icon('circle-alert', 's')}${needsLogin ? 'It wants a sign-in' : 'No connection'}</p>
      <p class="t12 wrap-any">${visible(sentence(reason))}</p>
      <p class="t12 t2">${needsLogin ? 'Add it, then sign in from the list.' : mcpAdvice({ transport: this.transport }, reason)}</p>
    </div>`;
  }
}
