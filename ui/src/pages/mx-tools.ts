import type { ToolResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';
import { listFrame } from '../elements/list-frame.js';
import '../elements/mx-empty.js';
import '../elements/mx-tool-detail.js';
import '../elements/mx-tool-table.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { lists, ShowLists } from '../state/settings-lists.js';
import { Switching } from '../state/switching.js';
import { toolGroups } from '../text/tool-groups.js';

/** Which tools agents may call at all, how they do, and when they ask. `#name` shows one of them. */
@customElement('mx-tools')
export class MxTools extends MaestroElement {
  @state() private filter = '';
  @state() private selected = '';
  #switching = new Switching(this);
  /** What the address names, as it was read last. */
  #hash = '';
  /** Whether the tool of the address was brought into view. */
  #isShown = false;

  constructor() {
    super();
    // Its address may be changed to name another tool.
    new Watch(this, app.router);
    new ShowLists(this, 'tools', 'toolUse');
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('hashchange', this.#look);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('hashchange', this.#look);
  }

  protected override willUpdate(): void {
    const hash = hashed();
    if (hash === this.#hash) return;
    this.#hash = hash;
    this.selected = hash;
    this.#isShown = false;
  }

  protected override updated(): void {
    if (this.#isShown || this.selected === '' || lists.tools.value.items === null) return;
    this.#isShown = true;
    void this.#scroll();
  }

  override render() {
    return html`<div class="body" tabindex="0" role="region" aria-label="Tools">
      <div class="page">
        <header class="page-h">
          <div>
            <h1 tabindex="-1">Tools</h1>
            <p>What agents may call. Turning one off here turns it off in every session, from the next message.</p>
          </div>
          <div class="acts"><span class="filter">${icon('search', 's')}<input class="input" type="search" aria-label="Filter tools" placeholder="Filter" autocomplete="off" spellcheck="false" data-test="tool-filter" @input=${this.#onFilter}></span></div>
        </header>
        ${listFrame({ name: 'tools', list: lists.tools.value, retry: this.#retry, content: (tools) => this.#content(tools) })}
      </div>
    </div>`;
  }

  #content(tools: readonly ToolResource[]) {
    if (tools.length === 0)
      return html`<div class="card"><mx-empty icon="wrench" heading="No tools" text="No plugin brings one, and no MCP server is connected." .actions=${[
        { id: 'mcp', label: 'Add an MCP server', href: '/settings/mcp' },
      ]}></mx-empty></div>`;
    const groups = toolGroups(tools, this.filter);
    const selected = tools.find(({ name }) => name === this.selected) ?? groups[0]?.tools[0];
    const used = lists.toolUse.value.items;
    const use = used && new Map(used.map((one) => [one.name, one]));
    return html`<div class="split" @mx-pick=${this.#pick} @mx-set-tool=${this.#set}>
      <div>
        ${repeat(
          groups,
          ({ key }) => key,
          (group) =>
            html`<mx-tool-table .group=${group} .use=${use} .switching=${this.#switching.view} .selected=${selected?.name ?? ''}></mx-tool-table>`,
        )}
        ${groups.length === 0 ? html`<p class="t2" role="status" data-test="tools-none">No tool fits the filter.</p>` : nothing}
      </div>
      ${selected ? html`<mx-tool-detail .tool=${selected} .switching=${this.#switching.view}></mx-tool-detail>` : nothing}
    </div>`;
  }

  #onFilter(event: Event): void {
    this.filter = (event.target as HTMLInputElement).value;
  }

  #pick(event: CustomEvent<{ name: string }>): void {
    this.selected = event.detail.name;
    this.#hash = this.selected;
    app.router.replace(`#${encodeURIComponent(this.selected)}`);
  }

  #set(event: CustomEvent<{ name: string; on: boolean }>): void {
    const { name, on } = event.detail;
    void this.#switching.set(name, on, async () => {
      const tool = await app.rest.setTool(name, on);
      lists.tools.put(tool, (other) => other.name === name);
    });
  }

  #look = (): void => this.requestUpdate();

  #retry = (): void => {
    void lists.tools.load();
    void lists.toolUse.load();
  };

  async #scroll(): Promise<void> {
    // The tables draw after the page.
    await new Promise((done) => requestAnimationFrame(done));
    const row = [...this.querySelectorAll<HTMLElement>('[data-tool]')].find(
      ({ dataset }) => dataset.tool === this.selected,
    );
    row?.scrollIntoView({ block: 'center' });
  }
}

/** The name of a tool behind the address. */
function hashed(): string {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
}
