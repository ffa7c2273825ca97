import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { goTo, type Place, places } from '../stage/places.js';
import { signInOnStage } from '../stage/sign-in.js';
import { Stage } from '../stage/stage.js';
import { accessibilityFaults, launchChromium } from '../support/chromium.js';
import { repository } from '../support/maestro-process.js';
import { pictureFault, textFault } from '../support/pictures.js';
import { makeTimeless, timeless } from '../support/steady.js';

/** Bars that show when exactly something happened. */
const live =
  '.sc-act, mx-cost-today svg, mx-system, mx-session-tail, mx-oauth-flow input, mx-panel, [data-test="ns-name"]';

const viewport = { width: 1440, height: 900 };

describe('every page and state of the mock-ups', function () {
  this.timeout(240_000);
  let stage: Stage;
  let browser: Browser;
  let page: Page;

  before(async () => {
    stage = await Stage.open();
    browser = await launchChromium();
    page = await signInOnStage(stage, browser, viewport);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    page.setDefaultTimeout(10_000);
  });
  after(async () => {
    await browser.close();
    await stage.close();
  });

  for (const place of places) {
    it(`${place.name} looks and reads as expected, has no fault of accessibility and every element of its mock-up`, async () => {
      const faults: (string | undefined)[] = [];
      for (const theme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme: theme });
        await goTo(page, place, stage);
        faults.push(...(await accessibilityFaults(page)).map((fault) => `${theme}: ${fault}`));
        if (theme === 'dark') {
          faults.push(
            textFault(`${place.name}.aria.txt`, unloaded(timeless(await page.locator('body').ariaSnapshot()))),
          );
        }
        faults.push(await pictured(page, `${place.name}-${theme}`));
      }
      await goTo(page, place, stage);
      faults.push(...(await missingElements(page, place)));
      expect(faults.filter(Boolean)).to.deep.equal([]);
    });
  }
});

/** The load of this machine, as any: lines that tell it hold noughts. */
function unloaded(text: string): string {
  const lines = text.split('\n');
  return lines.map((line) => (/\bCPU\b|"(Memory|Disk)"/.test(line) ? line.replace(/\d[\d.]*/g, '0') : line)).join('\n');
}

/** What moves is looked at three times before it counts. */
async function pictured(page: Page, name: string): Promise<string | undefined> {
  let fault: string | undefined;
  for (let attempt = 0; attempt < 3; attempt++) {
    await page.waitForTimeout(attempt * 400);
    await makeTimeless(page);
    const bytes = await page.screenshot({
      animations: 'disabled',
      caret: 'hide',
      mask: [page.locator(live)],
      maskColor: '#808080',
    });
    fault = pictureFault(name, bytes);
    if (!fault) return undefined;
  }
  return fault;
}

/** Names of custom elements that the mock-up has and the page lacks. */
async function missingElements(page: Page, { mockup }: Place): Promise<string[]> {
  if (!mockup) return [];
  const file = path.join(repository, 'e2e', 'fixtures', 'mockups', mockup.split('?')[0] ?? '');
  const names = new Set([...readFileSync(file, 'utf8').matchAll(/data-el="([\w-]+)"/g)].map(([, name = '']) => name));
  // Some stand only where there is room for them.
  await page.setViewportSize({ width: 2560, height: 1440 });
  const missing: string[] = [];
  for (const name of names)
    await page
      .locator(name)
      .first()
      .waitFor({ state: 'attached', timeout: 3_000 })
      .catch(() => missing.push(`<${name}> of ${mockup} is missing`));
  await page.setViewportSize(viewport);
  return missing;
}
