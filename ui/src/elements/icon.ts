import { html, type TemplateResult } from 'lit';
import { mark } from '../icons/glyphs.js';
import type { IconName } from '../icons/names.js';

/** An outline of the sprite. Always silent: the control it stands in carries the name. */
export function icon(name: IconName, size: '' | 's' | 'xs' | 'l' = '', extra = ''): TemplateResult {
  const sized = size === '' ? 'i' : `i i-${size}`;
  return html`<svg class="${sized} ${extra}" aria-hidden="true"><use href="#i-${name}"></use></svg>`;
}

export function brandMark(size: '' | 'l' = ''): TemplateResult {
  return html`<svg class="i ${size === '' ? '' : `i-${size}`}" viewBox="0 0 20 20" aria-hidden="true">${mark}</svg>`;
}

/** Keys of a shortcut, one cap each. */
export function keys(...names: string[]): TemplateResult {
  return html`<span class="kbds" aria-hidden="true">${names.map((name) => html`<kbd class="kbd">${name}</kbd>`)}</span>`;
}
