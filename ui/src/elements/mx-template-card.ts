import type { TemplateResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { paths } from '../state/route.js';
import { count } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** A template in the list: a link to its place. */
@customElement('mx-template-card')
export class MxTemplateCard extends MaestroElement {
  @property({ attribute: false }) template!: TemplateResource;
  @property() provider = '';
  @property() slotName = '';
  @property({ type: Boolean }) current = false;

  override render() {
    const { id, name, role, preferred_model, tools, mcps, runs } = this.template;
    const some = (names: readonly string[]) => (names.length === 0 ? 'all' : count(names.length));
    return html`<a class="sc tc" href=${paths.template(id)} aria-current=${this.current ? 'true' : nothing} data-test="template-card" data-name=${name}>
      <span class="row"><span class="mark mark-n" aria-hidden="true">${visible(name).charAt(0).toUpperCase()}</span><span class="col col-0"><span class="fw6 trunc">${visible(name)}</span><span class="t12 t3 trunc">${role ? visible(role) : '-'}</span></span></span>
      <span class="sc-m">${this.provider === '' ? html`<span class="t3">As who calls it</span>` : html`<i class="slot ${this.slotName}" aria-hidden="true"></i><span>${visible(this.provider)}</span><span class="mono trunc t3">${visible(preferred_model ?? '')}</span>`}</span>
      <span class="sc-f"><span class="row row-2" title="Tools">${icon('wrench', 'xs')}${some(tools)}<span class="vh"> tools</span></span><span class="row row-2" title="MCP servers">${icon('plug-zap', 'xs')}${some(mcps)}<span class="vh"> MCP servers</span></span><span class="t3 push num">${count(runs)} ${runs === 1 ? 'run' : 'runs'}</span></span>
    </a>`;
  }
}
