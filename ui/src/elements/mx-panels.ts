import { PanelStore } from '@maestro/core/client';
import type { PanelResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { panelPlaces } from '../state/panel-places.js';
import { paths } from '../state/route.js';
import { OnSystemChange } from '../state/system-changes.js';
import { arranged, hide, moved, unhide } from '../text/panel-places.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-menu.js';
import type { PanelAct } from './mx-panel.js';
import './mx-panel.js';

type Menu = { panel: string; anchor: Element } | 'hidden' | null;

/**
 * The panels of one slot (`slot="dashboard"`), each running while it is in the page. What a person moves or hides is
 * remembered in this browser. Panels of the slot `session` need `sessionId`; `plugin` narrows to those of one plugin.
 */
@customElement('mx-panels')
export class MxPanels extends MaestroElement {
  @property({ attribute: false }) sessionId: string | null = null;
  @property({ attribute: false }) plugin: string | null = null;
  @state() private panels: readonly PanelResource[] = [];
  @state() private menu: Menu = null;
  readonly #stores = new Map<string, PanelStore>();
  #places = panelPlaces('dashboard');
  #isDue = false;
  #unwatch: (() => void) | null = null;

  constructor() {
    super();
    new Watch(this, app.connected, app.connection);
    new OnSystemChange(this, ['panels', 'plugins'], () => void this.#load());
  }

  override connectedCallback(): void {
    this.#places = panelPlaces(this.slot || 'dashboard');
    this.#unwatch = this.#places.subscribe(() => this.requestUpdate());
    super.connectedCallback();
    void this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unwatch?.();
    this.#follow([]);
  }

  protected override willUpdate(): void {
    this.#follow(this.#shown());
  }

  override render() {
    const all = this.#ofSlot();
    const shown = this.#shown();
    if (all.length === 0) return nothing;
    const hidden = all.length - shown.length;
    return html`<div class="bar panels-h ${this.plugin === null ? '' : 'vh'}">
        ${this.plugin === null ? html`<h2>Panels</h2>` : nothing}
        ${hidden === 0 ? nothing : html`<button type="button" class="btn btn-g btn-s push" aria-haspopup="menu" data-test="panels-hidden" @click=${() => this.#open('hidden')}>${hidden} hidden${icon('chevron-down', 's')}</button>`}
      </div>
      <div
        class="panels"
        data-test="panels"
        @mx-panel-action=${this.#act}
        @mx-panel-restart=${this.#restart}
        @mx-panel-log=${this.#log}
        @mx-panel-menu=${(event: CustomEvent<{ panel: string; anchor: Element }>) => this.#open(event.detail)}
      >
        ${repeat(
          shown,
          ({ id }) => id,
          (panel) => this.#panel(panel),
        )}
      </div>
      ${this.#menuOf(all, shown)}`;
  }

  #panel(panel: PanelResource) {
    const store = this.#stores.get(panel.id);
    const { view = null, at = null, error = null, left_out = [] } = store?.shown ?? {};
    return html`<mx-panel
      class="size-${panel.size}"
      data-panel=${panel.id}
      .panel=${panel}
      .view=${view}
      .state=${store?.state ?? 'loading'}
      .at=${at}
      .error=${error}
      .leftOut=${left_out}
      .arrangeable=${this.plugin === null}
    ></mx-panel>`;
  }

  #menuOf(all: readonly PanelResource[], shown: readonly PanelResource[]) {
    if (this.menu === null) return nothing;
    const close = () => this.#open(null);
    if (this.menu === 'hidden') {
      const items = all
        .filter(({ id }) => !shown.some((one) => one.id === id))
        .map(({ id, title }) => ({ value: id, label: `Show ${visible(title)}` }));
      return html`<mx-menu .label=${'Hidden panels'} .items=${items} @mx-select=${this.#unhide} @mx-close=${close}></mx-menu>`;
    }
    const { panel, anchor } = this.menu;
    const at = shown.findIndex(({ id }) => id === panel);
    const items = [
      { value: 'earlier', label: 'Move to the front', icon: 'arrow-left' as const, disabled: at <= 0 },
      { value: 'later', label: 'Move to the back', icon: 'arrow-right' as const, disabled: at >= shown.length - 1 },
      { value: 'hide', label: 'Hide', icon: 'x' as const },
    ];
    return html`<mx-menu .label=${'Arrange'} .anchor=${anchor} .placement=${'bottom-end'} .items=${items} @mx-select=${(event: CustomEvent<string>) => this.#arrange(panel, event.detail)} @mx-close=${close}></mx-menu>`;
  }

  #ofSlot(): readonly PanelResource[] {
    const slot = this.slot || 'dashboard';
    if (this.plugin !== null)
      return this.panels.filter(({ plugin, slot: at }) => plugin === this.plugin && at !== 'session');
    return this.panels.filter((panel) => panel.slot === slot && (slot !== 'session' || this.sessionId !== null));
  }

  #shown(): readonly PanelResource[] {
    const all = this.#ofSlot();
    return this.plugin === null ? arranged(all, this.#places.value) : all;
  }

  async #load(): Promise<void> {
    const list = await app.attempt('Panels not loaded', () => app.rest.panels());
    if (list) this.panels = list.items;
  }

  /** Exactly the panels that are shown run. */
  #follow(shown: readonly PanelResource[]): void {
    const socket = app.connected.value?.socket;
    const session_id = this.slot === 'session' && this.plugin === null ? (this.sessionId ?? undefined) : undefined;
    for (const [id, store] of this.#stores) {
      if (socket && store.session_id === session_id && shown.some((panel) => panel.id === id)) continue;
      store.close();
      this.#stores.delete(id);
    }
    if (!socket || !this.isConnected) return;
    for (const { id } of shown) {
      if (this.#stores.has(id)) continue;
      const store = new PanelStore({ rest: app.rest, socket, id, session_id });
      store.subscribe(() => this.#changed());
      this.#stores.set(id, store.open());
    }
  }

  #changed(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.requestUpdate();
    });
  }

  #act(event: CustomEvent<PanelAct>): void {
    const { panel, action, input } = event.detail;
    const title = this.panels.find(({ id }) => id === panel)?.title ?? panel;
    void app.attempt(`${visible(title)}: not done`, async () => this.#stores.get(panel)?.act(action, input));
  }

  #restart(event: CustomEvent<{ panel: string }>): void {
    void app.attempt('Panel not restarted', async () => this.#stores.get(event.detail.panel)?.restart());
  }

  #log(event: CustomEvent<{ plugin: string }>): void {
    app.router.go(paths.plugin(event.detail.plugin));
  }

  #open(menu: Menu): void {
    this.menu = menu;
  }

  #arrange(panel: string, value: string): void {
    const places = this.#places.value;
    const shown = arranged(this.#ofSlot(), places).map(({ id }) => id);
    this.#places.keep(
      value === 'hide' ? hide(places, panel) : moved(places, shown, panel, value === 'earlier' ? -1 : 1),
    );
    this.#open(null);
  }

  #unhide(event: CustomEvent<string>): void {
    this.#places.keep(unhide(this.#places.value, event.detail));
    this.#open(null);
  }
}
