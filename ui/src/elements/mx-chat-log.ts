import type { Outgoing } from '@maestro/core/client';
import type { Draft, Message, Notice, Session, SessionView, ToolView } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { continues, type Entry, entriesOf } from '../text/entries.js';
import { FollowMode } from '../text/follow.js';
import { dayName, plural } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-error.js';
import './mx-message.js';
import type { Lookup } from './mx-message.js';

/** Closer to the top than this, older messages are asked for. */
const APPROACH = 600;
const NO_MESSAGES: readonly Message[] = [];
const NO_TOOLS: ReadonlyMap<string, ToolView> = new Map();

/** The conversation. It keeps its live end in sight until the reader scrolls up; then nothing moves. */
@customElement('mx-chat-log')
export class MxChatLog extends MaestroElement {
  @property({ attribute: false }) view: SessionView | null = null;
  @property({ attribute: false }) session: Session | null = null;
  @property({ attribute: false }) outbox: readonly Outgoing[] = [];
  @property({ attribute: false }) effects: Lookup['effects'] = new Map();
  /** Whether the conversation is known; until then nothing is said about it. */
  @property({ type: Boolean }) ready = false;
  @property({ type: Boolean }) hasOlder = false;
  @property({ type: Boolean }) loadingOlder = false;
  /** What stands below everything that was said: requests that wait for an answer. */
  @property({ attribute: false }) tail: TemplateResult | typeof nothing = nothing;
  @state() private unseen = 0;
  readonly #follow = new FollowMode();
  readonly #sizes = new ResizeObserver(() => this.#settle());
  /** The reply that was under way when the conversation was opened, and how many parts of it had begun. */
  #begun = { message_id: '', parts: 0 };
  /** What stood at the top of the box before older messages came in above it. */
  #anchor: { element: Element; top: number } | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('view');
    if (before && this.view) this.#count(before, this.view);
    if (changed.has('view') && before?.conversation_id !== this.view?.conversation_id) this.#opened(this.view);
    if (changed.get('loadingOlder') === true) this.#holdAnchor();
  }

  protected override firstUpdated(): void {
    const inner = this.find('.log-in');
    if (inner) this.#sizes.observe(inner);
    this.#sizes.observe(this.#box());
  }

  override render() {
    const { view } = this;
    if (!view) return nothing;
    const lines = this.#lines(view);
    return html`<div
        class="log"
        tabindex="0"
        role="log"
        aria-label="Conversation"
        aria-live="polite"
        aria-relevant="additions"
        data-test="chat-log"
        @scroll=${this.#onScroll}
        @keydown=${this.#onKey}
      >
        <div class="log-in">
          ${this.hasOlder ? html`<p class="older">${this.loadingOlder ? 'Loading older messages' : 'Older messages above'}</p>` : nothing}
          ${repeat(
            lines,
            ([key]) => key,
            ([, line]) => line,
          )}
          ${lines.length === 0 && this.ready ? this.#empty() : nothing}
          ${this.tail}
        </div>
      </div>
      ${
        this.unseen > 0 || !this.#follow.following
          ? html`<button type="button" class="btn new-turns" data-test="new-messages" @click=${this.toEnd}>
              ${icon('arrow-down', 's')}${this.unseen > 0 ? `${plural(this.unseen, 'new', 'new')}` : 'Live end'}
            </button>`
          : nothing
      }`;
  }

  /** Goes to the live end and stays there. */
  toEnd = (): void => {
    this.#follow.resume();
    this.unseen = 0;
    this.requestUpdate();
    this.#settle();
  };

  #opened(view: SessionView | null): void {
    this.#begun = { message_id: view?.draft?.message_id ?? '', parts: view?.draft?.parts.length ?? 0 };
  }

  #empty(): TemplateResult {
    const { session } = this;
    return html`<div class="empty" data-test="chat-empty">
      <span class="glyph">${icon('message-square', 'l')}</span>
      <h2>Nothing said yet</h2>
      <p>Say below what to do. The agent works in</p>
      <p class="mono t12 dir">${visible(session?.working_directory ?? '')}</p>
    </div>`;
  }

  #lines(view: SessionView): [key: string, line: TemplateResult][] {
    const entries = entriesOf(view);
    const lines = entries.map((entry): [string, TemplateResult] => [entry.key, this.#entry(entry, view)]);
    for (const item of this.outbox) lines.push([item.client_key, this.#outgoing(item)]);
    if (view.draft) lines.push([view.draft.message_id, this.#draft(view, entries.at(-1))]);
    if (view.turn.retry || view.turn.waiting || view.turn.state === 'failed' || view.turn.state === 'interrupted') {
      lines.push(['turn', html`<mx-error .turn=${view.turn}></mx-error>`]);
    } else if (this.#isUnanswered(view)) {
      lines.push([
        'turn',
        html`<p class="note" data-test="stopped">${icon('octagon-pause', 's')}Stopped before a reply came.</p>`,
      ]);
    }
    return lines;
  }

  /** Stopped before anything came; a turn that ended before the page was opened is known by the rest of the session. */
  #isUnanswered({ turn, messages }: SessionView): boolean {
    const isOver = turn.state === 'cancelled' || (turn.state === 'idle' && this.session?.status === 'idle');
    return isOver && messages.at(-1)?.role === 'user';
  }

  #entry(entry: Entry, view: SessionView): TemplateResult {
    if (entry.kind === 'day') return html`<div class="day"><span>${dayName(entry.at, Date.now())}</span></div>`;
    if (entry.kind === 'notice') return noticeLine(entry.notice);
    const { message, joined, turn } = entry;
    const tools = holdsRunning(message, view) ? view.tools : NO_TOOLS;
    return this.#message({ message, draft: null, tools, joined, turn });
  }

  #draft(view: SessionView, last: Entry | undefined): TemplateResult {
    const next = { role: 'assistant', turn_id: view.draft?.turn_id ?? null, model: this.session?.model ?? '' } as const;
    const joined = last?.kind === 'message' && continues(last.message, next);
    return this.#message({ message: null, draft: view.draft, tools: view.tools, joined, turn: NO_MESSAGES });
  }

  /** One template for both: when a reply is complete, the element it grew in stays. */
  #message(of: {
    message: Message | null;
    draft: Draft | null;
    tools: Lookup['tools'];
    joined: boolean;
    turn: readonly Message[];
  }): TemplateResult {
    return html`<mx-message
      .message=${of.message}
      .draft=${of.draft}
      .agent=${this.session?.agent_name ?? ''}
      .model=${this.session?.model ?? ''}
      .tools=${of.tools}
      .results=${this.view?.results ?? new Map()}
      .effects=${this.effects}
      .joined=${of.joined}
      .turn=${of.turn}
      .begun=${of.draft?.message_id === this.#begun.message_id ? this.#begun.parts : 0}
    ></mx-message>`;
  }

  #outgoing(item: Outgoing): TemplateResult {
    const failed = item.state === 'failed';
    return html`<article class="outgoing" aria-label="You, ${failed ? 'not sent' : 'sending'}" data-test="outgoing" data-state=${item.state}>
      <div class="msg-h"><b>You</b><span class="meta">${failed ? 'Not sent' : 'Sending'}</span></div>
      <div class="bub">${visible(item.text)}</div>
      ${
        failed
          ? html`<p class="note c-error">
              ${icon('circle-alert', 's')}${item.error?.message ?? ''}
              <button type="button" class="btn btn-s push" @click=${() => this.emit('mx-resend', item.client_key)}>Send again</button>
              <button type="button" class="btn btn-s btn-g" @click=${() => this.emit('mx-discard', item.client_key)}>Discard</button>
            </p>`
          : nothing
      }
    </article>`;
  }

  #count(before: SessionView, after: SessionView): void {
    if (before.conversation_id !== after.conversation_id) {
      this.#follow.resume();
      this.unseen = 0;
      return;
    }
    const last = before.messages.at(-1)?.pos ?? 0;
    const fresh = after.messages.filter(({ pos, role }) => pos > last && (role === 'user' || role === 'assistant'));
    this.#follow.arrived(fresh.length);
    this.unseen = this.#follow.unseen;
  }

  #box(): HTMLElement {
    return this.find('.log') as HTMLElement;
  }

  /** After the size of anything changed, and before it is painted. */
  #settle(): void {
    const box = this.#box();
    if (!box) return;
    if (this.#follow.following) {
      box.scrollTop = box.scrollHeight;
    } else if (this.#anchor?.element.isConnected) {
      box.scrollTop += this.#anchor.element.getBoundingClientRect().top - this.#anchor.top;
    }
  }

  #holdAnchor(): void {
    const box = this.#box();
    const top = box.getBoundingClientRect().top;
    const element = [...box.querySelectorAll('mx-message')].find((one) => one.getBoundingClientRect().bottom > top);
    this.#anchor = element ? { element, top: element.getBoundingClientRect().top } : null;
  }

  #onScroll(): void {
    const box = this.#box();
    const was = this.#follow.following;
    this.#follow.scrolled(box);
    this.unseen = this.#follow.unseen;
    if (was !== this.#follow.following) {
      this.emit('mx-follow', { following: this.#follow.following });
      this.requestUpdate();
    }
    if (this.#anchor) this.#anchor.top = this.#anchor.element.getBoundingClientRect().top;
    if (this.hasOlder && !this.loadingOlder && box.scrollTop < APPROACH && !this.#follow.following)
      this.emit('mx-load-older');
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'End') this.toEnd();
  }
}

function holdsRunning(message: Message, view: SessionView): boolean {
  if (view.tools.size === 0) return false;
  return message.parts.some((part) => part.type === 'tool_call' && view.tools.has(part.id));
}

function noticeLine({ level, text, code }: Notice): TemplateResult {
  const tone = level === 'error' ? 'c-error' : level === 'warn' ? 'c-warn' : '';
  return html`<p class="note log-notice" data-test="notice" data-code=${code}>
    <span class=${tone}>${icon(level === 'info' ? 'info' : 'triangle-alert', 's')}</span>${visible(text)}
  </p>`;
}
