import type { Page } from 'playwright-core';

/** Ages, clocks and sizes of this very run, as they read in any run: their digits become noughts. */
export function timeless(text: string): string {
  return text
    .replace(/\b\d{1,2}:\d{2}(:\d{2})?\b/g, (time) => time.replace(/\d/g, '0'))
    .replace(/\b\d+ (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b/g, '0 Jan')
    .replace(
      /\b(January|February|March|April|June|July|August|September|October|November|December)\b|(?<=Budget, )May\b/g,
      'January',
    )
    .replace(/\bnow$/gm, '0 min')
    .replace(/ends at about \S+\d/g, 'ends at about $0')
    .replace(/\b(\d+ (min|h|d) )?\d[\d.]*( |\u00a0|\u202f)(ms|s|min|h|d|kB|KB|KiB|MB|MiB|GB)\b/g, '0 $4')
    .replace(/\b(state|code_challenge|redirect_uri)=[^&\s"]+/g, '$1=0')
    .replace(/\b[0-9a-f]{16}\b/g, '0000000000000000')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '00000000-0000-0000-0000-000000000000')
    .replace(/maestro-home-\w+/g, 'maestro-home')
    .replace(/Connected 0 ms/g, 'Connected')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:0');
}

/** Puts noughts into the page itself, right before it is pictured. */
export async function makeTimeless(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    const timeless = ${timeless.toString()};
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = timeless(node.data);
      if (text !== node.data) node.data = text;
    }
  })()`);
}
