import type { Page } from 'playwright-core';

/** A reply of numbered words, `m0 m1 ...`, one a delta. */
export const words = (count: number): string => Array.from({ length: count }, (_, index) => `m${index}`).join(' ');

const noting = `(() => {
  const seen = (window.seenWords = {});
  let isAsked = false;
  const look = () => {
    isAsked = false;
    const text = document.querySelector('main')?.textContent ?? '';
    for (const [word] of text.matchAll(/\\bm\\d+\\b/g)) seen[word] ??= Date.now();
  };
  new MutationObserver(() => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(look);
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
})()`;

/** From now on the page notes when each numbered word was painted first, by the clock of the machine. */
export async function noteWords(page: Page): Promise<void> {
  await page.evaluate(noting);
}

export function seenWords(page: Page): Promise<Record<string, number>> {
  return page.evaluate('window.seenWords');
}
