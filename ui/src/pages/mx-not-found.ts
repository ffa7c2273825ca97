import { html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';

@customElement('mx-not-found')
export class MxNotFound extends MaestroElement {
  @property() what: 'page' | 'session' = 'page';

  override render() {
    return html`<header class="top"><h1 tabindex="-1">Not found</h1></header>
      <div class="body">
        <div class="empty" data-test="not-found">
          <span class="glyph">${icon('search-x', 'l')}</span>
          <h2>${this.what === 'session' ? 'There is no such session' : 'There is no such page'}</h2>
          <p>${this.what === 'session' ? 'It was deleted, or the address is from another server.' : 'The address may be mistyped.'}</p>
          <div class="row"><a class="btn" href="/">Go to the dashboard</a></div>
        </div>
      </div>`;
  }
}
