import type { QueuedMessage } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** What will be said when the running turn is over, in order. Each can be changed, moved, steered in or removed. */
@customElement('mx-queue')
export class MxQueue extends MaestroElement {
  @property({ attribute: false }) queue: readonly QueuedMessage[] = [];
  @state() private editing: string | null = null;
  /** The button that had the focus before the list changed, and its place in the list. */
  #held: { id: string; test: string; index: number } | null = null;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('queue')) this.#held = this.#focused(changed.get('queue') ?? []);
  }

  /** Drawing the list anew must not drop the focus: it goes along with its message, or to the one that came up. */
  protected override updated(): void {
    const held = this.#held;
    this.#held = null;
    if (!held || this.contains(document.activeElement)) return;
    const id = this.queue.some((item) => item.id === held.id) ? held.id : this.queue[held.index]?.id;
    const item = [...this.querySelectorAll<HTMLElement>('li')].find(({ dataset }) => dataset.id === id);
    if (item) item.querySelector<HTMLElement>(`[data-test="${held.test}"]`)?.focus();
    else this.#leave();
  }

  override render() {
    if (this.queue.length === 0) return nothing;
    return html`<ol class="cmp-q" aria-label="Queued messages" data-test="queue">
      ${repeat(
        this.queue,
        ({ id }) => id,
        (item, index) => html`<li data-test="queue-item" data-id=${item.id} data-mode=${item.mode}>
          ${this.editing === item.id ? this.#editor(item) : this.#line(item, index)}
        </li>`,
      )}
    </ol>`;
  }

  /** Opens the last one for editing; false when there is none. */
  editLast(): boolean {
    const last = this.queue.at(-1);
    if (last) this.#edit(last.id);
    return last !== undefined;
  }

  #line(item: QueuedMessage, index: number) {
    const steers = item.mode === 'steer';
    return html`${icon(steers ? 'zap' : 'clock', 's')}
      <span class="trunc grow" data-test="queue-text">${visible(item.text)}</span>
      <span class="t3">${steers ? 'at the next step' : `queued ${index + 1}`}</span>
      ${this.#button('Edit queued message', 'pencil', 'queue-edit', () => this.#edit(item.id))}
      ${
        this.queue.length > 1
          ? html`${this.#button('Move up', 'arrow-up', 'queue-up', () => this.#move(index, index - 1), index === 0)}
              ${this.#button('Move down', 'arrow-down', 'queue-down', () => this.#move(index, index + 1), index === this.queue.length - 1)}`
          : nothing
      }
      ${this.#button(
        steers ? 'Wait for the end of the turn' : 'Hand in at the next step',
        steers ? 'clock' : 'zap',
        'queue-steer',
        () => this.emit('mx-queue-change', { id: item.id, mode: steers ? 'queue' : 'steer' }),
      )}
      ${this.#button('Remove queued message', 'x', 'queue-remove', () => this.emit('mx-queue-remove', { id: item.id }))}`;
  }

  #button(name: string, glyph: Parameters<typeof icon>[0], test: string, act: () => void, off = false) {
    return html`<button type="button" class="btn btn-g btn-s btn-i" aria-label=${name} title=${name} aria-disabled=${off ? 'true' : nothing} data-test=${test} @click=${off ? nothing : act}>
      ${icon(glyph, 's')}
    </button>`;
  }

  #editor(item: QueuedMessage) {
    return html`<textarea rows="2" aria-label="Queued message" data-test="queue-editor" .value=${item.text} @keydown=${(event: KeyboardEvent) => this.#onKey(event, item)}></textarea>
      <button type="button" class="btn btn-s" data-test="queue-save" @click=${() => this.#save(item)}>Save</button>
      <button type="button" class="btn btn-s btn-g" @click=${() => this.#edit(null)}>Cancel</button>`;
  }

  #onKey(event: KeyboardEvent, item: QueuedMessage): void {
    if (event.isComposing) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.#edit(null);
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.#save(item);
    }
  }

  #save(item: QueuedMessage): void {
    const text = this.find<HTMLTextAreaElement>('textarea')?.value.trim() ?? '';
    if (text !== '' && text !== item.text) this.emit('mx-queue-change', { id: item.id, text });
    this.#edit(null);
  }

  /** Places count from 1. */
  #move(from: number, to: number): void {
    const item = this.queue[from];
    if (item) this.emit('mx-queue-change', { id: item.id, ord: to + 1 });
  }

  #edit(id: string | null): void {
    this.editing = id;
    void this.updateComplete.then(() => {
      if (id !== null) this.find('textarea')?.focus();
      else this.#leave();
    });
  }

  #focused(before: readonly QueuedMessage[]) {
    const active = document.activeElement;
    if (!(active instanceof HTMLElement) || !this.contains(active)) return null;
    const id = active.closest('li')?.dataset.id ?? '';
    return { id, test: active.dataset.test ?? '', index: before.findIndex((item) => item.id === id) };
  }

  #leave(): void {
    document.querySelector<HTMLElement>('[data-test="composer-input"]')?.focus();
  }
}
