import type { DirectoryListing } from '@maestro/core/protocol';
import { html, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** Walks the folders of the machine the server runs on. Each step tells `mx-pick` with the folder that is open. */
@customElement('mx-directory-picker')
export class MxDirectoryPicker extends MaestroElement {
  @property() path = '';
  @state() private listing: DirectoryListing | null = null;
  @state() private problem = '';

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('path') && this.path !== this.listing?.path) void this.#open(this.path);
  }

  override render() {
    const listing = this.listing;
    return html`<div class="dirs" data-test="directory-picker" role="group" aria-label="Folders">
      <div class="dirs-h">
        <button
          type="button"
          class="btn btn-g btn-s btn-i"
          aria-label="Up one folder"
          data-test="directory-up"
          ?disabled=${!listing?.parent}
          @click=${() => this.#go(listing?.parent ?? '')}
        >
          ${icon('corner-left-up', 's')}
        </button>
        <span class="mono trunc grow" data-test="directory-path">${visible(this.problem === '' ? (listing?.path ?? this.path) : this.path)}</span>
        <button type="button" class="btn btn-g btn-s" @click=${() => this.#go(listing?.home ?? '')}>Home</button>
      </div>
      ${this.problem === '' ? this.#entries(listing) : html`<p class="dirs-n problem" role="alert">${icon('circle-alert', 's')}${this.problem}</p>`}
    </div>`;
  }

  #entries(listing: DirectoryListing | null) {
    if (!listing) return html`<p class="dirs-n">Loading folders</p>`;
    if (listing.entries.length === 0) return html`<p class="dirs-n">No folders in here</p>`;
    return html`<ul>
      ${listing.entries.map(
        ({ name, path }) => html`<li>
          <button type="button" class="dir-i" data-test="directory-entry" @click=${() => this.#go(path)}>
            ${icon('folder', 's')}<span class="trunc">${visible(name)}</span>
          </button>
        </li>`,
      )}
    </ul>`;
  }

  async #go(path: string): Promise<void> {
    await this.#open(path);
    if (this.problem === '' && this.listing) this.emit('mx-pick', { path: this.listing.path });
  }

  async #open(path: string): Promise<void> {
    try {
      this.listing = await app.rest.directories(path === '' ? undefined : path);
      this.problem = '';
    } catch (error) {
      this.problem = sentence(messageOf(error));
    }
  }
}
