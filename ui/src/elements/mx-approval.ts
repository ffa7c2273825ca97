import type { ApprovalResource, ContentPart } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { EverySecond } from '../state/controllers.js';
import { paths } from '../state/route.js';
import { askedFor, coverage, proposedChange, proposedCommand } from '../text/approval.js';
import { changedLines } from '../text/diff-rows.js';
import { running } from '../text/format.js';
import { gist } from '../text/parts.js';
import { plain } from '../text/plain.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon, keys } from './icon.js';
import './mx-diff.js';
import './mx-question.js';
import { statusGlyph } from './mx-status.js';

/** What `mx-approve` tells. */
export interface ApprovalSaid {
  id: string;
  decision: 'allow' | 'always' | 'deny' | 'dismiss';
  args?: Record<string, unknown>;
  answer?: Record<string, unknown>;
}

/** Said once for each request, however often it is drawn. */
const announced = new Set<string>();

/**
 * Something that waits for a person: leave to run a tool, a question, a limit that was reached. Its keys work only while
 * it has the focus, so that nothing is allowed by a key that was meant for something else.
 */
@customElement('mx-approval')
export class MxApproval extends MaestroElement {
  @property({ attribute: false }) approval: ApprovalResource | null = null;
  /** What it would change, where its tool told; else that is made of the arguments. */
  @property({ attribute: false }) preview: readonly ContentPart[] = [];
  /** As it stands on a card: what is asked in a line, and the short answers. */
  @property({ type: Boolean }) compact = false;
  @property({ reflect: true }) state: 'waiting' | 'sent' | 'expired' = 'waiting';
  @state() private problem = '';
  @state() private editing = false;
  @state() private remembers = false;
  #isAnnounced = false;

  constructor() {
    super();
    new EverySecond(this, () => this.state === 'waiting');
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { approval } = this;
    if (!approval || !changed.has('approval')) return;
    if (approval.state !== 'open') this.state = 'expired';
    if (changed.get('approval')?.id === approval.id) return;
    this.state = approval.state === 'open' ? 'waiting' : 'expired';
    this.problem = '';
    this.editing = false;
    this.remembers = false;
    this.#isAnnounced = announced.has(approval.id);
    announced.add(approval.id);
  }

  /** Where the answer was not taken: why, and whether somebody else was quicker. */
  refused(message: string, isOver: boolean): void {
    this.problem = message;
    this.state = isOver ? 'expired' : 'waiting';
  }

  override focus(): void {
    this.find('[role="group"]')?.focus();
  }

  override render() {
    const { approval } = this;
    if (!approval) return nothing;
    return this.compact ? this.#card(approval) : this.#block(approval);
  }

  #card(approval: ApprovalResource) {
    const change = this.#change(approval);
    const what = approval.kind === 'tool' ? gist(approval.args) : (approval.form?.title ?? approval.title);
    return html`<div role="group" tabindex="-1" aria-label=${visible(askedFor(approval))} data-test="approval" data-id=${approval.id} @keydown=${this.#onKey}>
      <div class="sc-p mono"><span class="trunc">${visible(approval.tool ?? 'Question')}</span><span class="trunc t2">${visible(what)}</span></div>
      <div class="sc-x">
        <span class="mono t12 trunc">${change ? counts(change.hunks) : nothing}</span>
        <a class="btn btn-s push" href=${paths.session(approval.root_session_id)} data-test="review">Review</a>
        ${
          approval.kind === 'tool'
            ? html`<button type="button" class="btn btn-s" data-test="deny" @click=${() => this.#say({ decision: 'deny' })}>Deny</button>
              <button type="button" class="btn btn-s btn-ok" data-test="approve" aria-disabled=${this.#isOff} @click=${this.#approve}>${icon('check', 's')}Approve</button>`
            : nothing
        }
      </div>
      ${this.#state()} ${this.#announcement(approval)}
    </div>`;
  }

  #block(approval: ApprovalResource) {
    const change = this.#change(approval);
    const isTool = approval.kind === 'tool';
    return html`<section class="blk blk-warn ask" role="group" tabindex="-1" aria-label=${visible(askedFor(approval))} data-test="approval" data-id=${approval.id} data-kind=${approval.kind} @keydown=${this.#onKey}>
      <div class="blk-h">
        ${statusGlyph('approval')}
        ${
          isTool
            ? html`<span class="nm trunc">${visible(approval.tool ?? approval.title)}</span><span class="mono trunc">${visible(gist(approval.args))}</span>`
            : html`<span class="nm ask-t">${visible(approval.form?.title ?? approval.title)}</span>`
        }
        ${approval.session_id === approval.root_session_id ? nothing : html`<span class="t3 trunc">for ${visible(approval.agent_name)}</span>`}
        <span class="push">${change ? html`<span>${counts(change.hunks)}</span>` : nothing}${this.#clock(approval)}</span>
      </div>
      <div class="blk-b">
        ${isTool ? this.#about(approval, change) : this.#question(approval)}
        ${this.#state()}
        ${isTool ? (this.editing ? nothing : this.#answers(approval)) : nothing}
      </div>
      ${this.#announcement(approval)}
    </section>`;
  }

  #change(approval: ApprovalResource) {
    return this.preview.find((part) => part.type === 'diff') ?? proposedChange(approval);
  }

  #about(approval: ApprovalResource, change: ReturnType<typeof proposedChange>) {
    if (this.editing) return this.#editor(approval);
    const command = proposedCommand(approval);
    if (change) return html`<mx-diff .path=${change.path} .hunks=${change.hunks}></mx-diff>`;
    if (command !== null)
      return html`<pre class="code wrap" tabindex="0" role="group" aria-label="Command" data-test="approval-command">${plain(command)}</pre>`;
    return html`<pre class="code wrap" tabindex="0" role="group" aria-label="Arguments" data-test="approval-args">${visible(JSON.stringify(approval.args, null, 2) ?? '')}</pre>`;
  }

  #question(approval: ApprovalResource) {
    const { form } = approval;
    if (!form) return nothing;
    return html`<div class="ask-q">
      ${form.from === undefined ? nothing : html`<p class="t12 t3">Asked by ${visible(form.from)}</p>`}
      <mx-question
        .form=${form}
        .busy=${this.state !== 'waiting'}
        @mx-answer=${(event: CustomEvent<{ values: Record<string, unknown> }>) => this.#say({ decision: 'allow', answer: event.detail.values })}
        @mx-decline=${() => this.#say({ decision: 'deny' })}
      ></mx-question>
    </div>`;
  }

  #answers(approval: ApprovalResource) {
    const covered = coverage(approval);
    return html`<div class="row ask-f">
      ${
        covered === null
          ? nothing
          : html`<label class="check t12 t2 trunc" title=${visible(covered.pattern ?? covered.tool)}><input type="checkbox" data-test="remember" .checked=${this.remembers} @change=${this.#remember}><span class="trunc">Do not ask again in this session for <span class="mono">${visible(covered.pattern ?? covered.tool)}</span></span></label>`
      }
      <button type="button" class="btn push" data-test="deny" aria-keyshortcuts="D" aria-disabled=${this.#isOff} @click=${() => this.#say({ decision: 'deny' })}>Deny${keys('D')}</button>
      <button type="button" class="btn" data-test="edit" aria-keyshortcuts="E" aria-disabled=${this.#isOff} @click=${this.#edit}>${icon('pencil', 's')}Edit${keys('E')}</button>
      <button type="button" class="btn btn-p" data-test="approve" aria-keyshortcuts="A" aria-disabled=${this.#isOff} @click=${this.#approve}>Approve${keys('A')}</button>
    </div>`;
  }

  #editor(approval: ApprovalResource) {
    const text = JSON.stringify(approval.args, null, 2);
    return html`<div class="ask-q">
      <label class="field"><span class="label">Arguments, as JSON</span>
        <textarea class="input mono" rows=${Math.min(16, text.split('\n').length + 1)} spellcheck="false" data-test="edit-args" aria-invalid=${this.problem === '' ? nothing : 'true'} .value=${text} @keydown=${this.#onEditorKey}></textarea>
      </label>
      <div class="row ask-f">
        <button type="button" class="btn btn-g push" data-test="edit-cancel" @click=${this.#stopEditing}>Cancel</button>
        <button type="button" class="btn btn-p" data-test="edit-approve" @click=${this.#approveEdited}>Approve as edited</button>
      </div>
    </div>`;
  }

  #state() {
    if (this.problem !== '')
      return html`<p class="problem ask-s" role="alert" data-test="approval-problem">${icon('circle-alert', 's')}${visible(this.problem)}</p>`;
    if (this.state === 'sent') return html`<p class="note ask-s" role="status">Answer sent</p>`;
    if (this.state !== 'expired') return nothing;
    const by = this.approval?.resolved_by;
    return html`<p class="note ask-s" role="status">${by ? `Answered by ${visible(by)}` : 'Nobody waits for this any more'}</p>`;
  }

  /** The clock is not read out, or it would be every second. */
  #clock({ created_at }: ApprovalResource) {
    const ms = Date.now() - Date.parse(created_at);
    return html`<span class="num" aria-live="off">waiting ${running(Math.max(0, ms))}</span>`;
  }

  #announcement(approval: ApprovalResource) {
    return this.#isAnnounced ? nothing : html`<span class="vh" role="alert">${visible(askedFor(approval))}</span>`;
  }

  get #isOff() {
    return this.state === 'waiting' ? nothing : 'true';
  }

  #onKey = (event: KeyboardEvent): void => {
    const isField =
      event.target instanceof HTMLElement && event.target.matches('textarea, select, input:not([type=checkbox])');
    if (isField || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (this.approval?.kind !== 'tool' || this.editing) return;
    const act = { a: this.#approve, d: () => this.#say({ decision: 'deny' }), e: this.#edit, r: this.#review }[
      event.key
    ];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };

  #approve = (): void => this.#say({ decision: this.remembers ? 'always' : 'allow' });

  #remember = (event: Event): void => {
    this.remembers = (event.target as HTMLInputElement).checked;
  };

  #edit = (): void => {
    if (this.state !== 'waiting') return;
    if (this.compact) {
      this.#review();
      return;
    }
    this.editing = true;
    void this.updateComplete.then(() => this.find('textarea')?.focus());
  };

  /** On a card: leads to the session; there it goes to what is asked. */
  #review = (): void => {
    const link = this.find<HTMLAnchorElement>('[data-test="review"]');
    if (link) link.click();
    else this.find('[role="group"] [tabindex="0"]')?.focus();
  };

  #stopEditing = (): void => {
    this.editing = false;
    this.problem = '';
    void this.updateComplete.then(() => this.find('[data-test="edit"]')?.focus());
  };

  #onEditorKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.#stopEditing();
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#approveEdited();
    }
  };

  #approveEdited = (): void => {
    const args = parsed(this.find<HTMLTextAreaElement>('textarea')?.value ?? '');
    if (args === null) {
      this.problem = 'The arguments are no JSON object, so nothing was sent. Mend them, or cancel.';
      this.find('textarea')?.focus();
      return;
    }
    this.editing = false;
    this.#say({ decision: this.remembers ? 'always' : 'allow', args });
  };

  #say(said: Omit<ApprovalSaid, 'id'>): void {
    if (!this.approval || this.state !== 'waiting') return;
    this.state = 'sent';
    this.problem = '';
    this.emit<ApprovalSaid>('mx-approve', { id: this.approval.id, ...said });
  }
}

function counts(hunks: Parameters<typeof changedLines>[0]) {
  const { added, removed } = changedLines(hunks);
  return html`<span class="c-ok">+${added}</span> <span class="c-error">-${removed}</span>`;
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
