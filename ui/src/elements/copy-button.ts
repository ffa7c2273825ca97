import { html, type TemplateResult } from 'lit';
import { app } from '../state/app.js';
import { icon } from './icon.js';

/** Puts a text into the clipboard and says how that went. */
export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    app.toasts.show('ok', `${what} copied`, '');
  } catch {
    app.toasts.show('error', 'Not copied', 'The browser does not let this page use the clipboard.');
  }
}

/** @param what is copied, as in "Copy output" */
export function copyButton(what: string, text: () => string, extra = ''): TemplateResult {
  const copied = what.charAt(0).toUpperCase() + what.slice(1);
  return html`<button type="button" class="btn btn-g btn-s ${extra}" aria-label="Copy ${what}" data-test="copy" @click=${() => copyText(text(), copied)}>
    ${icon('copy', 's')}<span>Copy</span>
  </button>`;
}
