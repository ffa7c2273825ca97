import type { Page } from 'playwright-core';
import type { Stage } from './stage.js';

/** A page, or a state of one, that pictures and tests look at. */
export interface Place {
  name: string;
  /** The mock-up that shows it, with its query; none where only the product has it. */
  mockup: string;
  path(stage: Stage): string;
  /** Brings the page into the state; without it the page is looked at as it opens. */
  prepare?(page: Page): Promise<void>;
  /** Text that shows that the page is there. */
  shows: string | RegExp;
}

const session =
  (name: string, more = '') =>
  (stage: Stage) =>
    `/sessions/${stage.session(name).session_id}${more}`;
const at = (path: string) => () => path;

/** Every page and every state of one that the mock-ups show, in their order. */
export const places: readonly Place[] = [
  { name: 'dashboard', mockup: 'dashboard.html', path: at('/'), shows: 'Scribe' },
  {
    name: 'new-session',
    mockup: 'new-session.html',
    path: at('/'),
    shows: 'Scribe',
    prepare: (page) => press(page, 'n', '[role="dialog"]'),
  },
  {
    name: 'palette',
    mockup: 'palette.html',
    path: at('/'),
    shows: 'Scribe',
    prepare: (page) => press(page, 'Control+k', '[role="dialog"]'),
  },
  {
    name: 'shortcuts',
    mockup: 'shortcuts.html',
    path: at('/'),
    shows: 'Scribe',
    prepare: (page) => press(page, '?', '[role="dialog"]'),
  },
  { name: 'session', mockup: 'chat.html?nopop', path: session('Atlas'), shows: 'Running the' },
  { name: 'session-approval', mockup: 'chat-approval.html', path: session('Forge'), shows: 'invoice.ex' },
  { name: 'session-failed', mockup: '', path: session('Argus'), shows: /must be verified/ },
  {
    name: 'panel-tools',
    mockup: 'chat.html?panel=tools&nopop',
    path: session('Atlas', '?panel=tools'),
    shows: 'Running the',
  },
  {
    name: 'panel-mcp',
    mockup: 'chat.html?panel=mcp&nopop',
    path: session('Atlas', '?panel=mcp'),
    shows: 'Running the',
  },
  {
    name: 'panel-context',
    mockup: 'chat.html?panel=context&nopop',
    path: session('Atlas', '?panel=context'),
    shows: 'Running the',
  },
  {
    name: 'panel-usage',
    mockup: 'chat.html?panel=usage&nopop',
    path: session('Atlas', '?panel=usage'),
    shows: 'Running the',
  },
  {
    name: 'panel-wire',
    mockup: 'chat.html?panel=wire&nopop',
    path: session('Atlas', '?panel=wire'),
    shows: 'Running the',
  },
  { name: 'usage', mockup: 'usage.html', path: at('/usage'), shows: /Usage/ },
  { name: 'credentials', mockup: '', path: at('/auth'), shows: /Anthropic/ },
  {
    name: 'credentials-sign-in',
    mockup: 'auth.html',
    path: at('/auth'),
    shows: /Anthropic/,
    prepare: async (page) => {
      await page.locator('[data-provider="anthropic"] [data-test="sign-in"]').click();
      await page.locator('mx-oauth-flow').waitFor();
      await page.waitForLoadState('networkidle');
    },
  },
  { name: 'tools', mockup: 'tools.html', path: at('/settings/tools'), shows: 'write_file' },
  { name: 'mcp', mockup: 'mcp.html', path: at('/settings/mcp'), shows: 'issue-tracker' },
  { name: 'templates', mockup: 'templates.html', path: at('/settings/templates'), shows: 'Code reviewer' },
  { name: 'plugins', mockup: 'plugins.html', path: at('/settings/plugins'), shows: /provider-anthropic/ },
  { name: 'not-found', mockup: '', path: at('/nowhere'), shows: /not/i },
];

export async function goTo(page: Page, place: Place, stage: Stage): Promise<void> {
  await page.goto(stage.server.url + place.path(stage));
  await page.locator('main h1').first().waitFor();
  await page.getByText(place.shows).first().waitFor({ state: 'attached' });
  await page.waitForLoadState('networkidle');
  await place.prepare?.(page);
}

/** Outside any field, as a person would press it. */
async function press(page: Page, key: string, opens: string): Promise<void> {
  await page.locator('main h1').first().focus();
  await page.keyboard.press(key);
  await page.locator(opens).first().waitFor();
}
