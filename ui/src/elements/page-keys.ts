import { app } from '../state/app.js';
import type { MxMessage } from './mx-message.js';
import type { MxThought } from './mx-thought.js';

/** What F6 walks through: navigation, banner, header, content, composer, and what stands at the side. */
const REGIONS = ['.nav', '.banner', '.top, .chat-top', '.dash-l, .body, .log', '.cmp', '.dash-r, .side'];
const FOCUSABLE = 'a[href], button:not([disabled]), input, select, textarea, [tabindex="0"]';

/** Moves the focus to the next region of the page, or back. */
export function focusRegion(root: HTMLElement, step: 1 | -1): boolean {
  const all = REGIONS.flatMap((selector) => root.querySelector<HTMLElement>(selector) ?? []).filter(isShown);
  const at = all.findIndex((region) => region.contains(document.activeElement));
  const start = step === 1 ? -1 : 0;
  const next = all[((at < 0 ? start : at) + step + all.length) % all.length];
  const inside = next?.matches('[tabindex="0"]')
    ? next
    : [...(next?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])].find(isShown);
  inside?.focus();
  return inside !== undefined;
}

function isShown(element: HTMLElement): boolean {
  return element.getClientRects().length > 0;
}

/** The heading of the page; some pages draw theirs a little later than themselves. */
export function focusHeading(root: HTMLElement, tries = 20): void {
  const heading = root.querySelector<HTMLElement>('main h1');
  if (!heading && tries > 0) requestAnimationFrame(() => focusHeading(root, tries - 1));
  if (!heading) return;
  if (heading.tabIndex < 0) heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/** Moves the focus to the next message, or the one before. */
export function focusMessage(root: HTMLElement, step: 1 | -1): boolean {
  const all = articles(root);
  const at = all.findIndex((one) => one.contains(document.activeElement));
  const next = at < 0 ? all.at(-1) : all[at + step];
  if (!next) return false;
  next.tabIndex = -1;
  next.focus();
  return true;
}

/** Opens the blocks of the message with the focus; closes them where all are open. */
export function toggleBlocks(root: HTMLElement): boolean {
  const heads = [...(focused(root)?.querySelectorAll<HTMLElement>('.blk-h[aria-expanded]') ?? [])];
  const isOpen = (head: HTMLElement) => head.getAttribute('aria-expanded') === 'true';
  const close = heads.every(isOpen);
  for (const head of heads) if (isOpen(head) === close) head.click();
  return heads.length > 0;
}

export function toggleThoughts(root: HTMLElement): boolean {
  const all = [...root.querySelectorAll<MxThought>('mx-thought')];
  const open = !all.every((thought) => thought.open);
  for (const thought of all) thought.open = open;
  return all.length > 0;
}

/** Copies the message with the focus as it was written. */
export async function copyMessage(root: HTMLElement): Promise<void> {
  const words = focused(root)?.closest<MxMessage>('mx-message')?.words ?? '';
  if (words === '') return;
  try {
    await navigator.clipboard.writeText(words);
    app.toasts.show('ok', 'Message copied', '');
  } catch {
    app.toasts.show('error', 'Not copied', 'The browser does not let this page use the clipboard.');
  }
}

/**
 * Presses the button for it on the card or the approval with the focus; Retry and Stop also those of the open session.
 * The button is there when it can be done.
 */
export function press(root: HTMLElement, what: 'approve' | 'deny' | 'edit' | 'review' | 'retry' | 'stop'): boolean {
  const own = document.activeElement?.closest('mx-session-card, mx-approval');
  const isOfPage = what === 'retry' || what === 'stop';
  const button =
    own?.querySelector<HTMLElement>(`[data-test="card-${what}"], [data-test="${what}"]`) ??
    (isOfPage ? root.querySelector<HTMLElement>(`mx-session [data-test="${what}"]`) : null) ??
    (what === 'review' ? own?.querySelector<HTMLElement>('.sc-h a') : null);
  button?.click();
  return button !== null && button !== undefined;
}

/** Submits the form with the focus, else the only one of the page. */
export function submitForm(root: HTMLElement): boolean {
  const forms = [...root.querySelectorAll<HTMLFormElement>('main form')];
  const form = document.activeElement?.closest('form') ?? (forms.length === 1 ? forms[0] : undefined);
  const button = form?.querySelector<HTMLElement>('[type="submit"]:not([disabled])');
  button?.click();
  return button !== null && button !== undefined;
}

function articles(root: HTMLElement): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('.log article')];
}

/** The message with the focus, else the last one. */
function focused(root: HTMLElement): HTMLElement | undefined {
  const all = articles(root);
  return all.find((one) => one.contains(document.activeElement)) ?? all.at(-1);
}
