import type { ToolResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';
import '../elements/mx-switch.js';
import type { IconName } from '../icons/names.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';

const groups: [effects: ToolResource['effects'], name: string, glyph: IconName][] = [
  ['read', 'Read', 'file-text'],
  ['write', 'Write', 'file-pen-line'],
  ['exec', 'Run', 'square-terminal'],
  ['net', 'Web', 'globe'],
];

/** Which tools agents may call at all. */
@customElement('mx-tools')
export class MxTools extends MaestroElement {
  @state() private pending: ReadonlySet<string> = new Set();

  constructor() {
    super();
    new Watch(this, app.tools);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void app.loadTools();
  }

  override render() {
    const tools = app.tools.value;
    return html`<div class="body" tabindex="0" role="region" aria-label="Tools">
      <div class="page">
        <header class="page-h">
          <div>
            <h1 tabindex="-1">Tools</h1>
            <p>What agents may call. Turning one off here turns it off in every session, from the next message.</p>
          </div>
        </header>
        ${tools.length === 0 ? html`<p class="t2">No plugin gives a tool. Turn one on in maestro.yaml.</p>` : nothing}
        ${groups.map(([effects, name, glyph]) => {
          const some = tools.filter((tool) => tool.effects === effects);
          return some.length === 0 ? nothing : this.#group(name, glyph, some);
        })}
      </div>
    </div>`;
  }

  #group(name: string, glyph: IconName, tools: readonly ToolResource[]) {
    const on = tools.filter(({ is_enabled }) => is_enabled).length;
    return html`<section class="sec">
      <div class="sec-h"><h2>${name}</h2><span class="t12 t3 num">${on} of ${tools.length} on</span></div>
      <div class="card">
        <table class="tbl tbl-fixed">
          <thead><tr><th scope="col">Tool</th><th scope="col" class="r w-7">State</th><th scope="col" class="r w-4"><span class="vh">On</span></th></tr></thead>
          <tbody>
            ${repeat(
              tools,
              (tool) => tool.name,
              (tool) => this.#row(tool, glyph),
            )}
          </tbody>
        </table>
      </div>
    </section>`;
  }

  #row({ name, title, description, is_enabled, available }: ToolResource, glyph: IconName) {
    return html`<tr class=${is_enabled && available ? '' : 'off'} data-test="tool-row" data-tool=${name}>
      <td>
        <span class="row">
          <span class="t3">${icon(glyph)}</span>
          <span class="col col-0"><span class="mono fw5">${name}</span><span class="t12 t2 trunc" title=${description}>${title === '' ? description : `${title}. ${description}`}</span></span>
        </span>
      </td>
      <td class="r t12">${available ? (is_enabled ? 'On' : 'Off') : 'Plugin not loaded'}</td>
      <td class="r">
        <mx-switch .label=${name} .checked=${is_enabled} .pending=${this.pending.has(name)} @mx-change=${(event: CustomEvent<{ checked: boolean }>) => this.#set(name, event.detail.checked)}></mx-switch>
      </td>
    </tr>`;
  }

  async #set(name: string, on: boolean): Promise<void> {
    this.pending = new Set([...this.pending, name]);
    const tool = await app.attempt('Tool not changed', () => app.rest.setTool(name, on));
    if (tool) app.tools.value = app.tools.value.map((one) => (one.name === name ? tool : one));
    this.pending = new Set([...this.pending].filter((one) => one !== name));
  }
}
