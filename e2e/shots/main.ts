import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { goTo, type Place, places } from '../stage/places.js';
import { signInOnStage } from '../stage/sign-in.js';
import { Stage } from '../stage/stage.js';
import { launchChromium } from '../support/chromium.js';
import { repository } from '../support/maestro-process.js';

/** `npm run shots [-- --out DIR] [--only NAME]`: lays every page of the product beside its mock-up, in both themes. */
const flag = (name: string) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
const out = path.resolve(flag('--out') ?? path.join(repository, 'shots'));
const only = flag('--only');
const viewport = { width: 1440, height: 900 };
const mockups = path.join(repository, 'e2e', 'fixtures', 'mockups');

mkdirSync(out, { recursive: true });
const stage = await Stage.open();
const browser = await launchChromium();
try {
  const page = await signInOnStage(stage, browser, viewport);
  // A page that lacks a state is pictured as it is.
  page.setDefaultTimeout(5_000);
  const rows: string[] = [];
  for (const place of places.filter(({ name }) => only === undefined || name === only))
    for (const theme of ['dark', 'light'] as const) rows.push(await row(page, browser, place, theme));
  writeFileSync(path.join(out, 'index.html'), sheet(rows));
  console.log(`${rows.length} pairs in ${path.join(out, 'index.html')}`);
} finally {
  await browser.close();
  await stage.close();
}

async function row(page: Page, browser: Browser, place: Place, theme: 'dark' | 'light'): Promise<string> {
  const name = `${place.name}-${theme}`;
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  try {
    await goTo(page, place, stage);
  } catch (error) {
    console.error(`${name}: ${(error as Error).message.split('\n')[0]}`);
  }
  await page.screenshot({ path: path.join(out, `${name}-ours.png`) });
  if (place.mockup) await mockup(browser, place.mockup, theme, path.join(out, `${name}-mockup.png`));
  const picture = (side: string) => `<td><img src="${name}-${side}.png" alt="${name}, ${side}"></td>`;
  return `<tr><th colspan="2">${name}</th></tr><tr>${picture('ours')}${place.mockup ? picture('mockup') : '<td></td>'}</tr>`;
}

async function mockup(browser: Browser, file: string, theme: string, to: string): Promise<void> {
  const page = await browser.newPage({ viewport, reducedMotion: 'reduce' });
  const [name = '', query = ''] = file.split('?');
  const parameters = [query, `theme=${theme}`].filter(Boolean).join('&');
  await page.goto(`${pathToFileURL(path.join(mockups, name))}?${parameters}`);
  await page.screenshot({ path: to });
  await page.close();
}

function sheet(rows: readonly string[]): string {
  return `<!doctype html><meta charset="utf-8"><title>Ours beside the mock-ups</title>
<style>body{background:#888;font:14px sans-serif}img{width:48vw}th{text-align:left;padding:1rem 0 .25rem}</style>
<table><tr><th>ours</th><th>mock-up</th></tr>${rows.join('\n')}</table>
`;
}
