import type { Draft, Message, SessionStatus, ToolResource, ToolResultPart, ToolView } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { EverySecond } from '../state/controllers.js';
import { running, timeOfDay } from '../text/format.js';
import { type DrawnPart, partsOf, partsOfDraft } from '../text/parts.js';
import { visible } from '../text/visible.js';
import { copyText } from './copy-button.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-attachment.js';
import './mx-edit-fork.js';
import './mx-markdown.js';
import { statusGlyph } from './mx-status.js';
import type { AgentShown } from './mx-subagent.js';
import './mx-subagent.js';
import './mx-thought.js';
import './mx-tool-call.js';
import './mx-usage.js';

/** What a call looks up while its message is drawn. */
export interface Lookup {
  tools: ReadonlyMap<string, ToolView>;
  results: ReadonlyMap<string, ToolResultPart>;
  effects: ReadonlyMap<string, ToolResource['effects']>;
  /** Sessions that answer calls. */
  agents: ReadonlyMap<string, AgentShown>;
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
  @property({ attribute: false }) agents: Lookup['agents'] = new Map();
  /** Parts of the draft that were under way when the page was opened: when they began is not known here. */
  @property({ attribute: false }) begun = 0;
  /** The message and those that continue it. */
  @property({ attribute: false }) turn: readonly Message[] = [];
  /** Continues the message above it: no heading of its own. */
  @property({ type: Boolean, reflect: true }) joined = false;
  /** Why it ended early, where it did and that is known; and whether it can be gone on with. */
  @property() cut = '';
  @property({ type: Boolean }) canContinue = false;
  @state() private editing = false;
  /** When the reply that is being written began, where that was seen. */
  #since: number | null = null;

  constructor() {
    super();
    new EverySecond(this, () => this.#since !== null && this.draft !== null);
  }

  /** What it says, as it was written. */
  get words(): string {
    return wordsOf(this.#parts());
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    if (this.draft && this.begun === 0) this.#since ??= Date.now();
  }

  override render() {
    if (this.draft) return this.#reply(partsOfDraft(this.draft), null);
    if (!this.message) return nothing;
    return this.message.role === 'user' ? this.#said(this.message) : this.#reply(partsOf(this.message), this.message);
  }

  #parts(): DrawnPart[] {
    if (this.draft) return partsOfDraft(this.draft);
    return this.message ? partsOf(this.message) : [];
  }

  #said(message: Message): TemplateResult {
    const parts = partsOf(message);
    const time = timeOfDay(message.created_at);
    const given = parts.filter((part) => part.kind === 'attachment');
    return html`<article aria-label="You, ${time}" data-test="message" data-role="user" data-id=${message.id}>
      <div class="msg-h"><b>You</b><span class="meta">${time}</span></div>
      ${
        this.editing
          ? html`<mx-edit-fork .value=${wordsOf(parts)} @mx-fork=${this.#fork} @mx-cancel=${this.#stopEditing}></mx-edit-fork>`
          : html`<div class="bub"><span data-test="message-text">${mentions(wordsOf(parts))}</span>${
              given.length > 0
                ? html`<div class="atts">${given.map(({ part }) => html`<mx-attachment .file=${part}></mx-attachment>`)}</div>`
                : nothing
            }</div>`
      }
      ${this.editing ? nothing : this.#actions(message)}
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
      ${cut ? this.#cutNote(message) : nothing}
      ${message ? this.#actions(message) : nothing}
    </article>`;
  }

  #heading(message: Message | null, status: SessionStatus | null): TemplateResult {
    return html`<div class="msg-h">
      ${status === null ? nothing : statusGlyph(status)}<b>${visible(this.agent)}</b>
      <span class="mono">${message?.model ?? this.model}</span>
      <span class="meta">${message ? html`<mx-usage .messages=${this.turn.length > 0 ? this.turn : [message]}></mx-usage>` : this.#clock()}</span>
    </div>`;
  }

  #clock() {
    if (this.#since === null) return nothing;
    return html`<span aria-hidden="true" data-test="reply-clock">${running(Date.now() - this.#since)}</span>`;
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
        return this.#call(part);
      case 'attachment':
        return html`<mx-attachment .part=${part.part}></mx-attachment>`;
    }
  }

  #call({ id, name, args, argsText }: Extract<DrawnPart, { kind: 'tool' }>): TemplateResult {
    const agent = this.agents.get(id);
    if (agent)
      return html`<mx-subagent
        .agent=${agent}
        .args=${args}
        .live=${this.tools.get(id)}
        .result=${this.results.get(id)}
      ></mx-subagent>`;
    return html`<mx-tool-call
      .name=${name}
      .args=${args}
      .argsText=${argsText}
      .live=${this.tools.get(id)}
      .result=${this.results.get(id)}
      .effects=${this.effects.get(name) ?? ''}
    ></mx-tool-call>`;
  }

  #cutNote({ status }: Message): TemplateResult {
    const failed = 'The reply broke off with an error.';
    const why = this.cut !== '' ? this.cut : status === 'error' ? failed : 'The reply was interrupted.';
    return html`<p class="note note-cut" data-test="interrupted">
      ${icon('octagon-pause', 's')}${why} What had arrived stays in the conversation.${
        this.canContinue
          ? html`<button type="button" class="btn btn-s btn-g push" data-test="continue" @click=${() => this.emit('mx-continue')}>${icon('play', 's')}Continue</button>`
          : nothing
      }
    </p>`;
  }

  /** They show while the message is pointed at or holds the focus. */
  #actions(message: Message): TemplateResult {
    const isUser = message.role === 'user';
    return html`<div class="msg-a" data-test="message-actions">
      ${action('Copy message', 'copy', () => this.#copy())}
      ${isUser ? action('Edit and fork', 'pencil', () => this.#edit()) : nothing}
      ${action('Fork from here', 'corner-down-right', () => this.emit('mx-fork', { at_message_id: message.id }))}
      ${action('Copy link to message', 'external-link', () => this.emit('mx-copy-link', { message_id: message.id }))}
    </div>`;
  }

  #copy(): void {
    this.emit('mx-copy', { text: this.words });
    void copyText(this.words, 'Message');
  }

  #edit(): void {
    this.editing = true;
  }

  #stopEditing(): void {
    this.editing = false;
    void this.updateComplete.then(() => this.find('[aria-label="Edit and fork"]')?.focus());
  }

  #fork(event: CustomEvent<{ text: string }>): void {
    event.stopPropagation();
    this.editing = false;
    this.emit('mx-fork', { at_message_id: this.message?.id, text: event.detail.text });
  }
}

function action(label: string, name: Parameters<typeof icon>[0], act: () => void): TemplateResult {
  return html`<button type="button" class="btn btn-g btn-s btn-i" aria-label=${label} title=${label} @click=${act}>${icon(name, 's')}</button>`;
}

function wordsOf(parts: readonly DrawnPart[]): string {
  return parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n\n');
}

const MENTION = /(^|[\s(])(@[\w~][\w./~-]*)/;

/** What a person said, with the files they named set off. */
function mentions(text: string): (string | TemplateResult)[] {
  return text
    .split(MENTION)
    .map((part, index) => (index % 3 === 2 ? html`<span class="at">${visible(part)}</span>` : visible(part)));
}

function doing(last: DrawnPart | undefined): SessionStatus {
  return last === undefined || last.kind === 'thinking' ? 'thinking' : 'streaming';
}
