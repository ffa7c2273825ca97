import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TemplateResource, ToolResource } from '@maestro/core/protocol';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { until } from '../support/until.js';

describe('the templates in a real browser', function () {
  this.timeout(120_000);
  let world: BrowserWorld;
  let page: Page;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-templates-'));
    world = await BrowserWorld.open();
    page = await world.signIn();
  });
  after(async () => {
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const go = async (place: string, on: Page = page) => {
    await on.goto(world.server.url + place);
    await on.getByTestId('template-form').waitFor();
  };
  const focused = () => page.evaluate<string | undefined>('document.activeElement?.dataset.test');
  const all = async () => (await world.server.must<{ items: TemplateResource[] }>('GET', '/templates')).items;
  const named = async (name: string) => (await all()).find((one) => one.name === name);
  const card = (name: string, on: Page = page) => on.locator(`[data-test="template-card"][data-name="${name}"]`);
  const form = (on: Page = page) => on.getByTestId('template-form');
  const isEdited = async (on: Page = page) => (await form(on).getAttribute('data-state')) === 'edited';
  const inBothThemes = async (name: string) => {
    for (const theme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      expect(await accessibilityFaults(page), `${name} ${theme}`).to.deep.equal([]);
      await picture(page, `${name}-${theme}`);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
  };

  it('says at the field what is missing, and saves a new one by keyboard alone', async () => {
    await page.goto(`${world.server.url}/settings/templates`);
    await page.getByTestId('template-new').press('Enter');
    await page.waitForURL('**/settings/templates/new');
    await form().getByRole('heading', { name: 'New template' }).waitFor();
    await page.keyboard.press('Control+s');
    await page.getByTestId('template-name-error').waitFor();
    await until('the focus', async () => (await focused()) === 'template-name');
    await inBothThemes('templates-new');
    await page.keyboard.type('Code poet');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Poet');
    await page.getByTestId('template-system_prompt').focus();
    await page.keyboard.type('Write verse.');
    await page.getByTestId('template-tools-input').focus();
    await page.keyboard.type('read_file');
    await page.keyboard.press('Enter');
    await page.getByTestId('template-tools-chip').waitFor();
    await page.keyboard.press('Control+s');
    await page.waitForURL(/templates\/[0-9a-f-]{36}$/);
    expect(await named('Code poet')).to.deep.include({
      role: 'Poet',
      system_prompt: 'Write verse.',
      tools: ['read_file'],
    });
    await card('Code poet').locator('xpath=self::*[@aria-current="true"]').waitFor();
    expect(await isEdited()).to.equal(false);
  });

  it('has a place of its own, which can be shared, and says so where there is none', async () => {
    const poet = await named('Code poet');
    await go(`/settings/templates/${poet?.id}`);
    expect(await page.getByTestId('template-name').inputValue()).to.equal('Code poet');
    await inBothThemes('templates');
    await page.setViewportSize({ width: 1024, height: 768 });
    await inBothThemes('templates-1024');
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${world.server.url}/settings/templates/nobody`);
    await page.getByTestId('template-gone').waitFor();
    await inBothThemes('templates-gone');
  });

  it('names the tool it is called by, and switches it', async () => {
    const poet = await named('Code poet');
    await go(`/settings/templates/${poet?.id}`);
    const name = await page.getByTestId('agent-tool').innerText();
    expect(name).to.equal('agent_code_poet');
    const tool = async () =>
      (await world.server.must<{ items: ToolResource[] }>('GET', '/tools')).items.find((one) => one.name === name);
    await until('the tool', async () => (await tool())?.available);
    await page.getByTestId('agent-switch').getByRole('switch').press('Space');
    await until('the switch', async () => (await tool())?.is_enabled === false);
    await page.getByTestId('agent-switch').getByRole('switch').press('Space');
    await until('the switch', async () => (await tool())?.is_enabled === true);
  });

  it('shows a change of another tab, and keeps what is written here', async () => {
    const other = await world.tab();
    const poet = await named('Code poet');
    await go(`/settings/templates/${poet?.id}`, other);
    await page.getByTestId('template-role').fill('Bard');
    await page.keyboard.press('Control+s');
    await until('the role there', async () => (await other.getByTestId('template-role').inputValue()) === 'Bard');
    await other.getByTestId('template-description').fill('mine');
    await world.server.must('PATCH', `/templates/${poet?.id}`, { role: 'Skald' });
    await other.getByTestId('template-notice').waitFor();
    expect(await other.getByTestId('template-notice').innerText()).to.include('meanwhile');
    expect(await other.getByTestId('template-description').inputValue()).to.equal('mine');
    await other.getByTestId('template-discard').click();
    await until('theirs', async () => (await other.getByTestId('template-role').inputValue()) === 'Skald');
    await other.close();
  });

  it('asks before a link, or back, leaves what is not saved', async () => {
    await page.goto(`${world.server.url}/settings/tools`);
    await page.locator('h1').first().waitFor();
    await page.getByRole('link', { name: 'Templates' }).click();
    await card('Code poet').click();
    await until('the form', async () => (await page.getByTestId('template-name').inputValue()) === 'Code poet');
    const place = page.url();
    await page.getByTestId('template-description').fill('Not saved yet');
    await page.getByTestId('template-edited').waitFor();
    await page.getByRole('link', { name: 'Dashboard' }).click();
    await page.getByTestId('template-leave').waitFor();
    await inBothThemes('templates-leave');
    await page.keyboard.press('Escape');
    await page.getByTestId('template-leave').waitFor({ state: 'detached' });
    expect(page.url()).to.equal(place);
    await page.goBack();
    await page.getByTestId('template-leave').waitFor();
    await until('the place back', () => page.url() === place);
    await page.getByTestId('leave-stay').click();
    expect(await page.getByTestId('template-description').inputValue()).to.equal('Not saved yet');
    await page.goBack();
    await page.getByTestId('leave-save').click();
    await page.waitForURL('**/settings/templates');
    expect(await named('Code poet')).to.include({ description: 'Not saved yet' });
  });

  it('asks the browser to hold a tab that would close over it, and throws it away when told to', async () => {
    const other = await world.tab();
    const poet = await named('Code poet');
    await go(`/settings/templates/${poet?.id}`, other);
    const asked = () =>
      other.evaluate<boolean>(`!window.dispatchEvent(new Event('beforeunload', { cancelable: true }))`);
    expect(await asked()).to.equal(false);
    await other.getByTestId('template-role').fill('Lost');
    expect(await asked()).to.equal(true);
    await other.getByRole('link', { name: 'Dashboard' }).click();
    await other.getByTestId('leave-discard').click();
    await other.waitForURL(`${world.server.url}/`);
    expect(await named('Code poet')).to.include({ role: 'Skald' });
    await other.close();
  });

  it('duplicates one with what is written, exports it and takes the file back', async () => {
    const poet = await named('Code poet');
    await go(`/settings/templates/${poet?.id}`);
    await page.getByTestId('template-duplicate').click();
    await page.waitForURL('**/settings/templates/new');
    await until('the copy', async () => (await page.getByTestId('template-name').inputValue()) === 'Code poet copy');
    await page.getByTestId('template-save').click();
    await page.waitForURL(/templates\/[0-9a-f-]{36}$/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      (async () => {
        await page.getByTestId('template-more').click();
        await page.getByRole('menuitem', { name: 'Export as file' }).click();
      })(),
    ]);
    const text = await readFile(await download.path(), 'utf8');
    expect(text).to.include('name: Code poet copy').and.include('Write verse.');
    const file = path.join(folder, 'taken.md');
    await writeFile(file, text.replace('name: Code poet copy', 'name: Taken back'));
    await page.getByTestId('template-file').setInputFiles(file);
    await card('Taken back').waitFor();
    expect(await named('Taken back')).to.include({ source: 'imported', system_prompt: 'Write verse.' });
  });

  it('deletes one after asking', async () => {
    const copy = await named('Code poet copy');
    await go(`/settings/templates/${copy?.id}`);
    await page.getByTestId('template-more').click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByTestId('template-delete').waitFor();
    await inBothThemes('templates-delete');
    await page.getByTestId('template-delete-confirm').click();
    await card('Code poet copy').waitFor({ state: 'detached' });
    await page.waitForURL('**/settings/templates');
  });

  it('says why it could not be saved, and keeps what was written', async () => {
    const poet = await named('Code poet');
    await go(`/settings/templates/${poet?.id}`);
    await page.route('**/api/v1/templates/*', (route) =>
      route.fulfill({ status: 503, json: { error: { code: 'x', message: 'the disk is full', correlation_id: 'x' } } }),
    );
    await page.getByTestId('template-role').fill('Kept');
    await page.getByTestId('template-save').click();
    await page.getByTestId('template-problem').waitFor();
    expect(await page.getByTestId('template-problem').innerText()).to.include('The disk is full');
    expect(await isEdited()).to.equal(true);
    await page.unroute('**/api/v1/templates/*');
    await page.getByTestId('template-discard').click();
    expect(await isEdited()).to.equal(false);
  });

  it('is harmless whatever is written into one', async () => {
    const bad = '<img src=x onerror=alert(1)>';
    const body = { name: 'Hostile', role: bad, description: bad, system_prompt: `${bad}\u202e` };
    const { id } = await world.server.must<TemplateResource>('POST', '/templates', { ...body, tools: ['a*b'] });
    await go(`/settings/templates/${id}`);
    await card('Hostile').getByText(bad).waitFor();
    expect(await page.getByTestId('template-system_prompt').inputValue()).to.include(bad);
    expect(await accessibilityFaults(page)).to.deep.equal([]);
  });

  it('had no incident on the way', () => expect(world.incidents).to.deep.equal([]));
});
