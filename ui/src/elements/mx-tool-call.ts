import type { ContentPart, ToolOutcome, ToolResource, ToolResultPart, ToolView } from '@maestro/core/protocol';
import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { IconName } from '../icons/names.js';
import { changedLines } from '../text/diff-rows.js';
import { duration } from '../text/format.js';
import { gist } from '../text/parts.js';
import { plain } from '../text/plain.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-diff.js';
import './mx-terminal.js';

type State = 'proposed' | 'started' | ToolOutcome;

const words: Record<State, string> = {
  proposed: 'Waiting',
  started: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Stopped',
  unknown: 'Outcome unknown',
  skipped: 'Not run',
};

const icons: Record<ToolResource['effects'], IconName> = {
  read: 'file-text',
  write: 'file-pen-line',
  exec: 'square-terminal',
  net: 'globe',
};

const remedies: Partial<Record<State, string>> = {
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
  @state() private opened: boolean | null = null;
  @state() private showArgs = false;

  override render() {
    const result = this.result ?? this.live?.result ?? null;
    const now: State = result?.outcome ?? this.live?.state ?? (this.argsText === null ? 'skipped' : 'proposed');
    const isOpen = this.opened ?? opensByItself(now, result);
    return html`<section class="blk" data-test="tool-call" data-tool=${this.name} data-state=${now}>
      <button type="button" class="blk-h" aria-expanded=${isOpen ? 'true' : 'false'} @click=${() => this.#toggle(isOpen)}>
        ${icon('chevron-right', 'xs', 'chev')}
        <span class="c-tool">${icon(this.effects === '' ? 'wrench' : icons[this.effects], 's')}</span>
        <span class="nm trunc">${visible(this.name || 'Tool call')}</span>
        <span class="trunc mono t2">${visible(gist(this.args))}</span>
        <span class="push">${this.#facts(result)}${stateWord(now)}</span>
      </button>
      ${isOpen ? html`<div class="blk-b">${this.#body(now, result)}</div>` : nothing}
    </section>`;
  }

  #facts(result: ToolResultPart | null) {
    if (!result) return nothing;
    const hunks = result.content.flatMap((part) => (part.type === 'diff' ? part.hunks : []));
    const { added, removed } = changedLines(hunks);
    const terminal = result.content.find((part) => part.type === 'terminal');
    return html`${
      hunks.length > 0
        ? html`<span><span class="c-ok">+${added}</span> <span class="c-error">-${removed}</span></span>`
        : nothing
    }${typeof terminal?.exit_code === 'number' ? html`<span>exit ${terminal.exit_code}</span>` : nothing}${
      result.duration_ms === null ? nothing : html`<span>${duration(result.duration_ms)}</span>`
    }`;
  }

  #body(now: State, result: ToolResultPart | null) {
    const hasDiff = result?.content.some((part) => part.type === 'diff') ?? false;
    const remedy = remedies[now];
    return html`${hasDiff && !this.showArgs ? nothing : this.#args()}
      ${result?.content.map((part) => drawContent(part, hasDiff)) ?? nothing}
      ${!result && this.live && this.live.output !== '' ? output(this.live.output) : nothing}
      ${remedy === undefined ? nothing : html`<p class="blk-cap">${remedy}</p>`}
      ${
        hasDiff
          ? html`<div class="blk-cap">
              <button type="button" class="link" aria-expanded=${this.showArgs ? 'true' : 'false'} @click=${this.#toggleArgs}>
                ${this.showArgs ? 'Hide arguments' : 'Show arguments'}
              </button>
            </div>`
          : nothing
      }`;
  }

  #args() {
    const text = this.argsText ?? JSON.stringify(this.args, null, 2) ?? '';
    return html`<pre class="code wrap" tabindex="0" role="group" aria-label="Arguments" data-test="tool-args">${visible(text)}</pre>`;
  }

  #toggle(isOpen: boolean): void {
    this.opened = !isOpen;
    this.emit('mx-toggle', { open: this.opened });
  }

  #toggleArgs(): void {
    this.showArgs = !this.showArgs;
  }
}

/** Reads and what went well arrive closed, changes show what they changed, failures are open. */
function opensByItself(now: State, result: ToolResultPart | null): boolean {
  if (now === 'failed' || now === 'unknown') return true;
  return result?.content.some((part) => part.type === 'diff') ?? false;
}

function stateWord(now: State): TemplateResult {
  if (now === 'succeeded')
    return html`<span class="row row-3 c-ok">${icon('check', 's')}<span class="vh">Succeeded</span></span>`;
  if (now === 'started') return html`<span class="row row-3 c-tool">${words.started}</span>`;
  if (now === 'proposed') return html`<span class="row row-3">${icon('clock', 's')}${words.proposed}</span>`;
  const tone = now === 'failed' || now === 'unknown' ? 'c-error' : 't3';
  return html`<span class="row row-3 ${tone}">${icon(now === 'unknown' ? 'triangle-alert' : 'x', 's')}${words[now]}</span>`;
}

function output(text: string): TemplateResult {
  return html`<mx-terminal .chunks=${[{ stream: 'stdout', text }]}></mx-terminal>`;
}

/** The words of a result that also has a diff repeat it; they stay for the model and are not drawn. */
function drawContent(part: ContentPart, hasDiff: boolean): TemplateResult | typeof nothing {
  switch (part.type) {
    case 'text':
      if (hasDiff || part.text === '') return nothing;
      return html`<pre class="code wrap" tabindex="0" role="group" aria-label="Result" data-test="tool-result">${plain(part.text)}</pre>`;
    case 'diff':
      return html`<mx-diff .path=${part.path} .hunks=${part.hunks}></mx-diff>`;
    case 'terminal':
      return html`<mx-terminal .chunks=${part.chunks} .exit=${part.exit_code}></mx-terminal>`;
    default:
      return html`<p class="blk-cap">${part.type === 'file' ? visible(part.name) : 'Image'}, ${part.media_type}</p>`;
  }
}
