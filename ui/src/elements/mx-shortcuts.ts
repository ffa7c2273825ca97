import { html, nothing } from 'lit';
import { customElement } from 'lit/decorators.js';
import { type Shortcut, shortcuts } from '../text/shortcuts.js';
import { MaestroElement } from './element.js';
import './mx-dialog.js';

/** The list of keys. */
@customElement('mx-shortcuts')
export class MxShortcuts extends MaestroElement {
  override render() {
    return html`<mx-dialog heading="Keyboard shortcuts" size="wide" test="shortcuts" .content=${list}></mx-dialog>`;
  }
}

const list = html`<div class="dlg-b">
  <div class="keys">
    ${shortcuts.map(
      ([group, keys]) => html`<section>
        <h3>${group}</h3>
        <dl>${keys.map(line)}</dl>
      </section>`,
    )}
  </div>
</div>`;

function line({ keys, second, does }: Shortcut) {
  return html`<div>
    <dt>${does}</dt>
    <dd>
      ${keys.map((key) => html`<kbd class="kbd">${key}</kbd>`)}
      ${second === undefined ? nothing : html`<span class="then">then</span><kbd class="kbd">${second}</kbd>`}
    </dd>
  </div>`;
}
