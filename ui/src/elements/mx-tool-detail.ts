import type { ToolResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { SwitchView } from '../state/switching.js';
import { type Parameter, parametersOf } from '../text/parameters.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-approval-rules.js';
import './mx-switch.js';
import { effectIcons } from './mx-tool-table.js';

/** All there is to know of one tool: what it does, what it takes, and when it asks. Tells `mx-set-tool`. */
@customElement('mx-tool-detail')
export class MxToolDetail extends MaestroElement {
  @property({ attribute: false }) tool!: ToolResource;
  @property({ attribute: false }) switching!: SwitchView;

  override render() {
    const { name, title, description, effects, parameters, is_enabled } = this.tool;
    const { switching } = this;
    return html`<aside class="card side-card" aria-label=${visible(name)} data-test="tool-detail">
      <div class="row">
        ${icon(effectIcons[effects])}
        <h2 class="mono trunc">${visible(name)}</h2>
        <span class="push"><mx-switch .label=${name} .checked=${switching.shown(name, is_enabled)} .pending=${switching.isPending(name)} .failed=${switching.failure(name)} @mx-change=${(event: CustomEvent<{ checked: boolean }>) => this.emit('mx-set-tool', { name, on: event.detail.checked })}></mx-switch></span>
      </div>
      ${title === '' || title === name ? nothing : html`<p class="fw5 side-p">${visible(title)}</p>`}
      <p class="t2 side-p pre-wrap" data-test="tool-description">${visible(description)}</p>
      <h3 class="side-h">Parameters</h3>
      ${this.#parameters(parametersOf(parameters))}
      <h3 class="side-h">Approval</h3>
      <mx-approval-rules .tool=${name}></mx-approval-rules>
      <details class="side-d" open>
        <summary class="side-h">Schema</summary>
        <pre class="code-box" tabindex="0" role="region" aria-label="Schema of ${visible(name)}" data-test="tool-schema">${visible(JSON.stringify(parameters, null, 2) ?? '')}</pre>
      </details>
    </aside>`;
  }

  #parameters(rows: readonly Parameter[]) {
    if (rows.length === 0) return html`<p class="t12 t3">None.</p>`;
    return html`<table class="tbl tbl-s tbl-bare" data-test="tool-parameters">
      <thead class="vh"><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Needed</th></tr></thead>
      <tbody>
        ${rows.map(
          ({ name, type, note, description }) => html`<tr>
            <th scope="row" class="mono">${visible(name)}</th>
            <td class="t2" title=${description === '' ? nothing : visible(description.slice(0, 1000))}>${visible(type)}</td>
            <td class="r t3">${visible(note)}</td>
          </tr>`,
        )}
      </tbody>
    </table>`;
  }
}
