import type { CallResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { holdsSecret, masked } from '../text/call-view.js';
import { plural } from '../text/format.js';
import { visible } from '../text/visible.js';
import { icon } from './icon.js';

type Pairs = readonly (readonly [name: string, value: string])[];

/** Headers in the order they were sent, numbered; secrets as dots unless what is stored of them is to be seen. */
export function headerList(headers: Pairs, label: string, isRevealed = false) {
  if (headers.length === 0) return html`<p class="hint">None.</p>`;
  return html`<ol class="hdrs" tabindex="0" aria-label=${label} data-test="headers">
    ${headers.map(
      ([name, value], index) =>
        html`<li><span aria-hidden="true">${index + 1}</span><span class="hk">${visible(name)}</span><span class="hv" title=${visible(masked(value))}>${visible(isRevealed ? value : masked(value))}</span></li>`,
    )}
  </ol>`;
}

export function hasSecret(headers: Pairs): boolean {
  return headers.some(([, value]) => holdsSecret(value));
}

/** How the head compares with that of the application it was made after. */
export function referenceLine({ reference }: Pick<CallResource, 'reference'>, count: number) {
  if (reference === undefined) return nothing;
  if (reference === null)
    return html`<p class="row t12 t3" data-test="reference">No reference application is known for this request.</p>`;
  const { app, version, profile, matching, left_out, unexpected } = reference;
  const name = `${visible(app)} ${visible(version)}`;
  if (unexpected.length > 0)
    return html`<p class="row t12" data-test="reference" title=${profile}>
      <span class="c-error">${icon('triangle-alert', 's')}</span
      ><span>${plural(unexpected.length, 'header')} not as ${name} sends them: ${visible(unexpected.join(', '))}</span>
    </p>`;
  return html`<p class="row t12" data-test="reference" title="${profile}, ${name}">
      <span class="c-ok">${icon('check', 's')}</span><span>Headers match the reference order, ${matching} of ${count}</span>
    </p>
    ${left_out.length === 0 ? nothing : html`<p class="hint">${name} sends ${visible(left_out.join(', '))} too where it has a value.</p>`}`;
}
