import type { CompactionResource, ContextReport, PromptLayer, Session } from '@maestro/core/protocol';
import { html, nothing, svg } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { contextCauses } from '../text/context-causes.js';
import { count, percent, plural, timeOfDay } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

const causes: Record<PromptLayer['cause'], string> = {
  platform: 'The Maestro',
  template: 'Template',
  session: 'This session',
  user: 'You, for all sessions',
  memory: 'Memory',
  project: 'Project',
};
const methods: Record<CompactionResource['method'], string> = {
  cut: 'Long tool results shortened',
  summary: 'Summed up',
  drop: 'Older messages left out',
};

/** What the next request would hold, by cause, and how it was made smaller. */
@customElement('mx-session-context')
export class MxSessionContext extends MaestroElement {
  @property({ attribute: false }) session: Session | null = null;
  @property({ attribute: false }) report: ContextReport | null = null;
  /** Oldest first. */
  @property({ attribute: false }) compactions: readonly CompactionResource[] = [];
  /** Something runs, so nothing can be compacted or undone. */
  @property({ attribute: false }) busy = false;
  @state() private draft: string | null = null;

  override render() {
    const { report, session } = this;
    if (!report || !session) return nothing;
    return html`${this.#window(report)} ${this.#attachments(report)} ${this.#prompt(report, session)} ${this.#toolSchemas(report)}
      ${this.#compacted()} ${workspace(session)}`;
  }

  #window(report: ContextReport) {
    const { total_tokens: total, window_tokens: window, share } = report;
    const parts = contextCauses(report);
    const said = parts.map(({ label, tokens }) => `${label.toLowerCase()} ${count(tokens)}`).join(', ');
    const whole = Math.max(window ?? total, total, 1);
    let x = 0;
    return html`<section>
      <div class="sec-l">
        <h2>Context window</h2>
        <span class="num t12 push" data-test="context-total"><b class="fw6">~${count(total)}</b> <span class="t3">of ${window === null ? 'unknown' : count(window)}</span></span>
      </div>
      <svg class="stack-bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="Context: ${said}">
        ${parts.map(({ id, tokens }) => {
          const from = x;
          x += (tokens / whole) * 100;
          return svg`<rect class="cx-${id}" x=${from} y="0" width=${Math.max(0, x - from - 0.3)} height="6"></rect>`;
        })}
      </svg>
      <dl class="kv">
        ${parts.map(({ id, label, tokens }) => html`<dt><i class="slot cx-${id}"></i>${label}</dt><dd class="num" data-test="cause-${id}">${count(tokens)}</dd>`)}
        ${share === null ? nothing : html`<dt>In all</dt><dd class="num">${percent(share)}</dd>`}
        ${report.reported_tokens === null ? nothing : html`<dt>Last call, as counted by its provider</dt><dd class="num">${count(report.reported_tokens)}</dd>`}
      </dl>
      <div class="row">
        <button type="button" class="btn btn-s" ?disabled=${this.busy} data-test="compact-now" @click=${() => this.emit('mx-compact')}>${icon('fold-vertical', 's')}Compact now</button>
        <span class="t12 t3">${this.busy ? 'once the turn is over' : 'estimates, before the next message'}</span>
      </div>
    </section>`;
  }

  #attachments({ attachments: { items } }: ContextReport) {
    if (items.length === 0) return nothing;
    return html`<section>
      <h2>Files in context</h2>
      ${items.map(
        ({ type, name, media_type, tokens }) => html`<div class="li" data-test="context-file">
          <span class="t3">${icon(type === 'image' ? 'image' : 'file-text', 's')}</span>
          <span class="mono trunc">${visible(name ?? media_type)}</span>
          <span class="push t12 t3 num">${count(tokens)}</span>
        </div>`,
      )}
    </section>`;
  }

  #prompt({ system }: ContextReport, session: Session) {
    return html`<section>
      <div class="sec-l">
        <h2>System prompt</h2>
        ${this.draft === null ? html`<button type="button" class="btn btn-g btn-s push" data-test="prompt-edit" @click=${() => this.#edit(session)}>Edit</button>` : nothing}
      </div>
      ${this.draft === null ? nothing : this.#editor(this.draft)}
      ${system.layers.map(
        ({ cause, title, source, text, tokens }) => html`<details class="layer" data-test="layer" data-cause=${cause}>
          <summary><span class="trunc">${visible(source ?? title)}</span>${source === null ? nothing : html`<span class="t12 t3">${causes[cause]}</span>`}<span class="push t12 t3 num">${count(tokens)}</span></summary>
          <pre class="code" tabindex="0">${visible(text)}</pre>
        </details>`,
      )}
      ${system.left_out.map(({ source, reason }) => html`<p class="hint"><span class="mono">${visible(source)}</span> is left out: ${visible(reason)}</p>`)}
    </section>`;
  }

  #editor(draft: string) {
    const save = (event: Event) => {
      event.preventDefault();
      this.emit('mx-prompt', { text: this.draft ?? '' });
      this.draft = null;
    };
    return html`<form class="col" @submit=${save}>
      <label class="vh" for="session-prompt">System prompt of this session</label>
      <textarea class="input" id="session-prompt" rows="8" data-test="prompt-text" .value=${draft} @input=${this.#onDraft} @keydown=${this.#onKey}></textarea>
      <div class="row">
        <button type="submit" class="btn btn-p btn-s" data-test="prompt-save">Save</button>
        <button type="button" class="btn btn-g btn-s" @click=${() => this.#leave()}>Cancel</button>
        <span class="t12 t3">from the next message</span>
      </div>
    </form>`;
  }

  #toolSchemas({ tools }: ContextReport) {
    if (tools.offered.length === 0 && tools.deferred.length === 0) return nothing;
    return html`<section>
      <details class="layer" data-test="schemas">
        <summary><span>Tool definitions</span><span class="t12 t3">${plural(tools.offered.length, 'tool')}</span><span class="push t12 t3 num">${count(tools.tokens)}</span></summary>
        <ul>
          ${[...tools.offered].sort((a, b) => b.tokens - a.tokens).map(({ name, tokens }) => html`<li class="li"><span class="mono trunc">${visible(name)}</span><span class="push t12 t3 num">${count(tokens)}</span></li>`)}
        </ul>
        ${tools.deferred.length === 0 ? nothing : html`<p class="hint">${plural(tools.deferred.length, 'tool')} more can be found by search and cost nothing until then.</p>`}
      </details>
    </section>`;
  }

  #compacted() {
    const standing = this.compactions.filter(({ reverted_at }) => reverted_at === null);
    if (this.compactions.length === 0) return nothing;
    return html`<section>
      <h2>Compactions</h2>
      ${[...this.compactions].reverse().map((one) => {
        const { id, method, tokens_before, tokens_after, created_at, reverted_at } = one;
        return html`<div class="li li-2" data-test="compaction">
          <span class="col col-0"><span>${methods[method]}${reverted_at === null ? '' : ', undone'}</span><span class="t12 t3 num">${timeOfDay(created_at)}, ~${count(tokens_before)} to ~${count(tokens_after)} tokens</span></span>
          ${
            reverted_at !== null
              ? nothing
              : html`<button type="button" class="btn btn-g btn-s push" ?disabled=${this.busy} title=${one === standing.at(-1) ? '' : 'Those after it are undone too'} data-test="revert" @click=${() => this.emit('mx-revert', { id })}>${icon('undo-2', 's')}Undo</button>`
          }
        </div>`;
      })}
    </section>`;
  }

  #edit(session: Session): void {
    this.draft = session.system_prompt;
    void this.updateComplete.then(() => this.find('#session-prompt')?.focus());
  }

  #leave(): void {
    this.draft = null;
    void this.updateComplete.then(() => this.find('[data-test="prompt-edit"]')?.focus());
  }

  #onDraft(event: Event): void {
    this.draft = (event.target as HTMLTextAreaElement).value;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && !event.isComposing) {
      event.stopPropagation();
      event.preventDefault();
      this.#leave();
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.find<HTMLButtonElement>('[type="submit"]')?.click();
    }
  }
}

function workspace({ working_directory, template }: Session) {
  return html`<section>
    <h2>Workspace</h2>
    <dl class="kv">
      <dt>Directory</dt><dd class="mono trunc" title=${visible(working_directory)}>${visible(working_directory)}</dd>
      <dt>Template</dt><dd>${template === null ? '-' : visible(template)}</dd>
    </dl>
  </section>`;
}
