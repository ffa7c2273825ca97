import type { McpServerResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';
import { listFrame } from '../elements/list-frame.js';
import '../elements/mx-empty.js';
import '../elements/mx-mcp-detail.js';
import '../elements/mx-mcp-form.js';
import type { MxMcpForm } from '../elements/mx-mcp-form.js';
import '../elements/mx-mcp-import.js';
import '../elements/mx-mcp-table.js';
import { app } from '../state/app.js';
import { lists, ShowLists } from '../state/settings-lists.js';
import { Switching } from '../state/switching.js';
import { plural } from '../text/format.js';

/** External servers that bring tools: which there are, how they are, their tools, and a new one. */
@customElement('mx-mcp')
export class MxMcp extends MaestroElement {
  @state() private selected = '';
  @state() private editing: McpServerResource | null = null;
  @state() private isImporting = false;
  #switching = new Switching(this);
  /** Somebody wants to write: as soon as the form stands. */
  #isWanted = false;

  constructor() {
    super();
    new ShowLists(this, 'mcpServers', 'tools');
  }

  protected override updated(): void {
    const form = this.#isWanted ? this.find<MxMcpForm>('mx-mcp-form') : null;
    if (!form) return;
    this.#isWanted = false;
    form.focus();
  }

  override render() {
    return html`<div class="body" tabindex="0" role="region" aria-label="MCP servers">
        <div class="page">
          <header class="page-h">
            <div>
              <h1 tabindex="-1">MCP servers</h1>
              <p>External servers that offer tools through the Model Context Protocol.</p>
            </div>
            <div class="acts">
              <button type="button" class="btn" data-test="mcp-import-open" @click=${() => this.#import(true)}>${icon('file-json', 's')}Import file</button>
              <button type="button" class="btn btn-p" data-test="mcp-add" @click=${this.#add}>${icon('plus', 's')}Add server</button>
            </div>
          </header>
          ${listFrame({ name: 'MCP servers', list: lists.mcpServers.value, retry: () => void lists.mcpServers.load(), content: (servers) => this.#content(servers) })}
        </div>
      </div>
      ${this.isImporting ? html`<mx-mcp-import @mx-close=${() => this.#import(false)} @mx-imported=${this.#imported}></mx-mcp-import>` : nothing}`;
  }

  #content(servers: readonly McpServerResource[]) {
    const selected = servers.find(({ id }) => id === this.selected) ?? servers[0];
    const form = html`<mx-mcp-form .server=${this.editing} @mx-saved=${this.#saved} @mx-cancel=${this.#cancel}></mx-mcp-form>`;
    if (!selected)
      return html`<div class="halves">
        <div class="card"><mx-empty icon="plug-zap" heading="No MCP servers yet" text="Add one here, or import those of another program. Agents can call its tools from their next message on."></mx-empty></div>
        ${form}
      </div>`;
    return html`<mx-mcp-table
        .servers=${servers}
        .tools=${lists.tools.value.items ?? []}
        .switching=${this.#switching.view}
        .selected=${selected.id}
        @mx-pick=${(event: CustomEvent<{ id: string }>) => this.#pick(event.detail.id)}
        @mx-edit=${this.#edit}
        @mx-delete=${this.#delete}
        @mx-set-server=${this.#set}
      ></mx-mcp-table>
      <div class="halves">${keyed(selected.id, html`<mx-mcp-detail .server=${selected}></mx-mcp-detail>`)}${form}</div>`;
  }

  #pick(id: string): void {
    this.selected = id;
  }

  #add = (): void => {
    this.editing = null;
    this.#want();
  };

  #edit(event: CustomEvent<{ id: string }>): void {
    const server = lists.mcpServers.value.items?.find(({ id }) => id === event.detail.id) ?? null;
    this.selected = event.detail.id;
    this.editing = server;
    this.#want();
  }

  #want(): void {
    this.#isWanted = true;
    this.requestUpdate();
  }

  #cancel = (): void => {
    const name = this.editing?.name;
    this.editing = null;
    this.#focusRow(name, 'mcp-edit');
  };

  #saved = async (event: CustomEvent<{ server: McpServerResource; isNew: boolean }>): Promise<void> => {
    const { server, isNew } = event.detail;
    this.editing = null;
    this.selected = server.id;
    app.toasts.show('ok', isNew ? 'Server added' : 'Server saved');
    await lists.mcpServers.load();
    this.#focusRow(server.name, 'mcp-open');
  };

  async #delete(event: CustomEvent<{ id: string }>): Promise<void> {
    const { id } = event.detail;
    await app.attempt('Server not deleted', () => app.rest.deleteMcpServer(id));
    if (this.editing?.id === id) this.editing = null;
    await lists.mcpServers.load();
    this.find('h1')?.focus();
  }

  #set(event: CustomEvent<{ id: string; on: boolean }>): void {
    const { id, on } = event.detail;
    void this.#switching.set(id, on, async () => {
      const server = await app.rest.patchMcpServer(id, { is_enabled: on });
      lists.mcpServers.put(server, (other) => other.id === id);
    });
  }

  #import(open: boolean): void {
    this.isImporting = open;
  }

  #imported = (event: CustomEvent<{ count: number }>): void => {
    this.isImporting = false;
    app.toasts.show('ok', `${plural(event.detail.count, 'server')} added`);
    void lists.mcpServers.load();
  };

  #focusRow(name: string | undefined, test: string): void {
    requestAnimationFrame(() => {
      const rows = [...this.querySelectorAll<HTMLElement>('[data-test="mcp-row"]')];
      rows
        .find(({ dataset }) => dataset.name === name)
        ?.querySelector<HTMLElement>(`[data-test="${test}"]`)
        ?.focus();
    });
  }
}
