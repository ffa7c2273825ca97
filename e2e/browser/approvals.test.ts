import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Session } from '@maestro/core/protocol';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { until } from '../support/until.js';

const write = (file_path: string) => ({ call: 'write_file', args: { file_path, content: 'one\ntwo\n' } });
const scripts = {
  one: { replies: [[{ say: 'I want to write.' }, write('one.txt')], [{ say: 'So be it.' }]] },
  two: { replies: [[write('two.txt')], [{ say: 'Done with it.' }]] },
  always: { replies: [[write('three.txt')], [write('three.txt')], [{ say: 'Twice written.' }]] },
  asks: {
    replies: [
      [
        {
          call: 'ask_user',
          args: {
            questions: [
              {
                question: 'Which database?',
                header: 'Database',
                type: 'choice',
                options: [
                  { label: 'PostgreSQL', description: 'as everywhere' },
                  { label: 'SQLite', description: 'in a file' },
                ],
              },
              { question: 'What is it called?', header: 'Name', type: 'text' },
            ],
          },
        },
      ],
      [{ say: 'Then so.' }],
    ],
  },
  circles: {
    replies: [
      ...Array.from({ length: 6 }, () => [{ call: 'list_directory', args: { dir_path: '.' } }]),
      [{ say: 'Enough.' }],
    ],
  },
};

describe('requests of an agent in a real browser', function () {
  this.timeout(120_000);
  let world: BrowserWorld;
  let page: Page;
  before(async () => {
    world = await BrowserWorld.open(scripts);
    page = await world.signIn();
  });
  after(() => world.close());

  const ask = (of = page) => of.getByTestId('approval');
  const opened = async (model: string, name: string): Promise<Session> => {
    const session = await world.session(model, name);
    await world.server.must('PATCH', `/sessions/${session.session_id}`, { approval: 'ask' });
    await page.goto(`${world.server.url}/sessions/${session.session_id}`);
    await page.getByTestId('session-header').waitFor();
    await world.say(session, 'go');
    await ask().waitFor();
    return session;
  };
  const made = (name: string) => readFile(path.join(world.work, name), 'utf8').catch(() => null);

  it('show what would be written, are said once, and are accessible in both themes', async () => {
    await opened('script-one', 'Forge');
    expect(await ask().getAttribute('aria-label')).to.equal('Forge asks to run write_file: one.txt');
    expect(await ask().getByTestId('diff').innerText()).to.match(/one[\s\S]*two/);
    expect(await page.locator('mx-approval [role="alert"]').allInnerTexts()).to.deep.equal([
      'Forge asks to run write_file: one.txt',
    ]);
    await page.locator('[data-test="session-header"][data-status="approval"]').waitFor();
    expect(await page.getByTestId('composer-input').getAttribute('placeholder')).to.match(
      /^Tell Forge what to do instead/,
    );
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityFaults(page), colorScheme).to.deep.equal([]);
      await picture(page, `approval-${colorScheme}`);
    }
    await page.reload();
    await ask().waitFor();
  });

  it('are answered by keyboard with the focus on them and not without, in all tabs at once', async () => {
    const other = await world.tab();
    await other.goto(page.url());
    await ask(other).waitFor();
    await page.locator('h1').focus();
    await page.keyboard.press('a');
    await page.waitForTimeout(200);
    expect(await made('one.txt'), 'a key meant for something else').to.equal(null);
    await page.keyboard.press('.');
    await until('the focus to be there', () =>
      page.evaluate<boolean>(`document.activeElement.matches('[data-test="approval"]')`),
    );
    await page.keyboard.press('a');
    for (const tab of [page, other]) {
      await tab.getByText('So be it.').waitFor();
      expect(await ask(tab).count()).to.equal(0);
    }
    expect(await made('one.txt')).to.equal('one\ntwo\n');
    await other.close();
  });

  it('can be answered with other arguments; what is no JSON is refused at the field', async () => {
    await writeFile(path.join(world.work, 'two.txt'), 'one\nother\n');
    await opened('script-two', 'Wren');
    await ask().getByTestId('diff').filter({ hasText: 'other' }).waitFor();
    expect(await ask().locator('.push').first().innerText()).to.include('+1 -1');
    await ask().focus();
    await page.keyboard.press('e');
    await page.getByTestId('edit-args').waitFor();
    await page.getByTestId('edit-args').fill('{ broken');
    await page.getByTestId('edit-approve').click();
    await page.getByTestId('approval-problem').waitFor();
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.getByTestId('edit-args').fill('{"file_path":"edited.txt"}');
    await page.getByTestId('edit-approve').click();
    await page.getByTestId('approval-problem').filter({ hasText: 'arguments do not fit' }).waitFor();
    await ask().focus();
    await page.keyboard.press('e');
    await page.getByTestId('edit-args').fill('{"file_path":"edited.txt","content":"by hand\\n"}');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Done with it.').waitFor();
    expect(await made('edited.txt')).to.equal('by hand\n');
    expect(await made('two.txt')).to.equal('one\nother\n');
  });

  it('are not asked again where the person said so', async () => {
    await opened('script-always', 'Scribe');
    await page.getByTestId('remember').check();
    await page.getByTestId('approve').click();
    await page.getByText('Twice written.').waitFor();
  });

  it('are denied with a key, and say so where somebody else was quicker', async () => {
    const session = await opened('script-one', 'Denier');
    await page.route('**/api/v1/approvals/*', async (route) => {
      const { items } = await world.server.must<{ items: { id: string }[] }>(
        'GET',
        `/approvals?state=open&session_id=${session.session_id}`,
      );
      if (items[0]) await world.server.must('POST', `/approvals/${items[0].id}`, { decision: 'deny' });
      await route.continue();
    });
    await ask().focus();
    await page.keyboard.press('d');
    await page.getByText('So be it.').waitFor();
    await until('the request to be gone', async () => (await ask().count()) === 0);
    await page.unroute('**/api/v1/approvals/*');
  });

  it('may be questions with fields of their own', async () => {
    const session = await opened('script-asks', 'Asker');
    await page.getByRole('textbox', { name: 'What is it called?' }).waitFor();
    await picture(page, 'approval-question');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.getByTestId('answer').click();
    await page.getByText('What is it called? is needed').waitFor();
    await page.getByTestId('answer-choice').selectOption({ label: 'SQLite' });
    await page.getByRole('textbox', { name: 'What is it called?' }).fill('tidewater');
    await page.getByTestId('answer').click();
    await page.getByText('Then so.').waitFor();
    const { items } = await world.server.must<{ items: unknown[] }>('GET', `/sessions/${session.session_id}/messages`);
    expect(JSON.stringify(items)).to.include('SQLite').and.include('tidewater');
  });

  it('may be a limit that was reached: to go on, or to stop', async () => {
    await opened('script-circles', 'Circler');
    expect(await ask().getAttribute('data-kind')).to.equal('limit');
    expect(await ask().innerText()).to.match(/may go in circles/);
    await picture(page, 'approval-limit');
    expect(await accessibilityFaults(page)).to.deep.equal([]);
    await page.locator('[data-test="answer"][data-value="stop"]').click();
    await page.getByTestId('turn-error').waitFor();
  });

  it('had no incident on the way', () => expect(world.incidents).to.deep.equal([]));
});
