import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { IconName } from '../icons/names.js';
import { MaestroElement } from './element.js';
import { brandMark, icon } from './icon.js';

export interface EmptyAction {
  id: string;
  label: string;
  icon?: IconName;
  /** A link instead of a button that tells `mx-action`. */
  href?: string;
  primary?: boolean;
}

/** What stands where nothing is yet: what it would be, and how to get it. */
@customElement('mx-empty')
export class MxEmpty extends MaestroElement {
  @property() icon: IconName | 'mark' = 'search-x';
  @property() heading = '';
  @property() text = '';
  @property() tone: 'quiet' | 'accent' | 'error' = 'quiet';
  /** In a card, where many stand side by side. */
  @property({ type: Boolean }) small = false;
  /** Of the heading, in the order of the page. */
  @property({ type: Number }) level: 2 | 3 = 2;
  @property() test = 'empty';
  @property({ attribute: false }) actions: readonly EmptyAction[] = [];

  override render() {
    const tone = this.tone === 'quiet' ? '' : `c-${this.tone}`;
    return html`<div class=${this.small ? 'empty empty-s' : 'empty'} role=${this.tone === 'error' ? 'alert' : nothing} data-test=${this.test}>
      <span class="glyph ${tone}">${this.icon === 'mark' ? brandMark('l') : icon(this.icon, 'l')}</span>
      ${this.level === 2 ? html`<h2>${this.heading}</h2>` : html`<h3>${this.heading}</h3>`}
      ${this.text === '' ? nothing : html`<p>${this.text}</p>`}
      ${this.actions.length === 0 ? nothing : html`<div class="row">${this.actions.map((action) => this.#action(action))}</div>`}
    </div>`;
  }

  #action({ id, label, icon: glyph, href, primary }: EmptyAction) {
    const look = primary ? 'btn btn-p' : 'btn';
    const inside = html`${glyph ? icon(glyph, 's') : nothing}${label}`;
    if (href !== undefined) return html`<a class=${look} href=${href} data-test="empty-${id}">${inside}</a>`;
    return html`<button type="button" class=${look} data-test="empty-${id}" @click=${() => this.emit('mx-action', { id })}>${inside}</button>`;
  }
}
