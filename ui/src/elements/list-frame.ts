import { html, nothing, type TemplateResult } from 'lit';
import type { Listed } from '../state/listing.js';
import { timeOfDay } from '../text/format.js';
import { icon } from './icon.js';

export interface Frame<T> {
  /** What is listed, such as `tools`. */
  name: string;
  list: Listed<T>;
  retry: () => void;
  /** Also where there are none. */
  content: (items: readonly T[]) => TemplateResult | typeof nothing;
}

/** What stands where a list is shown: a skeleton, the list, the list as it was, or why there is none. */
export function listFrame<T>({ name, list, retry, content }: Frame<T>): TemplateResult {
  const { items, problem, at, isSlow } = list;
  if (items === null && problem !== '')
    return html`<div class="card list-note list-note-e" role="alert" data-test="list-failed">
      ${icon('circle-alert', 's')}<p><strong>The ${name} could not be loaded.</strong> ${problem}</p>${again(retry)}
    </div>`;
  if (items === null)
    return html`${isSlow ? html`<div class="card skel-card" role="status" aria-label="Loading the ${name}" data-test="list-loading">${rows}</div>` : nothing}`;
  return html`${
    problem === ''
      ? nothing
      : html`<div class="card list-note list-note-w" role="status" data-test="list-stale">
          ${icon('triangle-alert', 's')}<p><strong class="num">${timeOfDay(new Date(at).toISOString())}, not current.</strong> ${problem}</p>${again(retry)}
        </div>`
  }${content(items)}`;
}

const rows = [1, 2, 3].map(
  () => html`<div class="skel-row"><i class="skel skel-40"></i><i class="skel skel-70"></i></div>`,
);

const again = (retry: () => void) =>
  html`<button type="button" class="btn btn-s push" data-test="list-retry" @click=${retry}>${icon('rotate-cw', 's')}Retry</button>`;
