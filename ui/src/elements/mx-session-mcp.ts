import type { McpServerResource, McpServerTool, Session } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { count, plural } from '../text/format.js';
import { type McpState, mcpState } from '../text/mcp-state.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-switch.js';

const transports = { stdio: 'stdio', http: 'HTTP', sse: 'SSE' } as const;

/** MCP servers as they are now, and which of their tools this session may call. */
@customElement('mx-session-mcp')
export class MxSessionMcp extends MaestroElement {
  @property({ attribute: false }) session: Session | null = null;
  @property({ attribute: false }) servers: readonly McpServerResource[] = [];
  /** Tools of the servers that were opened, by id; null while they are on their way. */
  @property({ attribute: false }) tools: ReadonlyMap<string, readonly McpServerTool[] | null> = new Map();
  /** Names of tools that are off for all sessions. */
  @property({ attribute: false }) off: ReadonlySet<string> = new Set();
  @property({ attribute: false }) pending: ReadonlySet<string> = new Set();
  @property({ attribute: false }) now = Date.now();
  @state() private open: ReadonlySet<string> = new Set();

  override render() {
    if (this.servers.length === 0)
      return html`<p class="hint" data-test="no-servers">No MCP server is set up. Add one in <a class="link" href="/settings/mcp">Settings</a>.</p>`;
    return html`<section>
        ${repeat(
          this.servers,
          ({ id }) => id,
          (server) => this.#server(server),
        )}
      </section>
      <p class="hint">Changes apply from the next message. A server that is off in <a class="link" href="/settings/mcp">Settings</a> is off here.</p>`;
  }

  #server(server: McpServerResource) {
    const { id, name, is_enabled } = server;
    const state = mcpState(server, this.now);
    const isOpen = this.open.has(id);
    const isOn = is_enabled && this.session?.mcps[name] !== false;
    const tools = this.tools.get(id) ?? null;
    const isMixed = isOn && (tools?.some((tool) => tool.tool !== null && !this.#isOn(tool.tool)) ?? false);
    return html`<div class="mcp" data-test="server" data-server=${name}>
      <div class="li li-2">
        <span class="dot ${state.tone}"></span>
        <button type="button" class="mcp-n" aria-expanded=${isOpen ? 'true' : 'false'} data-test="server-open" @click=${() => this.#turn(id)}>
          <span class="fw5 trunc">${visible(name)}</span>
          <span class="t12 ${state.tone === 'c-error' ? 'c-error' : 't3'}" data-test="server-state">${stateOf(server, state)}</span>
        </button>
        <mx-switch
          class="push"
          .label=${isMixed ? `${name}, some tools on` : is_enabled ? name : `${name}, off in Settings`}
          .checked=${isOn}
          .mixed=${isMixed}
          .pending=${this.pending.has(`mcp:${name}`)}
          .disabled=${!is_enabled}
          @mx-change=${(event: CustomEvent<{ checked: boolean }>) => this.emit('mx-switch-server', { name, on: event.detail.checked })}
        ></mx-switch>
      </div>
      ${isOpen ? this.#inside(server, isOn) : nothing}
    </div>`;
  }

  #inside({ id, status }: McpServerResource, isOn: boolean) {
    const tools = this.tools.get(id);
    return html`<div class="mcp-in">
      ${status?.reason ? html`<p class="t12 c-error">${visible(status.reason)}</p>` : nothing}
      ${status?.state === 'needs_login' ? html`<p class="t12"><a class="link" href="/settings/mcp">Sign in</a> to use it.</p>` : nothing}
      ${status?.schema_tokens ? html`<p class="t12 t3">Its tools take about ${count(status.schema_tokens)} tokens of each request.</p>` : nothing}
      ${tools === null ? html`<div class="sk" aria-hidden="true"></div>` : nothing}
      ${tools?.length === 0 ? html`<p class="hint">It offers no tool.</p>` : nothing}
      ${tools?.map((tool) => this.#tool(tool, isOn))}
    </div>`;
  }

  #tool({ name, tool, title, description, notice }: McpServerTool, isServerOn: boolean) {
    const why = tool === null ? 'hidden in Settings' : this.off.has(tool) ? 'off in Settings' : '';
    const isOn = isServerOn && tool !== null && why === '' && this.#isOn(tool);
    return html`<div class="li ${isOn ? '' : 'li-off'}" data-test="server-tool" data-tool=${name} title=${visible(title || description)}>
      <span class="mono trunc">${visible(name)}</span>
      ${notice === null ? nothing : html`<span class="c-warn" title=${visible(notice)}>${icon('triangle-alert', 's')}<span class="vh">${visible(notice)}</span></span>`}
      <span class="t12 t3 push">${why}</span>
      <mx-switch
        .label=${why === '' ? name : `${name}, ${why}`}
        .checked=${isOn}
        .pending=${tool !== null && this.pending.has(tool)}
        .disabled=${!isServerOn || why !== ''}
        @mx-change=${(event: CustomEvent<{ checked: boolean }>) => this.emit('mx-switch-tool', { name: tool, on: event.detail.checked })}
      ></mx-switch>
    </div>`;
  }

  #isOn(tool: string): boolean {
    return this.session?.tools[tool] !== false;
  }

  #turn(id: string): void {
    const open = new Set(this.open);
    if (!open.delete(id)) {
      open.add(id);
      this.emit('mx-server-tools', { id });
    }
    this.open = open;
  }
}

/** As the mock-up has it: what it offers while it is connected, else why it is not. */
function stateOf(server: McpServerResource, { words }: McpState): string {
  const { is_enabled, status, transport } = server;
  if (!is_enabled) return 'off in Settings';
  if (status?.state !== 'connected') return visible(words);
  const tools =
    status.offered_tools > status.tools
      ? `${count(status.tools)} of ${plural(status.offered_tools, 'tool')}`
      : plural(status.tools, 'tool');
  return `${tools}, ${transports[transport]}`;
}
