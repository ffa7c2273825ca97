import type { FoundFile, QueuedMessage } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { completed, type Wanted, wantedAt } from '../text/completion.js';
import { MaestroElement } from './element.js';
import { icon, keys } from './icon.js';
import './mx-attachments.js';
import type { AttachmentItem } from './mx-attachments.js';
import './mx-completion.js';
import { type Completion, LIST_ID, optionId } from './mx-completion.js';
import './mx-queue.js';
import type { MxQueue } from './mx-queue.js';

/** How long one Escape stays a warning before it is forgotten. */
const ARMED_MS = 2000;

/**
 * Where messages are written. Enter sends, or queues while the agent works; Ctrl+Enter stops the agent and sends. It
 * completes files behind `@` and commands behind `/`, and takes files by button, drop and paste. It tells what it wants;
 * whoever holds it talks to the server.
 */
@customElement('mx-composer')
export class MxComposer extends MaestroElement {
  @property() agent = '';
  @property({ type: Boolean, reflect: true }) busy = false;
  /** Whether the agent waits for an answer to a request: then a message says what to do instead. */
  @property({ type: Boolean }) asked = false;
  @property({ type: Boolean }) offline = false;
  @property({ attribute: false }) queue: readonly QueuedMessage[] = [];
  @property({ attribute: false }) attachments: readonly AttachmentItem[] = [];
  /** Why a file was not taken. */
  @property({ attribute: false }) refusals: readonly string[] = [];
  /** What was said last, for Up in an empty field. */
  @property({ attribute: false }) lastSaid = '';
  /** Answers to the last `mx-find`. */
  @property({ attribute: false }) files: readonly FoundFile[] = [];
  /** Commands, and what one of them can be about, that fit. */
  @property({ attribute: false }) commands: (query: string) => readonly Completion[] = () => [];
  @property({ attribute: false }) argumentsOf: (command: string, query: string) => readonly Completion[] = () => [];
  @state() private armed = false;
  @state() private isEmpty = true;
  @state() private wanted: Wanted | null = null;
  @state() private active = 0;
  @state() private isTarget = false;
  /** Where the list was closed by Escape: it stays closed for this word. */
  #closedAt = -1;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get value(): string {
    return this.#input()?.value ?? '';
  }

  set value(text: string) {
    const input = this.#input();
    if (!input || input.value === text) return;
    input.value = text;
    this.#fit();
    this.wanted = null;
  }

  override focus(): void {
    this.#input()?.focus();
  }

  override render() {
    const options = this.#options();
    const isOpen = options.length > 0;
    return html`<div class="cmp-in" data-state=${this.#state}>
      <mx-completion .heading=${this.#heading()} .query=${this.wanted?.query ?? ''} .options=${options} .active=${this.active} @mx-pick=${this.#picked}></mx-completion>
      <mx-queue .queue=${this.queue}></mx-queue>
      <div class="cmp" data-test="composer">
        <mx-attachments .items=${this.attachments}></mx-attachments>
        ${this.refusals.map((why) => html`<p class="problem cmp-no" role="alert" data-test="attachment-refused">${icon('circle-alert', 's')}${why}</p>`)}
        <textarea
          rows="1"
          aria-label="Message ${this.agent}"
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls=${isOpen ? LIST_ID : nothing}
          aria-activedescendant=${isOpen ? optionId(this.active) : nothing}
          placeholder=${this.#placeholder}
          data-test="composer-input"
          @input=${this.#onInput}
          @keydown=${this.#onKey}
          @keyup=${this.#onMoved}
          @click=${this.#onMoved}
          @blur=${this.#onBlur}
          @paste=${this.#onPaste}
        ></textarea>
        ${this.#footer()}
      </div>
    </div>`;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('busy') && !this.busy) this.#disarm();
    if (changed.has('files')) this.active = 0;
  }

  get #state(): string {
    return this.isTarget ? 'drop-target' : this.busy ? 'busy' : 'idle';
  }

  get #placeholder(): string {
    if (this.isTarget) return 'Drop files here to attach them';
    if (this.asked) return `Tell ${this.agent} what to do instead, or type / for commands`;
    return `Message ${this.agent}, or type / for commands`;
  }

  #footer() {
    return html`<div class="cmp-f">
      <input type="file" multiple hidden data-test="attach-input" @change=${this.#onChosen}>
      ${this.#tool('Attach files', 'paperclip', 'attach', () => this.find<HTMLInputElement>('input[type=file]')?.click())}
      ${this.#tool('Mention a file', 'at-sign', 'mention', () => this.#type('@'))}
      ${this.#tool('Slash commands', 'square-slash', 'slash', () => this.#type('/'))}
      <span class="cmp-hint grow trunc hide-m">${this.#hint}</span>
      <span class="row push">${this.#buttons()}</span>
    </div>`;
  }

  #tool(name: string, glyph: Parameters<typeof icon>[0], test: string, act: () => void) {
    return html`<button type="button" class="btn btn-g btn-i" aria-label=${name} title=${name} data-test=${test} @click=${act}>${icon(glyph)}</button>`;
  }

  get #hint(): string {
    if (this.offline) return 'Not connected. What you send waits here and goes out by itself.';
    return this.busy ? 'Enter queues, Ctrl Enter interrupts and sends' : 'Enter sends, Shift Enter starts a new line';
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
        aria-disabled=${this.isEmpty || this.#isSending ? 'true' : 'false'}
        @click=${() => this.#send('mx-send')}
      >
        ${this.busy ? 'Queue' : 'Send'}${icon('arrow-up', 's')}
      </button>`;
  }

  get #isSending(): boolean {
    return this.attachments.some(({ state: now }) => now === 'sending');
  }

  #heading(): string {
    const { wanted } = this;
    if (!wanted || wanted.kind === 'command') return 'Commands';
    if (wanted.kind === 'argument') return `/${wanted.command}`;
    return wanted.query === '' ? 'Files' : `Files matching "${wanted.query}"`;
  }

  #options(): readonly Completion[] {
    const { wanted } = this;
    if (!wanted) return [];
    if (wanted.kind === 'command') return this.commands(wanted.query);
    if (wanted.kind === 'argument') return this.argumentsOf(wanted.command ?? '', wanted.query);
    return this.files.map(completionOf);
  }

  #input(): HTMLTextAreaElement | null {
    return this.find<HTMLTextAreaElement>('.cmp > textarea');
  }

  #onInput(): void {
    this.#fit();
    this.#look();
    this.emit('mx-draft', { text: this.value });
  }

  /** Arrows and clicks move the caret into another word, or out of one. */
  #onMoved = (event: Event): void => {
    if (event instanceof KeyboardEvent && !/^(?:Arrow(?:Left|Right)|Home|End)$/.test(event.key)) return;
    this.#look();
  };

  #onBlur = (): void => {
    this.wanted = null;
  };

  #look(): void {
    const input = this.#input();
    const wanted =
      input && input.selectionStart === input.selectionEnd ? wantedAt(input.value, input.selectionStart) : null;
    if (wanted?.from !== this.#closedAt) this.#closedAt = -1;
    if (this.#closedAt >= 0) return;
    if (wanted?.query !== this.wanted?.query || wanted?.kind !== this.wanted?.kind) this.active = 0;
    if (wanted?.kind === 'file' && (this.wanted?.kind !== 'file' || this.wanted.query !== wanted.query))
      this.emit('mx-find', { query: wanted.query });
    this.wanted = wanted;
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
    if (event.isComposing || this.#completes(event)) return;
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

  /** Keys of the open list; false where none is open or the key is for the field. */
  #completes(event: KeyboardEvent): boolean {
    const options = this.#options();
    if (options.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const takes = event.key === 'Tab' || (event.key === 'Enter' && !event.shiftKey);
    // A command that is there as a whole is done, not put in once more.
    const isWhole = this.wanted?.kind !== 'file' && options[this.active]?.value === this.wanted?.query;
    if (event.key === 'Enter' && isWhole) return false;
    if (step !== undefined) this.active = (this.active + step + options.length) % options.length;
    else if (takes && !event.shiftKey) this.#take(this.active);
    else if (event.key === 'Escape') this.#closeList();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #picked = (event: CustomEvent<{ index: number }>): void => this.#take(event.detail.index);

  #take(index: number): void {
    const input = this.#input();
    const option = this.#options()[index];
    if (!input || !option || !this.wanted) return;
    const { text, caret } = completed(input.value, this.wanted, option.value);
    input.value = text;
    input.focus();
    input.setSelectionRange(caret, caret);
    this.wanted = null;
    this.#onInput();
  }

  #closeList(): void {
    this.#closedAt = this.wanted?.from ?? -1;
    this.wanted = null;
  }

  /** What its button types, with a space before it where one is needed. */
  #type(sign: '@' | '/'): void {
    const input = this.#input();
    if (!input) return;
    input.focus();
    const at = sign === '/' ? 0 : input.selectionStart;
    const space = at > 0 && !/\s$/.test(input.value.slice(0, at)) ? ' ' : '';
    const put = sign === '/' && input.value.startsWith('/') ? '' : space + sign;
    input.setRangeText(put, at, at, 'end');
    this.#closedAt = -1;
    this.#onInput();
  }

  /** Writes a text into the field as a person would, with the caret behind it. */
  write(text: string): void {
    this.value = text;
    this.focus();
    this.#input()?.setSelectionRange(text.length, text.length);
    this.#onInput();
  }

  #onPaste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.emit('mx-attach', { files });
  };

  #onChosen = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = '';
    if (files.length > 0) this.emit('mx-attach', { files });
    this.focus();
  };

  /** Files that are dragged over the conversation can be dropped anywhere on it. */
  drag(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    const leaves = event.type === 'dragleave' && event.relatedTarget instanceof Node;
    const stays = leaves && (event.currentTarget as Node).contains(event.relatedTarget as Node);
    this.isTarget = stays || event.type === 'dragenter' || event.type === 'dragover';
    if (event.type !== 'drop') return;
    const files = [...event.dataTransfer.files];
    if (files.length > 0) this.emit('mx-attach', { files });
    this.focus();
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
    if (text === '' || this.#isSending) return;
    this.wanted = null;
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

function completionOf({ path, kind }: FoundFile): Completion {
  const at = path.lastIndexOf('/');
  const isDirectory = kind === 'directory';
  const isCode =
    /\.(?:[cm]?[jt]sx?|py|rb|go|rs|exs?|java|kt|swift|c|h|cc|cpp|cs|php|sh|sql|css|html?|json|ya?ml|toml)$/i.test(path);
  return {
    value: isDirectory ? `${path}/` : path,
    label: path.slice(at + 1) + (isDirectory ? '/' : ''),
    detail: at < 0 ? '' : path.slice(0, at),
    icon: isDirectory ? 'folder' : isCode ? 'file-code' : 'file-text',
  };
}
