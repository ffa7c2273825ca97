import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { filterShortcuts, type Shortcut, type ShortcutGroup } from '../text/shortcuts.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-dialog.js';
import './mx-switch.js';

/** The list of keys, with a filter and the switch for single ones. Tells `mx-single-keys` and `mx-close`. */
@customElement('mx-shortcuts')
export class MxShortcuts extends MaestroElement {
  @property({ type: Boolean }) singleKeys = true;
  @state() private filter = '';

  override render() {
    return html`<mx-dialog heading="Keyboard shortcuts" size="wide" test="shortcuts" .aside=${this.#search()} .content=${this.#list()}></mx-dialog>`;
  }

  #search() {
    return html`<div class="search">
      ${icon('search', 's')}
      <input class="input" type="search" aria-label="Filter shortcuts" placeholder="Filter" autocomplete="off" data-autofocus data-test="shortcuts-filter" @input=${this.#onFilter}>
    </div>`;
  }

  #list() {
    const columns = filterShortcuts(this.filter);
    return html`<div class="dlg-b keys" tabindex="0" role="group" aria-label="Shortcuts">
        ${columns.map((groups) => html`<div class="col keys-c">${groups.map(section)}</div>`)}
        ${columns.length === 0 ? html`<p class="t2" role="status">No shortcut matches "${this.filter}".</p>` : nothing}
      </div>
      <div class="dlg-f t12 t3">
        <span class="row row-3">${icon('keyboard', 's')}Single keys work when no text field has focus.</span>
        <span class="push row row-3">
          <mx-switch label="Single-key shortcuts" data-test="single-keys" .checked=${this.singleKeys} @mx-change=${this.#onSwitch}></mx-switch>
          <span aria-hidden="true">Single-key shortcuts</span>
        </span>
      </div>`;
  }

  #onFilter = (event: Event): void => {
    this.filter = (event.target as HTMLInputElement).value;
  };

  #onSwitch = (event: CustomEvent<{ checked: boolean }>): void => {
    this.emit('mx-single-keys', event.detail.checked);
  };
}

function section({ name, list }: ShortcutGroup) {
  return html`<section>
    <h3>${name}</h3>
    <dl>${list.map(line)}</dl>
  </section>`;
}

function line({ keys, second, does }: Shortcut) {
  return html`<div>
    <dt>${does}</dt>
    <dd>
      ${keys.map(cap)}
      ${second === undefined ? nothing : html`<span class="then">then</span>${second.map(cap)}`}
    </dd>
  </div>`;
}

function cap(key: string) {
  return html`<kbd class="kbd">${key}</kbd>`;
}
