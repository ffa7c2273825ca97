import type { CredentialResource, ModelResource, ProviderResource, Session } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { paths } from '../state/route.js';
import { authOptions, lacksCredential } from '../text/auth-options.js';
import { statusWords } from '../text/status.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-menu.js';
import type { MenuItem } from './mx-menu.js';
import './mx-model-pick.js';
import './mx-select.js';
import { statusGlyph } from './mx-status.js';

/** What the menu of a session does. */
export type SessionAction = 'search' | 'rename' | 'fork' | 'export-markdown' | 'export-json' | 'clear' | 'delete';

const actions: (MenuItem & { value: SessionAction })[] = [
  { value: 'rename', label: 'Rename', icon: 'pencil' },
  { value: 'fork', label: 'Fork', icon: 'git-fork' },
  { value: 'export-markdown', label: 'Export as Markdown', icon: 'download' },
  { value: 'export-json', label: 'Export as JSON', icon: 'download' },
  { value: 'clear', label: 'New conversation', icon: 'message-square' },
  { value: 'delete', label: 'Delete', icon: 'trash-2', danger: true },
];

/** Who this is, what answers the next message, and what can be done with the session as a whole. */
@customElement('mx-session-header')
export class MxSessionHeader extends MaestroElement {
  @property({ attribute: false }) session: Session | null = null;
  @property({ attribute: false }) providers: readonly ProviderResource[] = [];
  @property({ attribute: false }) models: readonly ModelResource[] = [];
  @property({ attribute: false }) auths: readonly CredentialResource[] = [];
  @property({ attribute: false }) slotOf: (provider: string) => string = () => 's1';
  /** A provider that was chosen and has no credential yet. */
  @property({ attribute: false }) missing: ProviderResource | null = null;
  @state() private renaming = false;
  @state() private menu = false;

  /** Moves the focus to one of the choices. */
  focusPick(what: 'provider' | 'model'): void {
    this.find<HTMLElement>(`[data-test="session-${what}"]`)?.focus();
  }

  override render() {
    const { session } = this;
    if (!session) return html`<header class="chat-top"><h1 tabindex="-1">Session</h1></header>`;
    return html`<header class="chat-top" data-test="session-header" data-status=${session.status}>
      ${statusGlyph(session.status)}
      ${this.renaming ? this.#names(session) : this.#title(session)}
      <span class="vh" role="status">${statusWords[session.status]}</span>
      <div class="row row-3 push">
        ${this.#provider(session)} ${this.#model(session)} ${this.#auth(session)} ${this.#search()} ${this.#more()}
      </div>
    </header>`;
  }

  #title(session: Session) {
    return html`<h1 class="trunc" tabindex="-1">${visible(session.agent_name)}</h1>
      ${session.role === null ? nothing : html`<span class="t12 t3 hide-m">${visible(session.role)}</span>`}
      <span class="t3 hide-m" aria-hidden="true">/</span>
      <button type="button" class="t2 trunc hide-m dir title-b" title="${session.working_directory}: rename" data-test="session-title" @click=${this.rename}>${visible(session.title ?? session.working_directory)}<span class="vh">, rename</span></button>`;
  }

  #names(session: Session) {
    return html`<h1 class="vh" tabindex="-1">${visible(session.agent_name)}</h1>
      <form class="row row-3 names" @submit=${this.#save} @keydown=${this.#onNamesKey} data-test="rename">
        <input class="input input-s" name="agent" aria-label="Agent name" maxlength="200" required .value=${session.agent_name}>
        <input class="input input-s hide-m" name="title" aria-label="Title" maxlength="200" placeholder="Title" .value=${session.title ?? ''}>
        <button type="submit" class="btn btn-s">Save</button>
        <button type="button" class="btn btn-s btn-g" @click=${this.#stopRenaming}>Cancel</button>
      </form>`;
  }

  #provider(session: Session) {
    return html`<mx-select
      small
      label="Provider, from the next message"
      test="session-provider"
      .value=${session.provider}
      .options=${this.providers.map(({ id, label, ready }) => ({
        value: id,
        label,
        slot: this.slotOf(id),
        ...(!ready && { hint: 'no key' }),
      }))}
      @change=${(event: CustomEvent<{ value: string }>) => this.emit('mx-config-change', { provider: event.detail.value })}
    ></mx-select>`;
  }

  #model(session: Session) {
    return html`<mx-model-pick
      .models=${this.models}
      .value=${session.model}
      .control=${'session-model'}
      .name=${'Model, from the next message'}
      .small=${true}
      @mx-model=${(event: CustomEvent<{ id: string }>) => this.emit('mx-config-change', { model: event.detail.id })}
    ></mx-model-pick>`;
  }

  #auth(session: Session) {
    const { missing } = this;
    const lacking = missing ?? (lacksCredential(session.provider, this.providers) ? session.provider : null);
    if (lacking !== null) {
      const label = typeof lacking === 'string' ? this.#labelOf(lacking) : lacking.label;
      return html`<a class="btn btn-warn" href=${paths.credentials} data-test="session-no-credential">${icon('key-round', 's')}Add a key for ${visible(label)}</a>`;
    }
    const options = authOptions(session, this.auths);
    if (options.length === 0) return nothing;
    const change = ({ detail: { value } }: CustomEvent<{ value: string }>) =>
      this.emit('mx-config-change', { credential_id: value === '' ? null : value });
    return html`<span class="pick-key">${icon('key-round', 's')}<mx-select
        small
        label="Authentication, from the next message"
        test="session-auth"
        .value=${session.credential_id ?? ''}
        .options=${options}
        @change=${change}
      ></mx-select></span>`;
  }

  #labelOf(provider: string): string {
    return this.providers.find(({ id }) => id === provider)?.label ?? provider;
  }

  #search() {
    return html`<button type="button" class="btn btn-g btn-i" aria-label="Search this conversation" title="Search this conversation (Ctrl F)" aria-keyshortcuts="Control+F" data-test="session-search" @click=${() => this.emit('mx-session-action', 'search')}>${icon('search')}</button>`;
  }

  #more() {
    return html`<span class="more">
      <button type="button" class="btn btn-g btn-i" aria-label="Session actions" aria-haspopup="menu" aria-expanded=${this.menu ? 'true' : 'false'} data-test="session-menu" @click=${this.#toggleMenu}>${icon('ellipsis')}</button>
      ${this.menu ? html`<mx-menu label="Session actions" placement="bottom-end" .items=${actions} @mx-select=${this.#act} @mx-close=${this.#closeMenu}></mx-menu>` : nothing}
    </span>`;
  }

  /** Opens the fields for the name of the agent and the title. */
  rename = (): void => {
    this.renaming = true;
    void this.updateComplete.then(() => this.find<HTMLInputElement>('input')?.select());
  };

  #toggleMenu = (): void => {
    this.menu = !this.menu;
  };

  #closeMenu = (): void => {
    this.menu = false;
  };

  #act = (event: CustomEvent<SessionAction>): void => {
    event.stopPropagation();
    if (event.detail === 'rename') this.rename();
    else this.emit('mx-session-action', event.detail);
  };

  #onNamesKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.#stopRenaming();
  };

  #stopRenaming = (): void => {
    this.renaming = false;
    void this.updateComplete.then(() => this.find('h1')?.focus());
  };

  #save = (event: Event): void => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const agent_name = String(fields.get('agent') ?? '').trim();
    const title = String(fields.get('title') ?? '').trim();
    if (agent_name !== '') this.emit('mx-rename', { agent_name, title: title === '' ? null : title });
    this.#stopRenaming();
  };
}
