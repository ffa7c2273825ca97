import type { PanelInput, PanelStoreState } from '@maestro/core/client';
import type { View } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { timeOfDay } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import { drawView } from './panel-view.js';

export interface PanelAct {
  panel: string;
  action: string;
  input: PanelInput;
}

let made = 0;

/**
 * A panel of a plugin in its frame: title left, plugin right, the view below; and what there is to say while there is
 * none. Tells `mx-panel-action`, `mx-panel-restart`, `mx-panel-log` and `mx-panel-menu`.
 */
@customElement('mx-panel')
export class MxPanel extends MaestroElement {
  @property({ attribute: false }) panel: { id: string; title: string; plugin: string } | null = null;
  @property({ attribute: false }) view: View | null = null;
  @property({ reflect: true }) state: PanelStoreState = 'loading';
  /** When the view came. */
  @property({ attribute: false }) at: string | null = null;
  @property({ attribute: false }) error: { code: string; message: string } | null = null;
  /** What was left out of the view, one sentence each. */
  @property({ attribute: false }) leftOut: readonly string[] = [];
  /** Whether it has a menu: moving and hiding are for whoever holds it. */
  @property({ type: Boolean }) arrangeable = false;
  readonly #id = `panel-${++made}`;
  /** Logs whose newest line was in view before they grew. */
  #atEnd: HTMLElement[] = [];

  protected override willUpdate(_changed: PropertyValues): void {
    this.#atEnd = this.#logs().filter((log) => log.scrollTop + log.clientHeight >= log.scrollHeight - 4);
  }

  protected override updated(_changed: PropertyValues): void {
    for (const log of this.#logs()) {
      const isNew = !log.dataset.seen;
      log.dataset.seen = '1';
      if (isNew || this.#atEnd.includes(log)) log.scrollTop = log.scrollHeight;
    }
  }

  override render() {
    const { title = '', plugin = '' } = this.panel ?? {};
    return html`<section class="card pv" aria-labelledby="${this.#id} ${this.#id}-of" data-el="mx-panel" data-test="panel" @mx-act=${this.#act}>
      <header class="card-h">
        <h3 class="t12" id=${this.#id}>${visible(title)}</h3>
        ${this.state === 'stale' && this.at ? html`<span class="t12 t3 num" data-test="panel-stale">stale ${timeOfDay(this.at)}</span>` : nothing}
        <span class="src t12 trunc" id="${this.#id}-of">${visible(plugin)}</span>
        ${this.arrangeable ? html`<button type="button" class="btn btn-g btn-s btn-i" aria-label="Arrange ${visible(title)}" aria-haspopup="menu" data-test="panel-menu" @click=${this.#menu}>${icon('ellipsis', 's')}</button>` : nothing}
      </header>
      <div class="card-b">${this.#problem()}${this.#body(title)}${this.#left()}</div>
    </section>`;
  }

  #body(title: string) {
    if (this.view && this.state !== 'off') {
      const state = this.state === 'stale' ? 'stale' : 'live';
      return drawView(this.view, { title, state, asOf: this.at ? timeOfDay(this.at) : '' });
    }
    if (this.state === 'loading') {
      return html`<div class="pv-stack" role="status" aria-label="Loading ${visible(title)}"><i class="skel skel-40"></i><i class="skel skel-90"></i><i class="skel skel-70"></i></div>`;
    }
    if (this.state === 'off') return html`<p class="t12 t3" data-test="panel-off">Off. Its plugin is not running.</p>`;
    return nothing;
  }

  #problem() {
    if (this.state !== 'error') return nothing;
    const { code = '', message = '' } = this.error ?? {};
    return html`<div class="pv-error" role="alert" data-test="panel-error">
      <p class="row row-2 c-error">${icon('circle-alert', 's')}<b>This panel broke</b><span class="mono t11 t3">${code}</span></p>
      <p class="t12 t2">${visible(message)}</p>
      <div class="row row-2">
        <button type="button" class="btn btn-s" data-test="panel-restart" @click=${() => this.emit('mx-panel-restart', { panel: this.panel?.id ?? '' })}>Restart</button>
        <button type="button" class="btn btn-s btn-g" data-test="panel-log" @click=${() => this.emit('mx-panel-log', { panel: this.panel?.id ?? '', plugin: this.panel?.plugin ?? '' })}>Log</button>
      </div>
    </div>`;
  }

  #left() {
    if (this.leftOut.length === 0 || this.state === 'off') return nothing;
    return html`<p class="t11 t3 pv-left" data-test="panel-left-out">Not all of it is shown: ${this.leftOut.map(visible).join('; ')}.</p>`;
  }

  #logs(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('[data-follow]')];
  }

  #act(event: CustomEvent<{ action: string; input: PanelInput }>): void {
    event.stopPropagation();
    const detail: PanelAct = { panel: this.panel?.id ?? '', ...event.detail };
    if (!this.emit('mx-panel-action', detail)) event.preventDefault();
  }

  #menu(event: Event): void {
    this.emit('mx-panel-menu', { panel: this.panel?.id ?? '', anchor: event.currentTarget });
  }
}
