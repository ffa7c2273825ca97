import type { ListedSession, SessionView } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { paths } from '../state/route.js';
import { unmarked } from '../text/card.js';
import { sessionCost } from '../text/format.js';
import { isBusy } from '../text/status.js';
import { type TailLine, tailOf } from '../text/tail.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import { statusGlyph } from './mx-status.js';

/** As many as the box holds, and a few more. */
const LINES = 12;

/** The live end of a session, read only. It is no live region: four of them would talk over each other. */
@customElement('mx-session-tail')
export class MxSessionTail extends MaestroElement {
  @property({ attribute: false }) session: ListedSession | null = null;
  @property({ attribute: false }) view: SessionView | null = null;
  @property({ type: Number }) lines = LINES;
  @property({ reflect: true }) state: 'live' | 'ended' = 'ended';

  protected override willUpdate(): void {
    this.state = this.session && isBusy(this.session.status) ? 'live' : 'ended';
  }

  override render() {
    const { session, view } = this;
    if (!session) return nothing;
    const name = visible(session.agent_name);
    return html`<section class="card tail" aria-label="${name}, live" data-test="session-tail" data-id=${session.session_id}>
      <header class="card-h">
        ${statusGlyph(session.status)}
        <h3 class="t12"><a href=${paths.session(session.session_id)}>${name}</a></h3>
        <span class="t12 t3 trunc">${visible(session.role ?? '')}</span>
        <span class="push t12 t3 num">${sessionCost(session.totals)}</span>
        <button type="button" class="btn btn-g btn-s btn-i" aria-label="Unpin ${name}" data-test="unpin" @click=${() => this.emit('mx-unpin', session.session_id)}>${icon('pin-off', 's')}</button>
      </header>
      <div class="tail-b">
        ${
          view
            ? repeat(
                tailOf(view, this.lines),
                ({ key }) => key,
                (line) => drawn(line),
              )
            : nothing
        }
      </div>
    </section>`;
  }
}

function drawn(line: TailLine) {
  switch (line.kind) {
    case 'user':
      return html`<p class="tail-u">${visible(line.text)}</p>`;
    case 'thought':
      return html`<p class="row row-3 t12 c-thinking">${icon('brain', 's')}<span class="trunc">${visible(line.text)}</span></p>`;
    case 'text':
      return html`<p class="tail-t">${visible(unmarked(line.text))}</p>`;
    case 'tool':
      return html`<div class="row t12 t2">
          <span class="c-tool">${icon('wrench', 's')}</span><span class="fw5 t1">${visible(line.name)}</span>
          <span class="mono trunc">${visible(line.about)}</span><span class="push t3">${line.outcome}</span>
        </div>
        ${line.output === '' ? nothing : html`<pre class="term tail-o">${visible(line.output)}</pre>`}`;
  }
}
