import type { Draft, Message, SessionStatus, ToolResource, ToolResultPart, ToolView } from '@maestro/core/protocol';
import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { bytes, timeOfDay } from '../text/format.js';
import { type DrawnPart, partsOf, partsOfDraft } from '../text/parts.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-markdown.js';
import './mx-thought.js';
import './mx-tool-call.js';
import './mx-usage.js';
import { statusGlyph } from './mx-status.js';

/** What a call looks up while its message is drawn. */
export interface Lookup {
  tools: ReadonlyMap<string, ToolView>;
  results: ReadonlyMap<string, ToolResultPart>;
  effects: ReadonlyMap<string, ToolResource['effects']>;
}

/** One message, or the reply that is being written. The same element serves both, so nothing is drawn twice. */
@customElement('mx-message')
export class MxMessage extends MaestroElement {
  @property({ attribute: false }) message: Message | null = null;
  @property({ attribute: false }) draft: Draft | null = null;
  @property() agent = '';
  @property() model = '';
  @property({ attribute: false }) tools: Lookup['tools'] = new Map();
  @property({ attribute: false }) results: Lookup['results'] = new Map();
  @property({ attribute: false }) effects: Lookup['effects'] = new Map();
  /** Parts of the draft that were under way when the page was opened: when they began is not known here. */
  @property({ attribute: false }) begun = 0;
  /** The message and those that continue it. */
  @property({ attribute: false }) turn: readonly Message[] = [];
  /** Continues the message above it: no heading of its own. */
  @property({ type: Boolean, reflect: true }) joined = false;

  /** What it says, as it was written. */
  get words(): string {
    const parts = this.draft ? partsOfDraft(this.draft) : this.message ? partsOf(this.message) : [];
    return parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n\n');
  }

  override render() {
    if (this.draft) return this.#reply(partsOfDraft(this.draft), null);
    if (!this.message) return nothing;
    return this.message.role === 'user' ? this.#said(this.message) : this.#reply(partsOf(this.message), this.message);
  }

  #said(message: Message): TemplateResult {
    const parts = partsOf(message);
    const text = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n');
    const time = timeOfDay(message.created_at);
    return html`<article aria-label="You, ${time}" data-test="message" data-role="user" data-id=${message.id}>
      <div class="msg-h"><b>You</b><span class="meta">${time}</span></div>
      <div class="bub" data-test="message-text">${visible(text)}</div>
    </article>`;
  }

  #reply(parts: DrawnPart[], message: Message | null): TemplateResult {
    const live = message === null;
    const cut = message !== null && message.status !== 'complete';
    const when = message ? timeOfDay(message.created_at) : 'now';
    const state = cut ? `, ${message.status === 'error' ? 'failed' : 'interrupted'}` : '';
    return html`<article
      class=${cut ? 'msg-cut' : ''}
      aria-label="${this.agent}, ${when}${state}"
      aria-busy=${live ? 'true' : 'false'}
      data-test="message"
      data-role="assistant"
      data-state=${live ? 'streaming' : message.status}
      data-id=${this.draft?.message_id ?? message?.id ?? ''}
    >
      ${this.joined ? nothing : this.#heading(message, live ? doing(parts.at(-1)) : null)}
      <div class="parts">${parts.map((part, index) => this.#part(part, index, live && index === parts.length - 1))}</div>
      ${cut ? cutNote(message) : nothing}
    </article>`;
  }

  #heading(message: Message | null, status: SessionStatus | null): TemplateResult {
    return html`<div class="msg-h">
      ${status === null ? nothing : statusGlyph(status)}<b>${visible(this.agent)}</b>
      <span class="mono">${message?.model ?? this.model}</span>
      <span class="meta">${message ? html`<mx-usage .messages=${this.turn.length > 0 ? this.turn : [message]}></mx-usage>` : nothing}</span>
    </div>`;
  }

  #part(part: DrawnPart, index: number, isLast: boolean): TemplateResult {
    switch (part.kind) {
      case 'text':
        return html`<mx-markdown data-test="message-text" .text=${part.text} .live=${isLast}></mx-markdown>`;
      case 'thinking':
        return html`<mx-thought
          .text=${part.text}
          .redacted=${part.redacted}
          .live=${isLast}
          .timed=${index >= this.begun}
        ></mx-thought>`;
      case 'tool':
        return html`<mx-tool-call
          .name=${part.name}
          .args=${part.args}
          .argsText=${part.argsText}
          .live=${this.tools.get(part.id)}
          .result=${this.results.get(part.id)}
          .effects=${this.effects.get(part.name) ?? ''}
        ></mx-tool-call>`;
      case 'attachment':
        return html`<p class="note" data-test="attachment">${icon('file-text', 's')}${visible(part.name)}, ${part.media_type}${part.bytes === null ? nothing : `, ${bytes(part.bytes)}`}</p>`;
    }
  }
}

function doing(last: DrawnPart | undefined): SessionStatus {
  return last === undefined || last.kind === 'thinking' ? 'thinking' : 'streaming';
}

function cutNote({ status }: Message): TemplateResult {
  const words =
    status === 'error'
      ? 'The reply broke off with an error. What had arrived stays in the conversation.'
      : 'The reply was interrupted. What had arrived stays in the conversation.';
  return html`<p class="note note-cut" data-test="interrupted">${icon('octagon-pause', 's')}${words}</p>`;
}
