import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { app } from '../state/app.js';
import { lists, ShowLists } from '../state/settings-lists.js';
import { Switching } from '../state/switching.js';
import { agentToolName } from '../text/template-draft.js';
import { MaestroElement } from './element.js';
import './mx-switch.js';

/** Whether other agents may call a template, and by which tool: the switch of that tool. It counts at once. */
@customElement('mx-agent-switch')
export class MxAgentSwitch extends MaestroElement {
  /** As it is being written. */
  @property() name = '';
  /** As it is saved; null: not yet. */
  @property() saved: string | null = null;
  #switching = new Switching(this);

  constructor() {
    super();
    new ShowLists(this, 'tools');
  }

  override render() {
    const id = this.saved === null ? '' : agentToolName(this.saved);
    const tool = lists.tools.value.items?.find(({ name }) => name === id);
    const next = agentToolName(this.name);
    const view = this.#switching.view;
    const failure = view.failure(id);
    return html`<div class="row t12" data-test="agent-switch">
        <mx-switch label="Offer as a sub-agent" .checked=${view.shown(id, tool?.is_enabled ?? true)} .pending=${view.isPending(id)} .failed=${failure} ?disabled=${!tool?.available} @mx-change=${(event: CustomEvent<{ checked: boolean }>) => this.#set(id, event.detail.checked)}></mx-switch>
        <span>Offer as a sub-agent</span>${next === 'agent_' ? nothing : html`<span class="ic t2 trunc" data-test="agent-tool">${next}</span>`}
      </div>
      ${this.saved === null ? html`<p class="hint">Other agents can call it once it is saved.</p>` : nothing}
      ${failure === '' ? nothing : html`<p class="t12 c-error" role="alert">Not changed. ${failure}</p>`}`;
  }

  #set(id: string, on: boolean): void {
    void this.#switching.set(id, on, async () => {
      const tool = await app.rest.setTool(id, on);
      lists.tools.put(tool, (other) => other.name === id);
    });
  }
}
