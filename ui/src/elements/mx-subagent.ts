import type { Message, Session, SessionView, ToolResultPart, ToolView } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { EverySecond } from '../state/controllers.js';
import { paths } from '../state/route.js';
import { count, duration, money, running } from '../text/format.js';
import { type DrawnPart, gist, partsOf, partsOfDraft } from '../text/parts.js';
import { statusWords } from '../text/status.js';
import { callState, callWords } from '../text/tool-look.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-markdown.js';
import { stateWord } from './mx-tool-call.js';

/** A session that answers a call, as far as it is known here. */
export interface AgentShown {
  session_id: string;
  agent_name: string;
  session: Session | null;
  /** What it says and does; null while nobody looks. */
  view: SessionView | null;
  slot: string;
  /** Keeps `view` up to date until the undo is called. */
  follow(): () => void;
}

/** The newest of what it did are drawn; the rest is in its own session. */
const SHOWN = 12;

/** A sub-agent at work or done: one level of what it does, with the way to its own session. */
@customElement('mx-subagent')
export class MxSubagent extends MaestroElement {
  @property({ attribute: false }) agent: AgentShown | null = null;
  @property({ attribute: false }) args: unknown = null;
  @property({ attribute: false }) live: ToolView | undefined;
  @property({ attribute: false }) result: ToolResultPart | undefined;
  @property({ reflect: true }) state = '';
  @state() private opened: boolean | null = null;
  #since: number | null = null;
  /** Seen at work: then it stays open when it is done, so that nothing jumps. */
  #wasRunning = false;
  #followed = '';
  #unfollow: (() => void) | null = null;

  constructor() {
    super();
    new EverySecond(this, () => this.state === 'started');
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#watch(false);
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    this.state = callState(this.result ?? this.live?.result ?? null, this.live, false);
    if (this.state !== 'started') return;
    this.#since ??= Date.parse(this.agent?.session?.created_at ?? '') || Date.now();
    this.#wasRunning = true;
  }

  protected override updated(): void {
    this.#watch(this.#isOpen());
  }

  override render() {
    const { agent } = this;
    if (!agent) return nothing;
    const isOpen = this.#isOpen();
    return html`<section class="blk blk-agent ${agent.slot}" aria-label="Sub-agent ${visible(agent.agent_name)}, level 1" data-test="subagent" data-state=${this.state}>
      <button type="button" class="blk-h" aria-expanded=${isOpen ? 'true' : 'false'} @click=${this.#toggle}>
        ${icon('chevron-right', 'xs', 'chev')}<span class="c-accent">${icon('users', 's')}</span>
        <span class="nm trunc">${visible(agent.agent_name)}</span>
        <span class="trunc mono t2">${visible(gist(this.args))}</span>
        <span class="push">${this.#facts(agent.session)}${stateWord(callState(this.result ?? this.live?.result ?? null, this.live, false))}</span>
      </button>
      ${isOpen ? html`<div class="blk-b agent-b">${this.#body(agent)}</div>` : nothing}
    </section>`;
  }

  #isOpen(): boolean {
    return this.opened ?? (this.state === 'started' || this.#wasRunning);
  }

  #facts(session: Session | null) {
    const result = this.result ?? this.live?.result;
    const time = result ? (result.duration_ms ?? null) : null;
    const tokens = session ? session.totals.request_tokens + session.totals.response_tokens : 0;
    return html`${tokens > 0 ? html`<span>${count(tokens)} tok</span>` : nothing}${
      session && tokens > 0
        ? html`<span>${money(session.totals.total_cost_usd, session.totals.estimated)}</span>`
        : nothing
    }${time !== null ? html`<span>${duration(time)}</span>` : nothing}${
      this.state === 'started' && this.#since !== null
        ? html`<span aria-hidden="true">${running(Date.now() - this.#since)}</span>`
        : nothing
    }`;
  }

  #body({ session, session_id, view, slot }: AgentShown) {
    return html`<div class="row t12 t3">
        <i class="slot ${slot}"></i><span class="mono">${session?.model ?? ''}</span>
        <span>sub-agent, own session${session ? html`, ${statusWords[session.status].toLowerCase()}` : nothing}</span>
        <a class="link push" href=${paths.session(session_id)} data-test="open-agent">Open session</a>
      </div>
      <div class="nest">${view ? this.#doings(view) : this.#answer()}</div>`;
  }

  #doings(view: SessionView): TemplateResult {
    const messages = view.messages.filter(({ role }) => role === 'assistant');
    const parts = [
      ...messages.flatMap((message: Message) => partsOf(message)),
      ...(view.draft ? partsOfDraft(view.draft) : []),
    ];
    const left = Math.max(0, parts.length - SHOWN);
    const isLive = view.draft !== null;
    return html`${left > 0 ? html`<p class="t12 t3">${count(left)} steps before</p>` : nothing}${parts
      .slice(-SHOWN)
      .map((part, index, all) => this.#doing(part, view, isLive && index === all.length - 1))}`;
  }

  #doing(part: DrawnPart, view: SessionView, isLast: boolean) {
    if (part.kind === 'text')
      return html`<mx-markdown class="nest-md" .text=${part.text} .live=${isLast}></mx-markdown>`;
    if (part.kind === 'thinking')
      return html`<div class="row t12 nest-l c-thinking">${icon('brain', 's')}<span class="t2">${isLast ? 'Thinking' : 'Thought'}</span></div>`;
    if (part.kind !== 'tool') return nothing;
    const now = callState(view.results.get(part.id) ?? null, view.tools.get(part.id), part.argsText !== null);
    return html`<div class="row t12 t2 nest-l">
      <span class="c-tool">${icon('wrench', 's')}</span><span class="fw5 t1">${visible(part.name)}</span>
      <span class="mono trunc">${visible(gist(part.args))}</span><span class="push t3 num">${callWords[now]}</span>
    </div>`;
  }

  /** Without its session what it answered is all there is. */
  #answer() {
    const text = (this.result?.content ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n');
    return text === ''
      ? html`<p class="t12 t3">No words yet.</p>`
      : html`<mx-markdown class="nest-md" .text=${text}></mx-markdown>`;
  }

  #toggle(): void {
    this.opened = !this.#isOpen();
    this.emit('mx-toggle', { open: this.opened });
  }

  /** Its session is followed only while it is looked at. */
  #watch(isOpen: boolean): void {
    const wanted = isOpen ? (this.agent?.session_id ?? '') : '';
    if (wanted === this.#followed) return;
    this.#unfollow?.();
    this.#followed = wanted;
    this.#unfollow = wanted === '' ? null : (this.agent?.follow() ?? null);
  }
}
