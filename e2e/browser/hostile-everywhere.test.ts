import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Session } from '@maestro/core/protocol';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { marked } from '../support/hostile-samples.js';
import { pagePaths } from '../support/journey.js';
import { until } from '../support/until.js';

const fileName = '<img class="foreign" src="x" onerror="alert(1)">.md';

/** An MCP server whose every text is hostile. */
const server = `
const marked = ${JSON.stringify(marked)};
const answers = {
  initialize: { protocolVersion: '2025-06-18', capabilities: { tools: {}, prompts: {}, resources: {} }, serverInfo: { name: marked, version: marked }, instructions: marked },
  'tools/list': { tools: [{ name: 'harmless', title: marked, description: marked, inputSchema: { type: 'object', description: marked, properties: { value: { type: 'string', title: marked, description: marked, default: marked } } } }] },
  'prompts/list': { prompts: [{ name: 'harmless', title: marked, description: marked }] },
  'resources/list': { resources: [{ uri: 'x://y', name: marked, description: marked }] },
  'resources/templates/list': { resourceTemplates: [] },
};
process.stderr.write(marked + '\\n');
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  if (id === undefined) return;
  const result = answers[method];
  process.stdout.write(JSON.stringify(result ? { jsonrpc: '2.0', id, result } : { jsonrpc: '2.0', id, error: { code: -32000, message: marked } }) + '\\n');
}).on('close', () => process.exit(0));
`;

const scripts = {
  talk: {
    replies: [
      [
        { think: marked },
        { say: `${marked}\n\n` },
        { call: 'read_file', args: { file_path: fileName } },
        { call: 'no_such_tool', args: { [marked]: marked } },
      ],
      [{ say: 'It was read.' }],
    ],
  },
  asks: {
    replies: [
      [{ call: 'run_shell_command', args: { command: `echo '${marked}'`, description: marked } }],
      [{ say: 'Over.' }],
    ],
  },
  fails: { replies: [[{ say: 'Half ' }, { fail: 'bad_request' as const, message: marked }]] },
};

describe('W3 hostile text in every place that shows text', function () {
  this.timeout(180_000);
  let world: BrowserWorld;
  let page: Page;
  let sessions: Record<keyof typeof scripts, Session>;

  before(async () => {
    world = await BrowserWorld.open(scripts);
    await writeFile(path.join(world.work, fileName), `${marked}\n`);
    await writeFile(path.join(world.work, 'server.cjs'), server);
    await mkdir(path.join(world.work, fileName.replace('.md', '')));
    page = await world.signIn();
    await furnish();
    sessions = {
      talk: await hostileSession('script-talk'),
      asks: await hostileSession('script-asks', { approval: 'ask' }),
      fails: await hostileSession('script-fails'),
    };
    for (const session of Object.values(sessions)) await world.say(session, `${marked} ${fileName}`);
    await until('all to have said what they have to say', async () => {
      const { items } = await world.server.must<{ items: Session[] }>('GET', '/sessions');
      return items.every(({ status }) => ['idle', 'error', 'approval'].includes(status));
    });
  });
  after(() => world.close());

  async function furnish(): Promise<void> {
    const { must } = world.server;
    const post = (route: string, body: unknown) => must.call(world.server, 'POST', route, body);
    await post('/templates', { name: 'Hostile', role: marked, description: marked, system_prompt: marked });
    await post('/mcp-servers', {
      name: 'hostile',
      description: marked,
      transport: 'stdio',
      command: process.execPath,
      args: [path.join(world.work, 'server.cjs'), marked],
    });
    await post('/mcp-servers', {
      name: 'absent',
      description: marked,
      transport: 'stdio',
      command: `/nowhere/${fileName}`,
    });
    await post('/approval-rules', { tool: 'write_file', pattern: marked, decision: 'ask' });
  }

  function hostileSession(model: string, more: object = {}): Promise<Session> {
    const body = {
      agent_name: marked,
      title: marked,
      role: marked,
      provider: 'rehearsal',
      model,
      working_directory: world.work,
      system_prompt: marked,
    };
    return world.server.must<Session>('POST', '/sessions', { ...body, ...more });
  }

  /** Nothing became markup, nothing ran, nothing was asked for elsewhere. */
  async function expectHarmless(where: string): Promise<void> {
    expect(await page.locator('.foreign').count(), `elements made of text at ${where}`).to.equal(0);
    expect(world.incidents, where).to.deep.equal([]);
  }

  for (const place of pagePaths)
    it(`does nothing at ${place}`, async () => {
      await page.goto(world.server.url + place, { waitUntil: 'networkidle' });
      await page.locator('main h1').first().waitFor();
      for (const summary of await page.locator('main [aria-expanded="false"]:visible').all())
        await summary.click({ timeout: 1_000 }).catch(() => undefined);
      await page.waitForTimeout(200);
      await expectHarmless(place);
    });

  for (const kind of Object.keys(scripts) as (keyof typeof scripts)[])
    it(`does nothing in a session that ${kind}, in none of its panels`, async () => {
      for (const panel of ['tools', 'mcp', 'context', 'usage', 'wire']) {
        await page.goto(`${world.server.url}/sessions/${sessions[kind].session_id}?panel=${panel}`, {
          waitUntil: 'networkidle',
        });
        await page.getByTestId('composer-input').waitFor();
        for (const closed of await page.locator('main [aria-expanded="false"]:visible').all())
          await closed.click({ timeout: 500 }).catch(() => undefined);
        await page.waitForTimeout(150);
        await expectHarmless(`${kind}, ${panel}`);
      }
      const text = await page.locator('main').innerText();
      expect(text, 'what is hostile is shown as it is').to.include('<img class="foreign"');
    });

  it('does nothing in the palette, in what the composer completes, in a new session', async () => {
    await page.getByTestId('composer-input').click();
    for (const begun of ['@img', '/']) {
      await page.getByTestId('composer-input').fill('');
      await page.getByTestId('composer-input').pressSequentially(begun);
      await page.waitForTimeout(400);
      await expectHarmless(`completion of ${begun}`);
    }
    await page.getByTestId('composer-input').fill('');
    await page.goto(world.server.url);
    await page.locator('main h1').first().focus();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('img');
    await page.waitForTimeout(400);
    await expectHarmless('the palette');
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await page.getByRole('dialog').waitFor();
    await page.waitForTimeout(300);
    await expectHarmless('the form of a new session');
  });
});
