import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** One line over the page about the connection. Said once per state: what counts down stands beside what is said. */
@customElement('mx-banner')
export class MxBanner extends MaestroElement {
  @property({ reflect: true }) kind: 'reconnecting' | 'offline' | 'version' = 'reconnecting';
  @property() heading = '';
  @property() text = '';
  /** Changes while one looks at it, and is not said. */
  @property() ticking = '';
  @property() action = '';

  override render() {
    const isNews = this.kind === 'version';
    return html`<div class="banner ${isNews ? 'banner-i' : ''}" data-test="banner" data-kind=${this.kind}>
      <span class=${isNews ? 'c-accent' : 'c-warn'}>${icon(isNews ? 'refresh-cw' : 'unplug')}</span>
      <span class="grow">
        <span role="alert"><b class="fw6">${this.heading}</b> <span class="t2">${this.text}</span></span>
        ${this.ticking === '' ? nothing : html`<span class="t2 num" aria-hidden="true">${this.ticking}</span>`}
      </span>
      ${
        this.action === ''
          ? nothing
          : html`<button type="button" class="btn btn-s push" data-test="banner-action" @click=${() => this.emit('mx-action')}>${this.action}</button>`
      }
    </div>`;
  }
}
