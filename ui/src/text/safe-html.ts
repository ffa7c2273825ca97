import createPurifier from 'dompurify';
import { allowed, renderMarkdown } from './markdown.js';
import { morph } from './morph.js';

interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML(source: string): string }): { createHTML(source: string): string };
}

const purifier = createPurifier(window);
const options = {
  ALLOWED_TAGS: [...allowed.tags],
  ALLOWED_ATTR: [...allowed.attributes],
  ALLOWED_URI_REGEXP: allowed.addresses,
  // The rule for addresses holds for every attribute that is not named here.
  ADD_URI_SAFE_ATTR: allowed.attributes.filter((name) => name !== 'href'),
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

/** Markdown in, markup out that is safe to put into the page. Nothing else in this app makes markup of text. */
function safe(source: string): string {
  return purifier.sanitize(renderMarkdown(source), options);
}

const types = (window as { trustedTypes?: TrustedTypes }).trustedTypes;
/** Where the browser has Trusted Types, this is the only policy of ours, so the only way from text to markup. */
const policy = types?.createPolicy('maestro-md', { createHTML: safe }) ?? { createHTML: safe };

/** Fills an element with rendered Markdown; what stands in it already and has not changed stays. */
export function fillWithMarkdown(element: HTMLElement, source: string): void {
  const drawn = document.createElement('div');
  drawn.innerHTML = policy.createHTML(source);
  morph(element, drawn);
}
