import { mkdirSync } from 'node:fs';
import path from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, chromium, type Page, selectors } from 'playwright-core';

const executablePath = process.env.MAESTRO_CHROMIUM ?? '/usr/bin/chromium';
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real Chromium; as root it has no sandbox of its own to use. */
export function launchChromium(more: readonly string[] = []): Promise<Browser> {
  selectors.setTestIdAttribute('data-test');
  return chromium.launch({
    executablePath,
    args: [...quiet, ...more, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
}

/** A colour that is on its way to another has the contrast of neither. */
const settled = `Promise.allSettled(
  document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < 5000).map((one) => one.finished),
).then(() => undefined)`;

/** Faults of WCAG 2.1 A and AA and best practice that axe finds on a page, one line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(settled);
  // The page's policy forbids foreign scripts, so axe comes in by the debugger and not by a tag.
  await page.evaluate(axe.source);
  const results: AxeResults = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  return results.violations.map(
    ({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
  );
}

/** Keeps a picture when MAESTRO_SCREENSHOTS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.MAESTRO_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}
