import type { McpServerResource, ToolResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { EverySecond } from '../state/controllers.js';
import type { SwitchView } from '../state/switching.js';
import { mcpState, toolCount } from '../text/mcp-state.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-switch.js';

const transports: Readonly<Record<McpServerResource['transport'], string>> = {
  stdio: 'stdio',
  http: 'HTTP',
  sse: 'SSE',
};

/** All MCP servers and how their connections are. Tells `mx-pick`, `mx-edit`, `mx-delete`, `mx-set-server`. */
@customElement('mx-mcp-table')
export class MxMcpTable extends MaestroElement {
  @property({ attribute: false }) servers: readonly McpServerResource[] = [];
  @property({ attribute: false }) tools: readonly ToolResource[] = [];
  @property({ attribute: false }) switching!: SwitchView;
  @property() selected = '';
  /** The server that is asked about before it is deleted. */
  @state() private deleting = '';

  constructor() {
    super();
    new EverySecond(this, () => this.servers.some((server) => mcpState(server, 0).runs));
  }

  override render() {
    return html`<div class="card">
      <table class="tbl tbl-fixed">
        <thead><tr><th scope="col">Server</th><th scope="col" class="w-65">Transport</th><th scope="col" class="w-12">State</th><th scope="col" class="r w-5">Tools</th><th scope="col" class="w-85"><span class="vh">Actions</span></th></tr></thead>
        <tbody>${this.servers.map((server) => this.#row(server))}</tbody>
      </table>
    </div>`;
  }

  #row(server: McpServerResource) {
    const { id, name, transport, url, command, args, status } = server;
    const { switching } = this;
    const on = switching.shown(id, server.is_enabled);
    const failure = switching.failure(id);
    const where = url ?? [command, ...args].join(' ');
    const { words, tone, icon: outline } = mcpState({ ...server, is_enabled: on }, Date.now());
    const isSelected = id === this.selected;
    return html`<tr class="${on ? '' : 'off'} ${isSelected ? 'sel' : ''}" data-test="mcp-row" data-name=${name} data-state=${on ? (status?.state ?? 'none') : 'off'}>
      <td><span class="col col-0">
        <button type="button" class="fw5 trunc row-b" aria-current=${isSelected ? 'true' : nothing} data-test="mcp-open" @click=${() => this.emit('mx-pick', { id })}>${visible(name)}</button>
        <span class="t12 t3 mono trunc" title=${visible(where)}>${visible(where)}</span>
        ${failure === '' ? nothing : html`<span class="t12 c-error" role="alert" data-test="switch-failure">Not changed. ${failure}</span>`}
      </span></td>
      <td class="t2">${transports[transport]}</td>
      <td><span class="row row-3 t12 ${tone}" data-test="mcp-state" title=${status?.reason ? visible(status.reason) : nothing}>${outline === null ? nothing : icon(outline, 's')}<span class="num">${words}</span></span></td>
      <td class="r t2 num">${this.#count(server)}</td>
      <td class="r">${this.deleting === id ? this.#question(server) : this.#actions(server, on)}</td>
    </tr>`;
  }

  #count({ name, status }: McpServerResource): string {
    if (status?.state !== 'connected') return toolCount(null, null);
    const own = this.tools.filter(({ server, available }) => server === name && available);
    const on = own.filter(({ is_enabled }) => is_enabled).length;
    // Their rows follow a moment after the connection.
    return toolCount(own.length < status.tools ? status.tools : on, status.offered_tools);
  }

  #actions({ id, name }: McpServerResource, on: boolean) {
    const shown = visible(name);
    return html`<span class="row row-end">
      <button type="button" class="btn btn-s btn-g btn-i" aria-label="Edit ${shown}" data-test="mcp-edit" @click=${() => this.emit('mx-edit', { id })}>${icon('pencil', 's')}</button>
      <button type="button" class="btn btn-s btn-g btn-i" aria-label="Delete ${shown}" data-test="mcp-delete" @click=${() => this.#ask(id)}>${icon('trash-2', 's')}</button>
      <mx-switch class="switch-gap" .label=${name} .checked=${on} .pending=${this.switching.isPending(id)} .failed=${this.switching.failure(id)} @mx-change=${(event: CustomEvent<{ checked: boolean }>) => this.emit('mx-set-server', { id, on: event.detail.checked })}></mx-switch>
    </span>`;
  }

  #question({ id, name }: McpServerResource) {
    return html`<span class="row row-end" @keydown=${this.#onAskKey}>
      <button type="button" class="btn btn-s btn-d" data-test="mcp-delete-confirm" @click=${() => this.#delete(id)}>Delete<span class="vh"> ${visible(name)}</span></button>
      <button type="button" class="btn btn-s btn-g" @click=${() => this.#ask('')}>Keep</button>
    </span>`;
  }

  #ask(id: string): void {
    const before = this.servers.find((server) => server.id === this.deleting)?.name;
    this.deleting = id;
    void this.updateComplete.then(() => {
      if (id !== '') this.find('[data-test="mcp-delete-confirm"]')?.focus();
      else this.#rowOf(before)?.querySelector<HTMLElement>('[data-test="mcp-delete"]')?.focus();
    });
  }

  #onAskKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#ask('');
  }

  #delete(id: string): void {
    this.deleting = '';
    this.emit('mx-delete', { id });
  }

  #rowOf(name: string | undefined): HTMLElement | undefined {
    return [...this.querySelectorAll<HTMLElement>('[data-test="mcp-row"]')].find(
      ({ dataset }) => dataset.name === name,
    );
  }
}
