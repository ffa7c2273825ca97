import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { EverySecond } from '../state/controllers.js';
import { duration, running } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** What the model thought. It streams closed with a running time, and is never read out unless it is open. */
@customElement('mx-thought')
export class MxThought extends MaestroElement {
  @property({ attribute: false }) text = '';
  @property({ type: Boolean, reflect: true }) live = false;
  /** Whether its beginning was seen here; without that nobody knows how long it took. */
  @property({ attribute: false }) timed = true;
  @property({ type: Boolean }) redacted = false;
  @property({ type: Boolean, reflect: true }) open = false;
  @state() private took: number | null = null;
  #since: number | null = null;

  constructor() {
    super();
    new EverySecond(this, () => this.live);
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('live')) return;
    if (this.live) this.#since = this.timed ? Date.now() : null;
    else if (this.#since !== null) this.took = Date.now() - this.#since;
  }

  override render() {
    return html`<section class="blk blk-think ${this.open ? 'open' : ''}" data-test="thought" aria-live="off">
      <button type="button" class="blk-h" aria-expanded=${this.open ? 'true' : 'false'} @click=${this.#toggle}>
        ${icon('chevron-right', 'xs', 'chev')}<span class="c-thinking">${icon('brain', 's')}</span>
        <span class="nm">${this.#title()}</span>
      </button>
      ${this.open ? html`<div class="blk-b"><div class="think">${this.#body()}</div></div>` : nothing}
    </section>`;
  }

  #title(): string {
    if (this.live && this.#since !== null) return `Thinking ${running(Date.now() - this.#since)}`;
    if (this.took !== null) return `Thought for ${duration(this.took)}`;
    return this.live ? 'Thinking' : 'Thought';
  }

  #body(): string {
    if (this.redacted) return 'The provider keeps the text of this thought to itself.';
    return this.text === '' ? 'No text yet.' : visible(this.text);
  }

  #toggle(): void {
    this.open = !this.open;
    this.emit('mx-toggle', { open: this.open });
  }
}
