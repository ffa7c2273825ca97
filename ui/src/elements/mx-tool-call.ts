import type { ContentPart, ToolResource, ToolResultPart, ToolView } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { IconName } from '../icons/names.js';
import { EverySecond } from '../state/controllers.js';
import { duration, running } from '../text/format.js';
import { gist } from '../text/parts.js';
import { plain } from '../text/plain.js';
import { type CallState, callState, callWords, commandOf, factsOf, opensByItself } from '../text/tool-look.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-attachment.js';
import './mx-diff.js';
import './mx-terminal.js';

const icons: Record<ToolResource['effects'], IconName> = {
  read: 'file-text',
  write: 'file-pen-line',
  exec: 'square-terminal',
  net: 'globe',
};

const remedies: Partial<Record<CallState, string>> = {
  unknown: 'The server stopped while this ran, so it may or may not have taken effect. It was not run again.',
  skipped: 'It was never started.',
  cancelled: 'It was stopped before it finished.',
};

/** A call of a tool: what was asked, how it stands, what came of it. */
@customElement('mx-tool-call')
export class MxToolCall extends MaestroElement {
  @property({ attribute: false }) name = '';
  @property({ attribute: false }) args: unknown = null;
  /** The text of the arguments while they are still being written. */
  @property({ attribute: false }) argsText: string | null = null;
  @property({ attribute: false }) live: ToolView | undefined;
  @property({ attribute: false }) result: ToolResultPart | undefined;
  @property() effects: ToolResource['effects'] | '' = '';
  @property({ reflect: true }) state: CallState = 'proposed';
  @state() private opened: boolean | null = null;
  @state() private showArgs = false;
  /** When it was seen to begin; not known of what ran already. */
  #since: number | null = null;
  /** Its output was seen coming in: then it stays open when it is done, so that nothing jumps. */
  #wasSeen = false;

  constructor() {
    super();
    new EverySecond(this, () => this.#since !== null);
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const before = this.state;
    this.state = callState(this.#result(), this.live, this.argsText !== null);
    if (this.state === 'started' && this.live?.output) this.#wasSeen = true;
    if (this.state !== 'started') this.#since = null;
    else if (before !== 'started' && this.hasUpdated) this.#since = Date.now();
  }

  override render() {
    const result = this.#result();
    const now = this.state;
    const isOpen = this.opened ?? (this.#wasSeen || opensByItself(now, result));
    return html`<section class="blk" data-test="tool-call" data-tool=${this.name} data-state=${now}>
      <button type="button" class="blk-h" aria-expanded=${isOpen ? 'true' : 'false'} @click=${() => this.#toggle(isOpen)}>
        ${icon('chevron-right', 'xs', 'chev')}
        <span class="c-tool">${icon(this.effects === '' ? 'wrench' : icons[this.effects], 's')}</span>
        <span class="nm trunc">${visible(this.name || 'Tool call')}</span>
        <span class="trunc mono t2">${visible(gist(this.args))}</span>
        <span class="push">${result ? this.#facts(result) : nothing}${stateWord(now)}${this.#clock()}</span>
      </button>
      ${isOpen ? html`<div class="blk-b">${this.#body(now, result)}</div>` : nothing}
    </section>`;
  }

  #result(): ToolResultPart | null {
    return this.result ?? this.live?.result ?? null;
  }

  /** It runs on by itself and is not read out. */
  #clock() {
    if (this.#since === null) return nothing;
    return html`<span class="num" aria-hidden="true">${running(Date.now() - this.#since)}</span>`;
  }

  #facts(result: ToolResultPart) {
    const { added, removed, exit, size } = factsOf(result, this.effects);
    return html`${
      added + removed > 0
        ? html`<span><span class="c-ok">+${added}</span> <span class="c-error">-${removed}</span></span>`
        : nothing
    }${size === null ? nothing : html`<span>${size}</span>`}${exit === null ? nothing : html`<span>exit ${exit}</span>`}${
      result.duration_ms === null ? nothing : html`<span>${duration(result.duration_ms)}</span>`
    }`;
  }

  #body(now: CallState, result: ToolResultPart | null) {
    const content = result?.content ?? [];
    const hasDiff = content.some((part) => part.type === 'diff');
    const hasTerminal = content.some((part) => part.type === 'terminal') || (!result && this.#command() !== '');
    const saysAll = hasDiff || hasTerminal;
    const remedy = remedies[now];
    return html`${saysAll && !this.showArgs ? nothing : this.#args()}
      ${content.map((part) => this.#content(part, hasDiff, hasTerminal))}
      ${!result && this.live ? this.#running(this.live) : nothing}
      ${remedy === undefined ? nothing : html`<p class="blk-cap">${remedy}</p>`}
      ${
        saysAll
          ? html`<div class="blk-args ${this.showArgs ? 'open' : ''}">
              <button type="button" class="btn btn-g btn-s" aria-expanded=${this.showArgs ? 'true' : 'false'} @click=${this.#toggleArgs}>
                ${this.showArgs ? 'Hide arguments' : 'Show arguments'}
              </button>
            </div>`
          : nothing
      }`;
  }

  #running({ output, state: now }: ToolView) {
    if (output === '' && now !== 'started') return nothing;
    const chunks = output === '' ? [] : [{ stream: 'stdout' as const, text: output }];
    return html`<mx-terminal .chunks=${chunks} .command=${this.#command()} .running=${true}></mx-terminal>`;
  }

  #args() {
    const text = this.argsText ?? JSON.stringify(this.args, null, 2) ?? '';
    return html`<pre class="code wrap" tabindex="0" role="group" aria-label="Arguments" data-test="tool-args">${visible(text)}</pre>`;
  }

  /** The words of a result that also has a diff or output repeat it; they stay for the model and are not drawn. */
  #content(part: ContentPart, hasDiff: boolean, hasTerminal: boolean): TemplateResult | typeof nothing {
    switch (part.type) {
      case 'text':
        if (hasDiff || hasTerminal || part.text === '') return nothing;
        return html`<pre class="code wrap" tabindex="0" role="group" aria-label="Result" data-test="tool-result">${plain(part.text)}</pre>`;
      case 'diff':
        return html`<mx-diff .path=${part.path} .hunks=${part.hunks} .canRevert=${true}></mx-diff>`;
      case 'terminal':
        return html`<mx-terminal .chunks=${part.chunks} .exit=${part.exit_code} .command=${this.#command()}></mx-terminal>`;
      default:
        return html`<mx-attachment class="blk-cap" .file=${part}></mx-attachment>`;
    }
  }

  #command(): string {
    return this.effects === 'exec' ? commandOf(this.args) : '';
  }

  #toggle(isOpen: boolean): void {
    this.opened = !isOpen;
    this.emit('mx-toggle', { open: this.opened });
  }

  #toggleArgs(): void {
    this.showArgs = !this.showArgs;
  }
}

/** What became of a call, as a mark and as a word. */
export function stateWord(now: CallState): TemplateResult {
  if (now === 'succeeded')
    return html`<span class="row row-3 c-ok">${icon('check', 's')}<span class="vh">Succeeded</span></span>`;
  if (now === 'started') return html`<span class="row row-3 c-tool">${callWords.started}</span>`;
  if (now === 'proposed') return html`<span class="row row-3">${icon('clock', 's')}${callWords.proposed}</span>`;
  const isBad = now === 'failed' || now === 'unknown';
  const mark = icon(now === 'unknown' ? 'triangle-alert' : 'x', 's');
  return html`<span class="row row-3 ${isBad ? 'c-error' : 't3'}">${mark}${callWords[now]}</span>`;
}
