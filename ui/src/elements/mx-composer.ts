import type { QueuedMessage } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { MaestroElement } from './element.js';
import { icon, keys } from './icon.js';
import './mx-queue.js';
import type { MxQueue } from './mx-queue.js';

/** How long one Escape stays a warning before it is forgotten. */
const ARMED_MS = 2000;

/**
 * Where messages are written. Enter sends, or queues while the agent works; Ctrl+Enter stops the agent and sends.
 * It tells what it wants; whoever holds it talks to the server.
 */
@customElement('mx-composer')
export class MxComposer extends MaestroElement {
  @property() agent = '';
  @property({ type: Boolean, reflect: true }) busy = false;
  @property({ attribute: false }) queue: readonly QueuedMessage[] = [];
  /** What was said last, for Up in an empty field. */
  @property({ attribute: false }) lastSaid = '';
  @state() private armed = false;
  @state() private isEmpty = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get value(): string {
    return this.#input()?.value ?? '';
  }

  set value(text: string) {
    const input = this.#input();
    if (!input) return;
    input.value = text;
    this.#fit();
  }

  override focus(): void {
    this.#input()?.focus();
  }

  override render() {
    return html`<div class="cmp-in">
      <mx-queue .queue=${this.queue}></mx-queue>
      <div class="cmp" data-test="composer">
        <textarea
          rows="1"
          aria-label="Message ${this.agent}"
          placeholder="Message ${this.agent}"
          data-test="composer-input"
          @input=${this.#onInput}
          @keydown=${this.#onKey}
        ></textarea>
        <div class="cmp-f">
          <span class="cmp-hint grow trunc hide-m">${
            this.busy ? 'Enter queues, Ctrl Enter interrupts and sends' : 'Enter sends, Shift Enter starts a new line'
          }</span>
          <span class="row push">${this.#buttons()}</span>
        </div>
      </div>
    </div>`;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('busy') && !this.busy) this.#disarm();
  }

  #buttons() {
    return html`${
      this.busy
        ? html`<button type="button" class="btn" data-test="stop" @click=${() => this.#stop()}>
            ${icon('square', 'xs')}${this.armed ? 'Esc again stops' : 'Stop'}${keys('Esc')}
          </button>`
        : nothing
    }<button
        type="button"
        class="btn btn-p"
        data-test="send"
        aria-disabled=${this.isEmpty ? 'true' : 'false'}
        @click=${() => this.#send('mx-send')}
      >
        ${this.busy ? 'Queue' : 'Send'}${icon('arrow-up', 's')}
      </button>`;
  }

  #input(): HTMLTextAreaElement | null {
    return this.find<HTMLTextAreaElement>('.cmp textarea');
  }

  #onInput(): void {
    this.#fit();
    this.emit('mx-draft', { text: this.value });
  }

  /** As high as its text, up to the limit of the stylesheet. */
  #fit(): void {
    const input = this.#input();
    if (!input) return;
    this.isEmpty = input.value.trim() === '';
    input.style.setProperty('height', 'auto');
    input.style.setProperty('height', `${input.scrollHeight}px`);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.#send(event.ctrlKey || event.metaKey ? 'mx-interrupt' : 'mx-send');
    } else if (event.key === 'Escape' && this.busy) {
      event.preventDefault();
      event.stopPropagation();
      this.escape();
    } else if (event.key === 'ArrowUp' && this.value === '') {
      event.preventDefault();
      this.#editLast();
    }
  }

  /** The first Escape arms Stop, the second stops. */
  escape(): void {
    if (!this.busy) return;
    if (this.armed) {
      this.#stop();
      return;
    }
    this.armed = true;
    this.#timer = setTimeout(() => this.#disarm(), ARMED_MS);
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.armed = false;
  }

  #stop(): void {
    this.#disarm();
    this.emit('mx-stop');
  }

  #send(event: 'mx-send' | 'mx-interrupt'): void {
    const text = this.value.trim();
    if (text === '') return;
    this.value = '';
    this.emit(event, { text });
    this.focus();
  }

  #editLast(): void {
    if (this.find<MxQueue>('mx-queue')?.editLast()) return;
    this.value = this.lastSaid;
    this.#onInput();
  }
}
