import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { HealthLine } from '../text/system.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';

const tones = { ok: 'c-ok', warn: 'c-warn', error: 'c-error', off: 't3' } as const;

/** Whether what agents need answers: providers and MCP servers. */
@customElement('mx-health')
export class MxHealth extends MaestroElement {
  @property({ attribute: false }) lines: readonly HealthLine[] = [];

  override render() {
    return html`<section class="rail-sec" aria-labelledby="rail-health">
      <div class="rail-h"><h2 id="rail-health">Providers and MCP</h2><a href="/settings/mcp">Manage</a></div>
      ${
        this.lines.length === 0
          ? html`<p class="t12 t3">No provider is ready. <a class="link" href="/auth">Add a key</a></p>`
          : html`<dl class="kv">
              ${this.lines.map(
                ({ id, name, kind, tone, text, detail }) => html`<dt data-test="health" data-id=${id} data-tone=${tone}>
                    <span class="dot ${tones[tone]}" aria-hidden="true"></span><span class="trunc">${visible(name)}</span>${kind === 'mcp' ? html`<span class="t3">MCP</span>` : nothing}
                  </dt>
                  <dd class="${tone === 'ok' ? 't3' : tones[tone]}" title=${visible(detail)}>${visible(text)}</dd>`,
              )}
            </dl>`
      }
    </section>`;
  }
}
