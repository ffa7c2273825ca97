import type { SearchHit } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { age, plural } from '../text/format.js';
import { marked } from '../text/found-words.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon, keys } from './icon.js';

/** Finds words in the whole conversation, also in what is not loaded. Enter goes to the older one, Shift Enter back. */
@customElement('mx-find')
export class MxFind extends MaestroElement {
  @property({ attribute: false }) hits: readonly SearchHit[] = [];
  /** Whether more were found than are listed. */
  @property({ type: Boolean }) hasMore = false;
  @property({ reflect: true }) state: 'idle' | 'searching' | 'found' | 'none' | 'failed' = 'idle';
  @state() private value = '';
  @state() private at = -1;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('hits')) this.at = -1;
  }

  override focus(): void {
    const field = this.find<HTMLInputElement>('input');
    field?.focus();
    field?.select();
  }

  override render() {
    return html`<search class="seek" role="search" aria-label="Search this conversation" data-test="find">
      <div class="seek-h">
        ${icon('search', 's')}
        <input
          type="search"
          class="grow"
          aria-label="Search this conversation"
          placeholder="Search this conversation"
          data-test="find-input"
          .value=${this.value}
          @input=${this.#onInput}
          @keydown=${this.#onKey}
        />
        <span class="t12 t3 num" role="status" data-test="find-count">${this.#count()}</span>
        <button type="button" class="btn btn-g btn-s btn-i" aria-label="Older match" ?disabled=${this.hits.length === 0} @click=${() => this.#go(1)}>${icon('arrow-up', 's')}</button>
        <button type="button" class="btn btn-g btn-s btn-i" aria-label="Newer match" ?disabled=${this.hits.length === 0} @click=${() => this.#go(-1)}>${icon('arrow-down', 's')}</button>
        <button type="button" class="btn btn-g btn-s btn-i" aria-label="Close search" @click=${this.#close}>${icon('x', 's')}</button>
      </div>
      ${this.hits.length > 0 ? this.#list() : nothing}
      ${this.state === 'none' ? html`<p class="seek-none t12 t3">No message has these words. ${keys('Esc')}</p>` : nothing}
      ${this.state === 'failed' ? html`<p class="seek-none t12 c-error">The search did not work. Try again.</p>` : nothing}
    </search>`;
  }

  #list() {
    return html`<ol class="seek-l" aria-label="Matches" data-test="find-hits">
      ${this.hits.map(
        (hit, index) => html`<li>
          <button type="button" aria-current=${index === this.at ? 'true' : 'false'} data-test="find-hit" @click=${() => this.#show(index)}>
            <span class="t3 t12">${who(hit)}</span>
            <span class="trunc grow">${marked(visible(hit.excerpt), this.value).map(({ text, hit: isHit }) => (isHit ? html`<mark>${text}</mark>` : text))}</span>
            <span class="t3 t12 num">${age(hit.at, Date.now())}</span>
          </button>
        </li>`,
      )}
    </ol>`;
  }

  #count(): string {
    if (this.state === 'searching') return 'Searching';
    if (this.hits.length === 0) return this.state === 'none' ? 'None' : '';
    const all = `${this.hits.length}${this.hasMore ? '+' : ''}`;
    return this.at < 0
      ? this.hasMore
        ? `${all} matches`
        : plural(this.hits.length, 'match', 'matches')
      : `${this.at + 1} of ${all}`;
  }

  #onInput(event: Event): void {
    this.value = (event.currentTarget as HTMLInputElement).value;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.emit('mx-search', { q: this.value.trim() }), 150);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      // Escape closes what is open before it stops an agent.
      event.stopPropagation();
      event.preventDefault();
      this.#close();
    } else if (event.key === 'Enter' || event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      event.preventDefault();
      this.#go(event.key === 'ArrowDown' || event.shiftKey ? -1 : 1);
    }
  }

  #go(step: 1 | -1): void {
    const { length } = this.hits;
    if (length === 0) return;
    this.#show(this.at < 0 ? (step === 1 ? 0 : length - 1) : (this.at + step + length) % length);
  }

  #show(index: number): void {
    this.at = index;
    const hit = this.hits[index];
    if (hit?.message_id) this.emit('mx-hit', { message_id: hit.message_id });
    void this.updateComplete.then(() => this.find('[aria-current="true"]')?.scrollIntoView({ block: 'nearest' }));
  }

  #close = (): void => {
    this.emit('mx-close');
  };
}

function who({ role, agent_name }: SearchHit): string {
  if (role === 'user') return 'You';
  return role === 'tool' ? 'Tool' : visible(agent_name);
}
