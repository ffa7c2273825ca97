import type { Outgoing } from '@maestro/core/client';
import {
  type CompactionResource,
  type Draft,
  type Message,
  type Session,
  type SessionView,
  type ToolView,
  textOf,
} from '@maestro/core/protocol';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { continues, type Entry, entriesOf } from '../text/entries.js';
import { FollowMode } from '../text/follow.js';
import { dayName, plural } from '../text/format.js';
import { ScrollAnchor } from '../text/scroll-anchor.js';
import { SentenceStream } from '../text/sentence-stream.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import { compactionLine, modelLine, noticeLine, outgoingLine } from './log-lines.js';
import './mx-error.js';
import './mx-message.js';
import type { Lookup } from './mx-message.js';
import './mx-speaker.js';

/** Closer to an end than this, more messages are asked for. */
const APPROACH = 800;
/** Lines drawn at first, enough for a screen, and with each frame after. */
const FIRST_LINES = 12;
const MORE_LINES = 24;
const NO_MESSAGES: readonly Message[] = [];
const NO_TOOLS: ReadonlyMap<string, ToolView> = new Map();

/** The conversation. It keeps its live end in sight until the reader scrolls up; then nothing moves. */
@customElement('mx-chat-log')
export class MxChatLog extends MaestroElement {
  /** What is drawn: the live end, or another place of the history. */
  @property({ attribute: false }) view: SessionView | null = null;
  /** The live end, to count what arrives there. */
  @property({ attribute: false }) live: SessionView | null = null;
  @property({ attribute: false }) session: Session | null = null;
  /** Who answers, as people call it. */
  @property() provider = '';
  @property({ attribute: false }) outbox: readonly Outgoing[] = [];
  @property({ attribute: false }) effects: Lookup['effects'] = new Map();
  @property({ attribute: false }) agents: Lookup['agents'] = new Map();
  @property({ attribute: false }) compactions: readonly CompactionResource[] = [];
  /** Whether the conversation is known; until then nothing is said about it. */
  @property({ type: Boolean }) ready = false;
  @property({ type: Boolean }) hasOlder = false;
  @property({ type: Boolean }) hasNewer = false;
  @property({ attribute: false }) loading: 'older' | 'newer' | null = null;
  /** The message to show, as of an address or a search; each new object goes there anew. */
  @property({ attribute: false }) target: { message_id: string } | null = null;
  /** What stands below the last message, such as requests that wait for an answer. */
  @property({ attribute: false }) tail: unknown = nothing;
  @state() private unseen = 0;
  /** Lines that are drawn, counted from the end; the rest follows in the next frames. */
  @state() private lines = FIRST_LINES;
  @state() private spoken = '';
  readonly #follow = new FollowMode();
  readonly #anchor = new ScrollAnchor();
  readonly #sentences = new SentenceStream();
  readonly #sizes = new ResizeObserver(() => this.#settle());
  /** The reply that was under way when the conversation was opened, and how many parts of it had begun. */
  #begun = { message_id: '', parts: 0 };
  #all = 0;
  /** The reply whose sentences are being said. */
  #speaking: { id: string; text: string } | null = null;
  #aim: { message_id: string } | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('view') && changed.get('view')?.conversation_id !== this.view?.conversation_id) this.#opened();
    const before = changed.get('live');
    if (before && this.live) this.#count(before, this.live);
    if (changed.has('target') && this.target) this.#aimAt(this.target);
    if (changed.has('view')) this.#speak();
    if (this.#box() && !this.#follow.following) this.#anchor.hold(this.#box());
  }

  protected override firstUpdated(): void {
    this.#sizes.observe(this.#box());
  }

  protected override updated(): void {
    const inner = this.find('.log-in');
    if (inner) {
      // Lines may have come and gone with the height as it was: observed anew, it is told of before the next paint.
      this.#sizes.unobserve(inner);
      this.#sizes.observe(inner);
    }
    this.#settle();
    if (this.lines < this.#all) requestAnimationFrame(() => this.#drawMore());
  }

  override render() {
    const { view } = this;
    if (!view) return nothing;
    const all = this.#lines(view);
    this.#all = all.length;
    const isWhole = this.lines >= all.length;
    return html`<div
        class="log"
        tabindex="0"
        role="log"
        aria-label="Conversation"
        aria-live="polite"
        aria-relevant="additions"
        data-test="chat-log"
        data-state=${this.#follow.following && !this.hasNewer ? 'following' : 'detached'}
        @scroll=${this.#onScroll}
        @keydown=${this.#onKey}
      >
        <div class="log-in">
          ${this.hasOlder ? html`<p class="older" aria-live="off">${this.loading === 'older' ? 'Loading older messages' : 'Older messages above'}</p>` : nothing}
          ${repeat(
            isWhole ? all : all.slice(-this.lines),
            ([key]) => key,
            ([, line]) => line,
          )}
          ${this.hasNewer ? html`<p class="older" aria-live="off">${this.loading === 'newer' ? 'Loading newer messages' : 'Newer messages below'}</p>` : this.tail}
          ${all.length === 0 && this.ready ? this.#empty() : nothing}
        </div>
      </div>
      <mx-speaker .words=${this.spoken}></mx-speaker>
      ${
        this.unseen > 0 || !this.#follow.following || this.hasNewer
          ? html`<button type="button" class="btn new-turns" data-test="new-messages" @click=${this.toEnd}>
              ${icon('arrow-down', 's')}${this.unseen > 0 ? `${plural(this.unseen, 'new', 'new')}` : 'Live end'}
            </button>`
          : nothing
      }`;
  }

  /** Goes to the live end and stays there. */
  toEnd = (): void => {
    this.#aim = null;
    this.#anchor.drop();
    this.#setFollowing(true);
    if (this.hasNewer) this.emit('mx-live-end');
    this.requestUpdate();
    this.#settle();
  };

  #opened(): void {
    const { view } = this;
    this.#begun = { message_id: view?.draft?.message_id ?? '', parts: view?.draft?.parts.length ?? 0 };
    this.#follow.resume();
    this.#anchor.drop();
    this.#aim = null;
    this.unseen = 0;
    this.spoken = '';
    this.lines = FIRST_LINES;
  }

  /** A screen is there at once; what stands above it comes while nobody can have looked for it yet. */
  #drawMore(): void {
    this.lines = this.lines + MORE_LINES >= this.#all ? Number.MAX_SAFE_INTEGER : this.lines + MORE_LINES;
  }

  #aimAt(target: { message_id: string }): void {
    this.#aim = target;
    this.#setFollowing(false);
    this.lines = Number.MAX_SAFE_INTEGER;
  }

  /** The message that was asked for, or the one its results stand with, comes into sight and takes the focus. */
  #arrive({ message_id }: { message_id: string }): void {
    const shown = this.#shownFor(message_id);
    const article = shown && this.find(`article[data-id="${CSS.escape(shown)}"]`);
    if (!article) return;
    this.#aim = null;
    article.scrollIntoView({ block: 'center' });
    for (const other of this.querySelectorAll('.found')) other.classList.remove('found');
    article.classList.add('found');
    if (!(document.activeElement instanceof HTMLInputElement)) {
      article.tabIndex = -1;
      article.focus({ preventScroll: true });
    }
    this.#anchor.hold(this.#box());
    // Its blocks are drawn after it and may move it.
    requestAnimationFrame(() => article.scrollIntoView({ block: 'center' }));
  }

  #shownFor(message_id: string): string | undefined {
    const messages = this.view?.messages ?? [];
    const at = messages.findIndex(({ id }) => id === message_id);
    return messages.slice(0, at + 1).findLast(({ role }) => role !== 'tool')?.id;
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
    const entries = entriesOf(view, this.compactions);
    const lines = entries.map((entry): [string, TemplateResult] => [entry.key, this.#entry(entry, view)]);
    if (this.hasNewer) return lines;
    for (const item of this.outbox)
      lines.push([item.client_key, outgoingLine(item, (name) => this.emit(name, item.client_key))]);
    if (view.draft) lines.push([view.draft.message_id, this.#draft(view, entries.at(-1))]);
    if (view.turn.retry || view.turn.waiting || view.turn.state === 'failed' || view.turn.state === 'interrupted') {
      const of = { turn: view.turn, messages: view.messages };
      lines.push([
        'turn',
        html`<mx-error .turn=${of.turn} .messages=${of.messages} .provider=${this.provider}></mx-error>`,
      ]);
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
    switch (entry.kind) {
      case 'day':
        return html`<div class="day"><span>${dayName(entry.at, Date.now())}</span></div>`;
      case 'notice':
        return noticeLine(entry.notice);
      case 'compaction':
        return compactionLine(entry.compaction);
      case 'model':
        return modelLine(entry.provider, entry.model);
      case 'message': {
        const { message, joined, turn } = entry;
        const tools = holdsRunning(message, view) ? view.tools : NO_TOOLS;
        return this.#message({ message, draft: null, tools, joined, turn });
      }
    }
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
    const { turn } = this.view ?? {};
    const isLast = of.message !== null && of.message === this.live?.messages.at(-1) && this.live?.draft === null;
    const wasStopped = turn?.state === 'cancelled' && turn.turn_id === of.message?.turn_id;
    return html`<mx-message
      .message=${of.message}
      .draft=${of.draft}
      .agent=${this.session?.agent_name ?? ''}
      .model=${this.session?.model ?? ''}
      .tools=${of.tools}
      .results=${this.view?.results ?? new Map()}
      .effects=${this.effects}
      .agents=${this.agents}
      .joined=${of.joined}
      .turn=${of.turn}
      .cut=${wasStopped ? 'You stopped this turn.' : ''}
      .canContinue=${isLast && of.message?.status === 'interrupted'}
      .begun=${of.draft?.message_id === this.#begun.message_id ? this.#begun.parts : 0}
    ></mx-message>`;
  }

  /** A reply is read out by whole sentences as they come, and nothing that was there before. */
  #speak(): void {
    const draft = this.view?.draft;
    if (draft?.message_id === this.#begun.message_id) return;
    if (draft) {
      const text = draft.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n');
      this.#speaking = { id: draft.message_id, text };
      this.#say(this.#sentences.next(draft.message_id, text));
    } else if (this.#speaking) {
      const { id, text } = this.#speaking;
      this.#speaking = null;
      const message = this.view?.messages.find((one) => one.id === id);
      this.#say(this.#sentences.last(id, message ? textOf(message.parts) : text));
    }
  }

  #say(words: string): void {
    if (words !== '') this.spoken = words;
  }

  #count(before: SessionView, after: SessionView): void {
    if (before.conversation_id !== after.conversation_id) return;
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
    if (this.#aim) this.#arrive(this.#aim);
    if (this.#follow.following && !this.hasNewer) box.scrollTop = box.scrollHeight;
    else this.#anchor.restore(box);
  }

  #setFollowing(following: boolean): void {
    const was = this.#follow.following;
    if (following) this.#follow.resume();
    else this.#follow.following = false;
    this.unseen = this.#follow.unseen;
    if (was !== following) this.#told();
  }

  #told(): void {
    this.emit('mx-follow', { following: this.#follow.following });
    this.requestUpdate();
  }

  #onScroll(): void {
    const box = this.#box();
    const was = this.#follow.following;
    if (!this.hasNewer || was) this.#follow.scrolled(box);
    this.unseen = this.#follow.unseen;
    if (was !== this.#follow.following) this.#told();
    this.#anchor.hold(box);
    if (this.loading !== null || this.#follow.following || this.lines < this.#all) return;
    const below = box.scrollHeight - box.clientHeight - box.scrollTop;
    if (this.hasOlder && box.scrollTop < APPROACH) this.emit('mx-load-older');
    else if (this.hasNewer && below < APPROACH) this.emit('mx-load-newer');
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'End') this.toEnd();
  }
}

function holdsRunning(message: Message, view: SessionView): boolean {
  if (view.tools.size === 0) return false;
  return message.parts.some((part) => part.type === 'tool_call' && view.tools.has(part.id));
}
