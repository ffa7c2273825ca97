import type { ToolResource, ToolUseResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { IconName } from '../icons/names.js';
import type { SwitchView } from '../state/switching.js';
import { count, duration, percent, UNKNOWN } from '../text/format.js';
import type { ToolGroup } from '../text/tool-groups.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-switch.js';

export const effectIcons: Readonly<Record<ToolResource['effects'], IconName>> = {
  read: 'file-text',
  write: 'file-pen-line',
  exec: 'square-terminal',
  net: 'globe',
};

/** One group of tools with how often each is called. Tells `mx-pick` and `mx-set-tool`. */
@customElement('mx-tool-table')
export class MxToolTable extends MaestroElement {
  @property({ attribute: false }) group!: ToolGroup;
  /** By name; null: not known. */
  @property({ attribute: false }) use: ReadonlyMap<string, ToolUseResource> | null = null;
  @property({ attribute: false }) switching!: SwitchView;
  @property() selected = '';

  override render() {
    const { name, note, tools } = this.group;
    const on = tools.filter((tool) => this.switching.shown(tool.name, tool.is_enabled)).length;
    return html`<section class="sec" data-test="tool-group">
      <div class="sec-h"><h2>${visible(name)}</h2>${note === '' ? nothing : html`<span class="t12 t3">${note}</span>`}<span class="t12 t3 num">${count(on)} of ${count(tools.length)} on</span></div>
      <div class="card">
        <table class="tbl tbl-fixed">
          <thead><tr><th scope="col">Tool</th><th scope="col" class="r w-475">Calls, 7 d</th><th scope="col" class="r w-4">Failed</th><th scope="col" class="r w-475">Median</th><th scope="col" class="r w-35"><span class="vh">On</span></th></tr></thead>
          <tbody>
            ${repeat(
              tools,
              (tool) => tool.name,
              (tool) => this.#row(tool),
            )}
          </tbody>
        </table>
      </div>
    </section>`;
  }

  #row({ name, title, description, effects, is_enabled, available }: ToolResource) {
    const { switching } = this;
    const on = switching.shown(name, is_enabled);
    const failure = switching.failure(name);
    const isSelected = name === this.selected;
    const words = title === '' ? description : title;
    return html`<tr class="${on && available ? '' : 'off'} ${isSelected ? 'sel' : ''}" data-test="tool-row" data-tool=${name}>
      <td>
        <span class="row">
          <span class=${isSelected ? '' : 't3'}>${icon(effectIcons[effects])}</span>
          <span class="col col-0">
            <button type="button" class="mono fw5 trunc row-b" aria-current=${isSelected ? 'true' : nothing} data-test="tool-open" @click=${() => this.emit('mx-pick', { name })}>${visible(name)}</button>
            <span class="t12 t2 trunc" title=${visible(description.slice(0, 500))}>${available ? visible(words.split('\n', 1)[0] ?? '') : 'Plugin not loaded'}</span>
            ${failure === '' ? nothing : html`<span class="t12 c-error" role="alert" data-test="switch-failure">Not changed. ${failure}</span>`}
          </span>
        </span>
      </td>
      ${this.#use(name)}
      <td class="r">
        <mx-switch .label=${name} .checked=${on} .pending=${switching.isPending(name)} .failed=${failure} @mx-change=${(event: CustomEvent<{ checked: boolean }>) => this.emit('mx-set-tool', { name, on: event.detail.checked })}></mx-switch>
      </td>
    </tr>`;
  }

  #use(name: string) {
    const use = this.use?.get(name);
    if (!use) {
      const none = html`<td class="r t2 num">${UNKNOWN}<span class="vh">${this.use ? 'none' : 'unknown'}</span></td>`;
      return [none, none, none];
    }
    const { calls, failed, median_ms } = use;
    return html`<td class="r t2 num">${count(calls)}</td>
      <td class="r t2 num" title="${count(failed)} of ${count(calls)}">${share(failed, calls)}</td>
      <td class="r t2 num">${median_ms === null ? UNKNOWN : duration(median_ms)}</td>`;
  }
}

/** `0 %`, `0.1 %`, `11.9 %`, `100 %` */
function share(failed: number, calls: number): string {
  const part = failed / calls;
  if (part === 0 || part === 1) return percent(part);
  return `${(part * 100).toFixed(1)}\u202f%`;
}
