import { app } from '../state/app.js';
import type { MxMessage } from './mx-message.js';
import type { MxThought } from './mx-thought.js';

/** What F6 walks through: navigation, header, content, composer. */
const REGIONS = ['.nav', '.top, .chat-top', '.body, .log', '.cmp'];

/** Moves the focus to the next region of the page, or back. */
export function focusRegion(root: HTMLElement, step: 1 | -1): void {
  const all = REGIONS.flatMap((selector) => root.querySelector<HTMLElement>(selector) ?? []);
  const at = all.findIndex((region) => region.contains(document.activeElement));
  const start = step === 1 ? -1 : 0;
  const next = all[((at < 0 ? start : at) + step + all.length) % all.length];
  const inside = next?.matches('[tabindex="0"]')
    ? next
    : next?.querySelector<HTMLElement>('a, button, select, textarea');
  inside?.focus();
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
export function focusMessage(root: HTMLElement, step: 1 | -1): void {
  const all = articles(root);
  const at = all.findIndex((one) => one.contains(document.activeElement));
  const next = at < 0 ? all.at(-1) : all[at + step];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
}

/** Opens the blocks of the message with the focus; closes them where all are open. */
export function toggleBlocks(root: HTMLElement): void {
  const heads = [...(focused(root)?.querySelectorAll<HTMLElement>('.blk-h[aria-expanded]') ?? [])];
  const isOpen = (head: HTMLElement) => head.getAttribute('aria-expanded') === 'true';
  const close = heads.every(isOpen);
  for (const head of heads) if (isOpen(head) === close) head.click();
}

export function toggleThoughts(root: HTMLElement): void {
  const all = [...root.querySelectorAll<MxThought>('mx-thought')];
  const open = !all.every((thought) => thought.open);
  for (const thought of all) thought.open = open;
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

/** Presses Retry or Stop of the card with the focus, else of the open session. The button is there when it can be done. */
export function press(root: HTMLElement, what: 'retry' | 'stop'): void {
  const card = document.activeElement?.closest('mx-session-card');
  const own = card?.querySelector<HTMLElement>(`[data-test="card-${what}"]`);
  (own ?? root.querySelector<HTMLElement>(`mx-session [data-test="${what}"]`))?.click();
}

function articles(root: HTMLElement): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('.log article')];
}

/** The message with the focus, else the last one. */
function focused(root: HTMLElement): HTMLElement | undefined {
  const all = articles(root);
  return all.find((one) => one.contains(document.activeElement)) ?? all.at(-1);
}
