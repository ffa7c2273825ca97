import type { TerminalPart } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { AnsiSpan } from '../text/ansi.js';
import { FollowMode } from '../text/follow.js';
import { count } from '../text/format.js';
import { plain } from '../text/plain.js';
import { visible } from '../text/visible.js';
import { copyButton } from './copy-button.js';
import { MaestroElement } from './element.js';

/** More of an output is drawn when it is asked for: the end of it tells most. */
const SHOWN = 40_000;

type Spans = (output: string) => AnsiSpan[];
let spansOf: Spans | null = null;

/** What a command printed, in its colours. While it runs, its end stays in sight until the reader scrolls up. */
@customElement('mx-terminal')
export class MxTerminal extends MaestroElement {
  @property({ attribute: false }) chunks: TerminalPart['chunks'] = [];
  @property({ attribute: false }) exit: number | null = null;
  /** What was run; it stands above its output. */
  @property() command = '';
  @property({ type: Boolean, reflect: true }) running = false;
  @state() private all = false;
  readonly #follow = new FollowMode();

  override connectedCallback(): void {
    super.connectedCallback();
    if (spansOf) return;
    void import('../text/ansi.js')
      .then((loaded) => {
        spansOf = loaded.ansiSpans;
        this.requestUpdate();
      })
      .catch(() => undefined);
  }

  protected override updated(): void {
    const box = this.find('.term');
    if (box && this.running && this.#follow.following) box.scrollTop = box.scrollHeight;
  }

  override render() {
    const length = this.chunks.reduce((sum, { text, ansi }) => sum + (ansi ?? text).length, 0);
    const cut = this.all ? 0 : Math.max(0, length - SHOWN);
    return html`<div class="term-box">
      ${
        cut > 0
          ? html`<button type="button" class="btn btn-g btn-s term-more" @click=${this.#showAll}>Show ${count(cut)} earlier characters</button>`
          : nothing
      }
      <div class="term" tabindex="0" role="group" aria-label="Output" data-test="terminal" data-state=${this.running ? 'running' : 'exited'} @scroll=${this.#onScroll}>${
        this.command === ''
          ? nothing
          : html`<span class="cmd"><span class="dim">$ </span>${visible(this.command)}${'\n'}</span>`
      }${this.#shown(cut)}${length === 0 && !this.running ? html`<span class="dim">No output</span>` : nothing}</div>
      ${length > 0 ? copyButton('output', () => this.#text(), 'term-copy') : nothing}
    </div>`;
  }

  #shown(cut: number) {
    let skip = cut;
    return this.chunks.map(({ stream, text: bare, ansi }) => {
      const text = ansi ?? bare;
      const rest = text.slice(skip);
      skip = Math.max(0, skip - text.length);
      if (rest === '') return nothing;
      const spans = spansOf ? spansOf(rest) : [{ text: plain(rest), classes: '' }];
      return html`<span class=${stream === 'stderr' ? 'err' : ''}>${spans.map(({ text: words, classes }) =>
        classes === '' ? words : html`<span class=${classes}>${words}</span>`,
      )}</span>`;
    });
  }

  #text(): string {
    return this.chunks.map(({ text }) => plain(text)).join('');
  }

  #showAll(): void {
    this.all = true;
  }

  #onScroll(event: Event): void {
    this.#follow.scrolled(event.currentTarget as HTMLElement);
  }
}
