import type { Attachment } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { canShow, hold, release, save } from '../state/blob-urls.js';
import { bytes } from '../text/format.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** A picture or a file of a message: a picture shows, both can be saved. */
@customElement('mx-attachment')
export class MxAttachment extends MaestroElement {
  @property({ attribute: false }) file: Attachment | null = null;
  @state() private url = '';
  @state() private failed = false;
  #held: string | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) void this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#drop();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('file') && changed.get('file')?.blob !== this.file?.blob) void this.#load();
  }

  override render() {
    const { file: part } = this;
    if (!part) return nothing;
    const name = visible(part.name ?? 'Picture');
    const isPicture = part.type === 'image' && canShow(part.media_type) && !this.failed;
    return html`${isPicture ? this.#picture(name) : nothing}
      <button type="button" class="att" data-test="attachment" @click=${() => save(part.blob, part.name ?? 'picture')}>
        ${icon(part.type === 'image' ? 'image' : 'file-text', 's')}<span class="vh">Save </span><span class="trunc">${name}</span>
        <span class="t3 num">${part.bytes === undefined ? part.media_type : bytes(part.bytes)}</span>
      </button>
      ${this.failed ? html`<span class="t12 c-error">Not loaded</span>` : nothing}`;
  }

  #picture(name: string) {
    if (this.url === '') return html`<span class="pic pic-wait" aria-hidden="true"></span>`;
    return html`<img class="pic" src=${this.url} alt=${name} data-test="picture" @error=${this.#broken} />`;
  }

  async #load(): Promise<void> {
    const { file: part } = this;
    this.#drop();
    if (part?.type !== 'image' || !canShow(part.media_type)) return;
    this.#held = part.blob;
    try {
      const url = await hold(part.blob, part.media_type);
      if (this.#held === part.blob) this.url = url;
    } catch {
      if (this.#held === part.blob) this.failed = true;
    }
  }

  #drop(): void {
    if (this.#held !== null) release(this.#held);
    this.#held = null;
    this.url = '';
    this.failed = false;
  }

  #broken(): void {
    this.failed = true;
  }
}
