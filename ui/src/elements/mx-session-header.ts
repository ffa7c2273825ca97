import type { ModelResource, ProviderResource, Session } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { statusWords } from '../text/status.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import './mx-model-pick.js';
import { statusGlyph } from './mx-status.js';
import { pick } from './pick.js';

/** Who this is, and what answers the next message. */
@customElement('mx-session-header')
export class MxSessionHeader extends MaestroElement {
  @property({ attribute: false }) session: Session | null = null;
  @property({ attribute: false }) providers: readonly ProviderResource[] = [];
  @property({ attribute: false }) models: readonly ModelResource[] = [];
  @property({ attribute: false }) slotOf: (provider: string) => string = () => 's1';

  override render() {
    const { session } = this;
    if (!session) return html`<header class="chat-top"><h1 tabindex="-1">Session</h1></header>`;
    return html`<header class="chat-top" data-test="session-header" data-status=${session.status}>
      ${statusGlyph(session.status)}
      <h1 class="trunc" tabindex="-1">${visible(session.agent_name)}</h1>
      <span class="vh" role="status">${statusWords[session.status]}</span>
      ${session.role === null ? nothing : html`<span class="t12 t3 hide-m">${visible(session.role)}</span>`}
      <span class="t3 hide-m" aria-hidden="true">/</span>
      <span class="t2 trunc hide-m dir" title=${session.working_directory}>${visible(session.title ?? session.working_directory)}</span>
      <div class="row row-3 push">
        ${this.#provider(session)} ${this.#model(session)}
      </div>
    </header>`;
  }

  #provider(session: Session) {
    return pick({
      name: 'Provider, from the next message',
      test: 'session-provider',
      value: session.provider,
      slot: this.slotOf(session.provider),
      options: this.providers.map(({ id, label, ready }) => ({
        value: id,
        label: ready ? label : `${label} (no key)`,
      })),
      change: (provider) => this.emit('mx-config-change', { provider }),
      small: true,
    });
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
}
