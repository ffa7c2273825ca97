import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { picture } from '../support/chromium.js';
import { journey } from '../support/journey.js';
import { until } from '../support/until.js';

describe('the main journey in a real browser', function () {
  this.timeout(120_000);
  let world: BrowserWorld;
  let page: Page;
  let address: string;
  const texts = (of: Page) => of.getByTestId('message-text').allInnerTexts();

  before(async () => {
    world = await BrowserWorld.open({ journey });
  });
  after(() => world.close());

  it('signs in by the file that maestro open names; the code is gone from the address', async () => {
    page = await world.signIn();
    expect(page.url()).to.equal(`${world.server.url}/`);
    expect(await page.context().cookies()).to.deep.equal([]);
    await picture(page, 'dashboard-empty');
  });

  it('starts a session in a directory chosen there', async () => {
    await page.getByTestId('new-session').or(page.getByTestId('new-session-empty')).first().click();
    await page.getByTestId('ns-name').fill('Atlas');
    await page.getByTestId('ns-directory').fill(world.work);
    await choose(page, 'ns-provider', 'Rehearsal');
    await choose(page, 'ns-model', 'Script: journey');
    await picture(page, 'new-session');
    await page.getByTestId('ns-start').click();
    await page.waitForURL('**/sessions/*');
    address = page.url();
    await page.getByTestId('composer-input').waitFor();
  });

  it('shows the first words while the stream is held', async () => {
    await page.getByTestId('composer-input').fill('please make a file');
    await page.getByTestId('composer-input').press('Enter');
    await page.getByText('First second third').waitFor();
    expect((await texts(page)).join(' ')).not.to.include('the rest');
    await picture(page, 'chat-streaming');
  });

  it('queues a second message meanwhile, and lets it be edited', async () => {
    await page.getByTestId('composer-input').fill('and then the secnd');
    await page.getByTestId('composer-input').press('Enter');
    const item = page.getByTestId('queue-item');
    await item.waitFor();
    await item.getByTestId('queue-edit').click();
    await page.getByTestId('queue-editor').fill('and then the second');
    await page.getByTestId('queue-save').click();
    await until('the edit to arrive', async () =>
      (await page.getByTestId('queue-text').innerText()).includes('the second'),
    );
    await picture(page, 'chat-queue');
  });

  it('goes on without gap or duplicate in a tab that was closed and opened again', async () => {
    await page.close();
    page = await world.tab();
    await page.goto(address);
    await page.getByText('First second third').waitFor();
    await world.release('go');
    await page.getByText('and the rest.').waitFor();
    await page.getByText('The file is written.').waitFor();
    await page.getByText('Here is the second answer.').waitFor();
    const all = (await texts(page)).join('\n');
    for (const once of [
      'First second third',
      'and the rest.',
      'The file is written.',
      'and then the second',
      'Here is the second answer.',
    ]) {
      expect(all.split(once).length - 1, once).to.equal(1);
    }
    expect(all.indexOf('The file is written.')).to.be.lessThan(all.indexOf('and then the second'));
  });

  it('shows the tool call with its diff, and the file is on disk', async () => {
    const call = page.getByTestId('tool-call').first();
    expect(await call.innerText()).to.include('write_file');
    const diff = page.getByTestId('diff').first();
    await diff.waitFor();
    expect(await diff.innerText())
      .to.include('made by an agent')
      .and.include('+');
    expect(await readFile(path.join(world.work, 'notes', 'made.txt'), 'utf8')).to.equal('made by an agent\n');
    await picture(page, 'chat-done');
  });

  it('totals the tokens in the header', async () => {
    expect(await page.getByTestId('total-tokens').innerText()).to.include('15,234');
  });

  it('shows the same history after a reload', async () => {
    const before = await texts(page);
    await page.reload();
    await page.getByText('Here is the second answer.').waitFor();
    expect(await texts(page)).to.deep.equal(before);
  });

  it('had no incident on the way', () => expect(world.incidents).to.deep.equal([]));
});

/** Chooses by what a person reads, in a native select or in a button with a list. */
async function choose(page: Page, test: string, label: string): Promise<void> {
  const control = page.getByTestId(test);
  await control.waitFor();
  if (await control.evaluate((element) => element.tagName === 'SELECT')) {
    const value = await control.locator('option', { hasText: label }).first().getAttribute('value');
    await control.selectOption(value ?? label);
    return;
  }
  await control.click();
  await page
    .getByRole('option', { name: label })
    .or(page.getByRole('menuitemradio', { name: label }))
    .first()
    .click();
}
