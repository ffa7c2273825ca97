import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { IconName } from '../icons/names.js';
import { highlighted } from '../text/completion.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** One thing that can be put in. */
export interface Completion {
  value: string;
  label: string;
  detail: string;
  icon?: IconName;
}

/** Id of the list, for the field it belongs to. */
export const LIST_ID = 'completions';

export function optionId(index: number): string {
  return `${LIST_ID}-${index}`;
}

/**
 * What fits what is being typed, above the field. The focus stays in the field, which names the active one to readers; a
 * press tells `mx-pick`.
 */
@customElement('mx-completion')
export class MxCompletion extends MaestroElement {
  @property() heading = '';
  @property() query = '';
  @property({ attribute: false }) options: readonly Completion[] = [];
  @property({ type: Number }) active = 0;

  protected override updated(): void {
    this.find('.act')?.scrollIntoView({ block: 'nearest' });
  }

  override render() {
    if (this.options.length === 0) return nothing;
    return html`<div class="pop pop-fill" role="listbox" id=${LIST_ID} aria-label=${this.heading} data-test="completions">
        <div class="pop-h" aria-hidden="true">${visible(this.heading)}</div>
        ${this.options.map((option, index) => this.#option(option, index))}
      </div>
      <span class="vh" role="status">${this.options.length} suggestions</span>`;
  }

  #option({ value, label, detail, icon: glyph }: Completion, index: number) {
    const isActive = index === this.active;
    return html`<div
      class="pop-i ${isActive ? 'act' : ''}"
      role="option"
      id=${optionId(index)}
      aria-selected=${isActive ? 'true' : 'false'}
      data-test="completion"
      data-value=${value}
      @mousedown=${(event: MouseEvent) => event.preventDefault()}
      @click=${() => this.emit('mx-pick', { index })}
    >
      ${glyph ? icon(glyph, 's') : nothing}
      <span class="mono trunc ${glyph ? '' : 'cmd'}">${highlighted(visible(label), this.query).map(({ text, isHit }) => (isHit ? html`<b>${text}</b>` : text))}</span>
      <span class="${glyph ? 'push' : 't12 grow'} trunc">${visible(detail)}</span>
    </div>`;
  }
}
