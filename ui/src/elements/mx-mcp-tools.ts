import type { McpServerResource, McpServerTool } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { app, messageOf } from '../state/app.js';
import { Listing } from '../state/listing.js';
import { lists, ShowLists } from '../state/settings-lists.js';
import { Switching } from '../state/switching.js';
import { count } from '../text/format.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { listFrame } from './list-frame.js';
import './mx-switch.js';

/** So many show at first. */
const FEW = 8;
/** So many switches are sent at once. */
const AT_ONCE = 6;

/** The tools of a connected server, each with its switch. One element a server. */
@customElement('mx-mcp-tools')
export class MxMcpTools extends MaestroElement {
  @property({ attribute: false }) server!: McpServerResource;
  @state() private isWhole = false;
  #tools = new Listing<McpServerTool>(
    async () => (await app.rest.mcpServerTools(this.server.id)).items,
    (error) => sentence(messageOf(error)),
  );
  #switching = new Switching(this);

  constructor() {
    super();
    new ShowLists(this, 'tools');
    this.#tools.subscribe(() => this.requestUpdate());
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('server')) return;
    const before = changed.get('server');
    const shape = ({ updated_at, status }: McpServerResource) =>
      `${updated_at} ${status?.since} ${status?.offered_tools}`;
    if (!before || shape(before) !== shape(this.server)) void this.#tools.load();
  }

  override render() {
    return listFrame({
      name: 'tools of this server',
      list: this.#tools.value,
      retry: () => void this.#tools.load(),
      content: (tools) => this.#content(tools),
    });
  }

  #content(tools: readonly McpServerTool[]) {
    const on = tools.filter((tool) => this.#isOn(tool)).length;
    const shown = this.isWhole ? tools : tools.slice(0, FEW);
    const rest = tools.length - shown.length;
    return html`<header class="card-h">
        <h2>${visible(this.server.name)}, tools</h2><span class="t12 t3 num">${count(on)} of ${count(tools.length)} on</span>
        ${tools.length === 0 ? nothing : html`<button type="button" class="btn btn-s btn-g push" data-test="mcp-all" @click=${() => this.#setAll(tools, on === 0)}>${on === 0 ? 'All on' : 'All off'}</button>`}
      </header>
      <div class="mcp-pad">
        ${tools.length === 0 ? html`<p class="t2">This server offers no tools.</p>` : nothing}
        <table class="tbl tbl-s tbl-bare tbl-fixed">
          <colgroup><col class="w-75"><col><col class="w-3"></colgroup>
          <thead class="vh"><tr><th scope="col">Tool</th><th scope="col">What it does</th><th scope="col">On</th></tr></thead>
          <tbody>
            ${repeat(
              shown,
              ({ name }) => name,
              (tool) => this.#row(tool),
            )}
          </tbody>
        </table>
        ${rest > 0 ? html`<button type="button" class="link t12 mcp-more" data-test="mcp-more" @click=${this.#showAll}>Show ${count(rest)} more</button>` : nothing}
      </div>`;
  }

  #row(tool: McpServerTool) {
    const { name, title, description, notice } = tool;
    const failure = this.#switching.view.failure(name);
    const words = (description || title).split('\n', 1)[0] ?? '';
    return html`<tr class=${this.#isOn(tool) ? '' : 'off'} data-test="mcp-tool" data-tool=${name}>
      <th scope="row" class="mono trunc" title=${visible(name)}>${visible(name)}</th>
      <td class="t2"><span class="trunc d-block" title=${visible(description.slice(0, 1000))}>${visible(words)}</span>
        ${notice === null ? nothing : html`<span class="t12 c-warn d-block">${visible(notice)}</span>`}
        ${failure === '' ? nothing : html`<span class="t12 c-error d-block" role="alert">Not changed. ${failure}</span>`}</td>
      <td class="r"><mx-switch .label=${name} .checked=${this.#isOn(tool)} .pending=${this.#switching.view.isPending(name)} .failed=${failure} @mx-change=${(event: CustomEvent<{ checked: boolean }>) => this.#set(tool, event.detail.checked)}></mx-switch></td>
    </tr>`;
  }

  /** A tool that is hidden is off; else its switch counts, and until it has one it is on. */
  #isOn({ name, tool }: McpServerTool): boolean {
    const known = lists.tools.value.items?.find((one) => one.name === tool);
    return this.#switching.view.shown(name, tool !== null && (known?.is_enabled ?? true));
  }

  #set({ name, tool }: McpServerTool, on: boolean): Promise<void> {
    return this.#switching.set(name, on, async () => {
      if (tool === null) return this.#unhide([name]);
      const changed = await app.rest.setTool(tool, on);
      lists.tools.put(changed, (other) => other.name === tool);
      return changed;
    });
  }

  /** Hidden ones come back together: each change of the server connects it anew. */
  async #setAll(tools: readonly McpServerTool[], on: boolean): Promise<void> {
    const hidden = tools.filter(({ tool }) => tool === null).map(({ name }) => name);
    const others = tools.filter((tool) => tool.tool !== null && this.#isOn(tool) !== on).values();
    const work = async () => {
      for (const tool of others) await this.#set(tool, on);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (on && hidden.length > 0) await app.attempt('Tools not shown', () => this.#unhide(hidden));
  }

  #unhide(names: readonly string[]) {
    const { id, settings } = this.server;
    const hidden_tools = (settings.hidden_tools ?? []).filter((one) => !names.includes(one));
    return app.rest.patchMcpServer(id, { settings: { ...settings, hidden_tools } });
  }

  #showAll = async (): Promise<void> => {
    const next = this.#tools.value.items?.[FEW]?.name;
    this.isWhole = true;
    await this.updateComplete;
    const row = [...this.querySelectorAll<HTMLElement>('[data-tool]')].find(({ dataset }) => dataset.tool === next);
    row?.querySelector<HTMLElement>('[role="switch"]')?.focus();
  };
}
