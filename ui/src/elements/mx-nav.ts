import type { SocketState } from '@maestro/core/client';
import type { Session } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { IconName } from '../icons/names.js';
import { paths, type Route } from '../state/route.js';
import type { Theme } from '../state/theme.js';
import { duration } from '../text/format.js';
import { groupOf, statusWords } from '../text/status.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { brandMark, icon, keys } from './icon.js';
import './mx-menu.js';
import { statusGlyph } from './mx-status.js';

const connectionWords: Record<SocketState, [word: string, tone: string]> = {
  online: ['Connected', 'c-ok'],
  reconnecting: ['Reconnecting', 'c-warn'],
  offline: ['Offline', 'c-error'],
};

const themeItems: { value: Theme; label: string }[] = [
  { value: 'system', label: 'Like the system' },
  { value: 'dark', label: 'Dark' },
  { value: 'light', label: 'Light' },
];

/** All sessions and pages; as a rail of glyphs where there is little room. */
@customElement('mx-nav')
export class MxNav extends MaestroElement {
  @property({ attribute: false }) sessions: readonly Session[] = [];
  /** Before the list has come, that it is empty means nothing. */
  @property({ type: Boolean }) loaded = true;
  @property({ attribute: false }) current: Route = { page: 'dashboard' };
  @property({ attribute: false }) connection: SocketState = 'reconnecting';
  /** Milliseconds to the server and back. */
  @property({ attribute: false }) latency: number | null = null;
  @property() theme: Theme = 'system';
  @property({ type: Boolean }) collapsed = false;
  @state() private choosing = false;

  override render() {
    const needs = this.sessions.filter(({ status }) => groupOf(status) === 'needs').length;
    return html`<nav class="nav" aria-label="Main" data-test="nav">
      <div class="nav-top">
        <a class="brand" href="/">${brandMark()}<span>Maestro</span></a>
        <button
          type="button"
          class="btn btn-g btn-s btn-i push"
          aria-label=${this.collapsed ? 'Widen sidebar' : 'Collapse sidebar'}
          aria-keyshortcuts="Control+B"
          @click=${() => this.emit('mx-toggle')}
        >
          ${icon('panel-left')}
        </button>
      </div>
      <button type="button" class="nav-search" title="Search or run" aria-keyshortcuts="Control+K" data-test="palette-open" @click=${() => this.emit('mx-palette')}>
        ${icon('search', 's')}<span class="lbl grow">Search or run</span>${keys('Ctrl', 'K')}
      </button>
      <div class="nav-scroll">
        ${this.#page('/', 'layout-grid', 'Dashboard', 'dashboard', needs)} ${this.#page(paths.usage, 'chart-column', 'Usage', 'usage')}
        <div class="nav-h">
          <span>Sessions</span>
          <button type="button" class="btn btn-g btn-xs btn-i" aria-label="New session" data-test="nav-new-session" @click=${() => this.emit('mx-new-session')}>
            ${icon('plus', 's')}
          </button>
        </div>
        <hr class="nav-sep" aria-hidden="true">
        ${this.loaded && this.sessions.length === 0 ? html`<p class="nav-none">None yet</p>` : nothing}
        <div class="nav-list">
          ${repeat(
            this.sessions,
            ({ session_id }) => session_id,
            (session, index) => this.#session(session, index),
          )}
        </div>
        <div class="nav-h"><span>Configure</span></div>
        <hr class="nav-sep" aria-hidden="true">
        ${this.#page(paths.templates, 'contact-round', 'Templates', 'templates')} ${this.#page(paths.tools, 'wrench', 'Tools', 'tools')}
        ${this.#page(paths.mcp, 'plug-zap', 'MCP servers', 'mcp')} ${this.#page(paths.credentials, 'key-round', 'Credentials', 'credentials')}
        ${this.#page(paths.plugins, 'blocks', 'Plugins', 'plugins')}
      </div>
      ${this.#foot()}
    </nav>`;
  }

  /** In a long list the open session is in sight. */
  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('current')) this.find('.nav-list [aria-current="page"]')?.scrollIntoView({ block: 'nearest' });
  }

  #page(href: string, glyph: IconName, name: string, page: Route['page'], badge = 0) {
    return html`<a class="nav-i" href=${href} title=${name} aria-current=${this.current.page === page ? 'page' : nothing}>
      ${icon(glyph)}<span>${name}</span>
      ${
        badge > 0
          ? html`<span class="badge badge-w" title="${badge === 1 ? '1 session needs' : `${badge} sessions need`} you" data-test="needs-you">${badge}<span class="vh"> need you</span></span>`
          : nothing
      }
    </a>`;
  }

  #session({ session_id, agent_name, status }: Session, index: number) {
    const isCurrent = this.current.page === 'session' && this.current.id === session_id;
    const name = visible(agent_name);
    return html`<a class="nav-i" href=${paths.session(session_id)} title="${name}, ${statusWords[status]}" data-test="nav-session" aria-current=${isCurrent ? 'page' : nothing}>
      ${statusGlyph(status)}<span class="trunc">${name}</span><span class="vh">, ${statusWords[status]}</span>
      ${index < 9 ? html`<span class="nav-idx" aria-hidden="true">${index + 1}</span>` : nothing}
    </a>`;
  }

  #foot() {
    const [word, tone] = connectionWords[this.connection];
    return html`<div class="nav-foot">
      <span class="dot ${tone}" aria-hidden="true"></span><span class="lbl" data-test="connection" data-state=${this.connection}>${word}</span>
      ${this.latency === null ? nothing : html`<span class="lbl t3 num" title="To the server and back" data-test="latency">${duration(this.latency)}</span>`}
      <button
        type="button"
        class="btn btn-g btn-s btn-i push"
        aria-label="Change theme"
        title="Theme"
        aria-haspopup="menu"
        aria-expanded=${this.choosing ? 'true' : 'false'}
        data-test="theme-menu"
        @click=${() => this.#choose(true)}
      >
        ${icon('sun-moon')}
      </button>
      <button type="button" class="btn btn-g btn-s btn-i" aria-label="Keyboard shortcuts" title="Keyboard shortcuts" data-test="shortcuts-open" @click=${() => this.emit('mx-shortcuts')}>
        ${icon('keyboard')}
      </button>
      ${
        this.choosing
          ? html`<mx-menu
              label="Theme"
              placement="top-end"
              .items=${themeItems}
              .value=${this.theme}
              @mx-select=${(event: CustomEvent<Theme>) => this.emit('mx-theme', event.detail)}
              @mx-close=${() => this.#choose(false)}
            ></mx-menu>`
          : nothing
      }
    </div>`;
  }

  #choose(open: boolean): void {
    this.choosing = open;
  }
}
