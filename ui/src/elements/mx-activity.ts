import type { ActivityNote } from '@maestro/core/protocol';
import { html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { paths } from '../state/route.js';
import { timeOfDay } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';

const SHOWN = 8;

/** The last notable things that happened, newest first. */
@customElement('mx-activity')
export class MxActivity extends MaestroElement {
  @property({ attribute: false }) notes: readonly ActivityNote[] = [];

  override render() {
    return html`<section class="rail-sec" aria-labelledby="rail-activity">
      <div class="rail-h"><h2 id="rail-activity">Activity</h2></div>
      ${
        this.notes.length === 0
          ? html`<p class="t12 t3">Nothing since the server started.</p>`
          : html`<ol class="notes t12">
              ${this.notes.slice(0, SHOWN).map(
                ({ at, session_id, agent_name, text, kind }) => html`<li data-test="note" data-kind=${kind}>
                  <time class="t3 num" datetime=${at}>${timeOfDay(at)}</time>
                  <span class="trunc" title="${visible(agent_name)} ${visible(text)}"><a href=${paths.session(session_id)}>${visible(agent_name)}</a> <span class="t2">${visible(text)}</span></span>
                </li>`,
              )}
            </ol>`
      }
    </section>`;
  }
}
