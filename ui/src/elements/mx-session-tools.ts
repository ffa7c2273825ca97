import type { Session, ToolResource, ToolUses } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { IconName } from '../icons/names.js';
import { plural } from '../text/format.js';
import { toolGroups } from '../text/tool-groups.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-switch.js';

const glyphs: Record<ToolResource['effects'], IconName> = {
  read: 'file-text',
  write: 'file-pen-line',
  exec: 'square-terminal',
  net: 'globe',
};

/** Which tools this session may call, and how often it did. Off for all sessions wins. Tells `mx-switch-tool`. */
@customElement('mx-session-tools')
export class MxSessionTools extends MaestroElement {
  @property({ attribute: false }) session: Session | null = null;
  @property({ attribute: false }) tools: readonly ToolResource[] = [];
  @property({ attribute: false }) uses: readonly ToolUses[] = [];
  /** Names of those whose switch is on its way. */
  @property({ attribute: false }) pending: ReadonlySet<string> = new Set();
  @state() private filter = '';

  override render() {
    const groups = toolGroups(this.tools, this.filter);
    return html`<div class="search">
        ${icon('search', 's')}
        <input
          class="input"
          type="search"
          aria-label="Filter tools"
          placeholder="Filter ${plural(this.tools.length, 'tool')}"
          data-test="filter-tools"
          .value=${this.filter}
          @input=${this.#onFilter}
        />
      </div>
      <p class="vh" role="status">${
        this.filter === ''
          ? ''
          : plural(
              groups.reduce((sum, { tools }) => sum + tools.length, 0),
              'tool',
            )
      }</p>
      ${groups.length === 0 ? html`<p class="hint" data-test="no-tools">${this.tools.length === 0 ? 'No plugin gives a tool.' : 'No tool has this in its name.'}</p>` : nothing}
      ${groups.map(
        ({ name, note, tools }, index) => html`<section data-test="tool-group">
          <div class="sec-l"><h2>${visible(name)}</h2>${note === '' ? nothing : html`<span class="t12 t3">${note}</span>`}${index === 0 ? html`<span class="t12 t3 push">this session only</span>` : nothing}</div>
          ${repeat(
            tools,
            (tool) => tool.name,
            (tool) => this.#row(tool),
          )}
        </section>`,
      )}
      <p class="hint">Changes apply from the next message. The global setting wins when a tool is off in <a class="link" href="/settings/tools">Settings</a>.</p>`;
  }

  #row(tool: ToolResource) {
    const { name, title, description, effects, available, is_enabled } = tool;
    const use = this.uses.find((one) => one.name === name);
    const isOn = isOnHere(tool, this.session);
    const why = !available ? 'not loaded' : is_enabled ? '' : 'off in Settings';
    return html`<div class="li ${isOn ? '' : 'li-off'}" data-test="tool" data-tool=${name} title=${visible(title || description)}>
      <span class="t3">${icon(glyphs[effects], 's')}</span>
      <span class="mono trunc">${visible(name)}</span>
      <span class="t12 t3 num push">${why === '' ? counted(use) : why}</span>
      <mx-switch
        .label=${why === '' ? name : `${name}, ${why}`}
        .checked=${isOn}
        .pending=${this.pending.has(name)}
        .disabled=${why !== ''}
        @mx-change=${(event: CustomEvent<{ checked: boolean }>) => this.emit('mx-switch-tool', { name, on: event.detail.checked })}
      ></mx-switch>
    </div>`;
  }

  #onFilter(event: Event): void {
    this.filter = (event.target as HTMLInputElement).value;
  }
}

/** Whether the next request offers it. */
export function isOnHere({ name, available, is_enabled }: ToolResource, session: Session | null): boolean {
  return available && is_enabled && session?.tools[name] !== false;
}

function counted(use: ToolUses | undefined) {
  if (!use) return nothing;
  const failed = use.failed > 0 ? `, ${use.failed} failed` : '';
  return `${plural(use.calls, 'call')}${failed}`;
}
