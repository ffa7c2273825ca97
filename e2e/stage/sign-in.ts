import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { maestro } from '../support/command.js';
import type { Stage } from './stage.js';

/** A new browser profile, signed in by the file that `maestro open --print` names. */
export async function signInOnStage(
  stage: Stage,
  browser: Browser,
  viewport: { width: number; height: number },
): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'en-GB', timezoneId: 'UTC' });
  const page = await context.newPage();
  const { stdout } = await maestro(['open', '--print'], { home: stage.server.home });
  const file = stdout.split('\n').find((line) => line.trim().endsWith('.html'));
  if (!file) throw new Error(`maestro open --print named no file:\n${stdout}`);
  await page.goto(pathToFileURL(file.trim()).href);
  await page.waitForURL(`${stage.server.url}/**`);
  await page.getByTestId('nav').waitFor();
  // Whom this person watches is kept in the browser.
  const watched = ['Atlas', 'Wren', 'Mason'].map((name) => stage.session(name).session_id);
  await page.evaluate(`localStorage.setItem('maestro.watching', ${JSON.stringify(JSON.stringify(watched))})`);
  return page;
}
