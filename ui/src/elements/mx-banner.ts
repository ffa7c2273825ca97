import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** One line over the page about the connection, said once per state. */
@customElement('mx-banner')
export class MxBanner extends MaestroElement {
  @property() heading = '';
  @property() text = '';
  @property() action = '';

  override render() {
    return html`<div class="banner" role="alert" data-test="banner">
      <span class="c-warn">${icon('unplug')}</span>
      <span><b class="fw6">${this.heading}</b> <span class="t2">${this.text}</span></span>
      ${
        this.action === ''
          ? nothing
          : html`<button type="button" class="btn btn-s push" @click=${() => this.emit('mx-action')}>${this.action}</button>`
      }
    </div>`;
  }
}
