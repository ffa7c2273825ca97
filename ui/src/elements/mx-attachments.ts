import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { bytes, percent } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** A file that goes along with the next message. */
export interface AttachmentItem {
  key: string;
  name: string;
  media_type: string;
  bytes: number;
  state: 'sending' | 'ready' | 'failed';
  /** From 0 to 1, while it is sent. */
  progress: number;
  problem: string;
  /** Address of a picture of it, where it is one. */
  preview: string | null;
}

/** What goes along with the next message: each with its size, how far it is, and a way to take it out again. */
@customElement('mx-attachments')
export class MxAttachments extends MaestroElement {
  @property({ attribute: false }) items: readonly AttachmentItem[] = [];

  override render() {
    if (this.items.length === 0) return nothing;
    return html`<ul class="cmp-att" aria-label="Attached files" data-test="attachments">
      ${repeat(
        this.items,
        ({ key }) => key,
        (item) => this.#item(item),
      )}
    </ul>`;
  }

  #item({ key, name, bytes: size, state, progress, problem, preview }: AttachmentItem) {
    return html`<li class="att ${state === 'failed' ? 'att-bad' : ''}" data-test="attachment" data-state=${state}>
      ${preview === null ? icon(state === 'failed' ? 'circle-alert' : 'file-text', 's') : html`<img class="att-img" src=${preview} alt="">`}
      <span class="trunc" title=${problem === '' ? name : problem}>${visible(name)}</span>
      <span class="t3 num">${state === 'sending' && progress < 1 ? html`${percent(progress)}<span class="vh"> sent</span>` : bytes(size)}</span>
      ${state === 'failed' ? html`<span class="c-error" role="alert">${visible(problem)}</span>` : nothing}
      ${
        state === 'failed'
          ? html`<button type="button" class="link" data-test="attach-again" @click=${() => this.emit('mx-attach-again', { key })}>Try again<span class="vh"> to send ${name}</span></button>`
          : nothing
      }
      <button type="button" class="t3 att-x" aria-label="Remove ${name}" data-test="detach" @click=${() => this.emit('mx-detach', { key })}>${icon('x', 's')}</button>
    </li>`;
  }
}
