import { createHash, randomUUID } from 'node:crypto';
import type { CallResource, ContextReport, List, Session, SessionUsage } from '@maestro/core/protocol';
import { stdioProgram } from '@maestro/mcp-sim';
import { type ProviderSim, type Reply, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { accessibilityFaults, picture } from '../support/chromium.js';
import { maestro } from '../support/command.js';
import { until } from '../support/until.js';

const model = 'claude-sonnet-5';
const hostile = '<img src=x onerror=alert(1)></pre><script>alert(2)</script>\u202egnp.exe';
const copied = 'navigator.clipboard.readText()';
const drawn = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';
/** The head of a picture, and four megabytes behind it. */
const photo = Buffer.concat([
  Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ', 'base64'),
  Buffer.alloc(3_600_000, 'photo'),
]);
const grouped = (value: number) => value.toLocaleString('en-GB');

describe('the side panel of a session, in a real browser', function () {
  this.timeout(120_000);
  let sim: ProviderSim;
  let world: BrowserWorld;
  let page: Page;
  let session: Session;

  before(async () => {
    sim = await startProviderSim();
    const plugins = `  "@maestro/provider-anthropic": { baseUrl: "${sim.url}" }
models: { ${model}: { price: { input: 3, output: 15 } } }
`;
    world = await BrowserWorld.open({}, { width: 1440, height: 900 }, plugins);
    await world.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const key = { provider: 'anthropic', method: 'anthropic/api_key', fields: { api_key: 'sk-ant-panel-000' } };
    await world.server.must('POST', '/credentials', key);
    page = await world.signIn();
    session = await world.server.must<Session>('POST', '/sessions', {
      agent_name: 'Atlas',
      provider: 'anthropic',
      model,
      working_directory: world.work,
    });
    sim.play(
      {
        steps: [
          { type: 'text', text: 'Hello from the wire. ' },
          { type: 'pause', ms: 150 },
          { type: 'text', text: 'Bye.' },
        ],
        usage: { input_tokens: 1_000, output_tokens: 200 },
      },
      { steps: [{ type: 'text', text: hostile }], usage: { input_tokens: 2_000, output_tokens: 400 } },
    );
    await answered(`first: ${hostile} é😀 ${'long '.repeat(2_000)}`, 1);
    await answered('second', 2);
    await page.goto(`${world.server.url}/sessions/${session.session_id}`);
    await page.getByTestId('panel').waitFor();
  });
  after(async () => {
    await world?.close();
    await sim?.close();
  });

  const calls = async () =>
    (await world.server.must<List<CallResource>>('GET', `/sessions/${session.session_id}/calls`)).items;
  const answered = async (text: string, count: number) => {
    await world.say(session, text);
    await until(`${count} calls to end`, async () => {
      const all = await calls();
      return all.length === count && all.every(({ state }) => state !== 'sent');
    });
  };
  const panel = () => page.getByTestId('panel');
  const tab = (id: string) => page.getByTestId(`tab-${id}`);
  const isChosen = (id: string) =>
    until(`the tab ${id}`, async () => (await tab(id).getAttribute('aria-selected')) === 'true');
  const open = async (id: string) => {
    await tab(id).click();
    await isChosen(id);
  };
  const clean = async (name: string) => {
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityFaults(page), `${name}, ${colorScheme}`).to.deep.equal([]);
      await picture(page, `panel-${name}-${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
  };
  /** What all rows of a long box say, read as a person would: by scrolling. */
  const everyRow = async (box: Locator) => {
    const rows = new Map<number, string>();
    await box.evaluate((element) => {
      element.scrollTop = 0;
    });
    for (;;) {
      await page.evaluate(drawn);
      const seen = await box
        .locator('.rw')
        .evaluateAll((elements) =>
          elements.map((row): [number, string] => [Number(row.getAttribute('data-index')), row.textContent ?? '']),
        );
      for (const [index, text] of seen) rows.set(index, text);
      const isEnd = await box.evaluate((element) => {
        const before = element.scrollTop;
        element.scrollTop += element.clientHeight;
        return element.scrollTop === before;
      });
      if (isEnd) return [...rows].sort(([a], [b]) => a - b).map(([, text]) => text);
    }
  };

  it('says what the next request would hold, by cause, as the server counts it', async () => {
    await isChosen('context');
    const report = await world.server.must<ContextReport>('GET', `/sessions/${session.session_id}/context`);
    await until('the figures', async () =>
      (await page.getByTestId('context-total').innerText()).includes(grouped(report.total_tokens)),
    );
    expect(await page.getByTestId('cause-tools').innerText()).to.equal(grouped(report.tools.tokens));
    expect(await page.getByTestId('layer').count()).to.equal(report.system.layers.length);
    await clean('context');
  });

  it('changes the prompt of the session, from the next message', async () => {
    await page.getByTestId('prompt-edit').click();
    await page.getByTestId('prompt-text').fill(`Be brief. ${hostile}`);
    await page.getByTestId('prompt-text').press('Control+Enter');
    const shown = page.getByTestId('layer').filter({ hasText: 'Be brief.' });
    await shown.first().waitFor({ state: 'attached' });
    expect(await shown.first().locator('img, script').count()).to.equal(0);
  });

  it('switches a tool for this session alone, and says where it is off for all', async () => {
    await open('tools');
    const [one, other] = ['glob', 'replace'] as const;
    const row = (name: string) => panel().locator(`[data-tool="${name}"]`);
    await row(one).getByRole('switch').click();
    await until(
      'the switch',
      async () => (await row(one).getByRole('switch').getAttribute('aria-checked')) === 'false',
    );
    const { tools: switches } = await world.server.must<Session>('GET', `/sessions/${session.session_id}`);
    expect(switches).to.deep.include({ [one]: false });
    await world.server.must('PATCH', `/tools/${other}`, { is_enabled: false });
    await page.reload();
    await isChosen('tools');
    await row(other).getByText('off in Settings').waitFor();
    expect(await row(other).getByRole('switch').isDisabled()).to.equal(true);
    await page.getByLabel('Filter tools').fill(one);
    expect(await panel().locator(`[data-tool="${other}"]`).count()).to.equal(0);
    await page.getByLabel('Filter tools').fill('');
    await clean('tools');
  });

  it('counts the calls of a tool as they are made', async () => {
    const name = 'list_directory';
    sim.play({ steps: [{ type: 'tool', name, input: { path: world.work } }] } as Reply, {
      steps: [{ type: 'text', text: 'Listed.' }],
      usage: { input_tokens: 10, output_tokens: 5 },
    });
    await answered('list', 4);
    await panel().locator(`[data-tool="${name}"]`).getByText('1 call', { exact: true }).waitFor();
  });

  it('shows MCP servers as they are, their tools, and why one does not connect', async () => {
    const stdio = { transport: 'stdio', command: process.execPath };
    await world.server.must('POST', '/mcp-servers', { name: 'good', ...stdio, args: [stdioProgram, 'good'] });
    await world.server.must('POST', '/mcp-servers', { name: 'broken', ...stdio, args: ['/no/such/program.js'] });
    await open('mcp');
    const server = (name: string) => panel().locator(`[data-server="${name}"]`);
    const state = (name: string) => server(name).getByTestId('server-state');
    await until('both states', async () => {
      if ((await server('broken').count()) === 0) return false;
      return /tool/.test(await state('good').innerText()) && /next try/.test(await state('broken').innerText());
    });
    await server('good').getByTestId('server-open').click();
    const tool = server('good').getByTestId('server-tool').first();
    await tool.getByRole('switch').click();
    await until(
      'some tools on',
      async () => (await server('good').locator('.li-2').getByRole('switch').getAttribute('aria-checked')) === 'mixed',
    );
    await clean('mcp');
  });

  it('tells tokens and cost by activity, by model and by call', async () => {
    await open('usage');
    const { totals } = await world.server.must<SessionUsage>('GET', `/sessions/${session.session_id}/usage`);
    await until('the sum', async () =>
      (await page.getByTestId('usage-tokens').innerText()).endsWith(
        grouped(totals.request_tokens + totals.response_tokens),
      ),
    );
    expect(await page.getByTestId('usage-cost').innerText()).to.match(/^~?\$0\.0\d$/);
    expect((await page.getByTestId('usage-activity').innerText()).replace(/\s+/g, ' ')).to.include('Conversation');
    expect((await page.getByTestId('usage-model').innerText()).replace(/\s+/g, ' ')).to.include(`anthropic / ${model}`);
    await page.getByTestId('usage-calls').locator('summary').click();
    expect(await page.getByTestId('usage-calls').locator('tbody tr').count()).to.equal(4);
    await clean('usage');
  });

  it('lists every call, and opens one at an address of its own', async () => {
    await open('wire');
    await until('four calls', async () => (await page.getByTestId('call').count()) === 4);
    expect(new URL(page.url()).search).to.equal('?panel=wire');
    const rows = await page.getByTestId('call').allInnerTexts();
    expect(rows[0]?.replace(/\s+/g, ' ')).to.match(/^4 POST \/v1\/messages.* 200 [\d.]+ m?s$/);
    await page.getByTestId('call').last().click();
    const [first] = await calls();
    await page.waitForURL(`**/sessions/${session.session_id}/calls/${first?.id}`);
    await page.getByTestId('wire-request').waitFor();
  });

  it('numbers the headers in the order sent, checked against their reference, without the key', async () => {
    const [first] = await calls();
    const shown = await page
      .getByTestId('headers')
      .locator('li')
      .evaluateAll((items) => items.map((item) => [...item.children].map((child) => child.textContent)));
    expect(shown.map(([, name]) => name)).to.deep.equal(first?.request_headers.map(([name]) => name));
    expect(shown.map(([number]) => number)).to.deep.equal(shown.map((_, index) => String(index + 1)));
    const at = first!.request_headers.findIndex(([, value]) => value.includes('<redacted:'));
    expect(shown[at]?.[2]).to.match(/^(\w+ )?\u2022{8}\w{4}$/);
    await page.getByTestId('reference').waitFor();
    await page.getByTestId('reveal').focus();
    await page.keyboard.down('Space');
    await page.getByText(/<redacted:/).waitFor();
    await page.keyboard.up('Space');
    await page.getByText(/<redacted:/).waitFor({ state: 'detached' });
  });

  it('shows the body byte for byte, and that it is what was sent', async () => {
    const [first] = await calls();
    const stored = await world.server.bytes(`/calls/${first?.id}/request`);
    await page.getByTestId('body-sum').getByText('checksum matches').waitFor();
    const tree = page.getByTestId('json-tree');
    expect(await tree.innerText())
      .to.include('"model"')
      .and.to.include(`"${model}"`);
    await page.getByTestId('body-raw').click();
    const raw = page.getByTestId('raw');
    await raw.waitFor();
    expect(Buffer.from((await everyRow(raw)).join('')).equals(stored)).to.equal(true);
    await page.getByTestId('body-copy').click();
    expect(await page.evaluate(copied)).to.equal(stored.toString());
    const download = page.waitForEvent('download');
    await page.getByTestId('body-download').click();
    const file = await (await download).createReadStream();
    expect(Buffer.concat(await file.toArray()).equals(stored)).to.equal(true);
    await page.getByTestId('body-raw').click();
  });

  it('folds the body by keys alone', async () => {
    const tree = page.getByTestId('json-tree');
    await tree.focus();
    const rows = () => tree.getByRole('treeitem').count();
    const before = await rows();
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await until('one row', async () => (await rows()) === 1);
    await page.keyboard.press('Enter');
    await until('all rows', async () => (await rows()) === before);
    await clean('wire-request');
  });

  it('shows the answer with each event at its time', async () => {
    await page.getByTestId('segment-response').click();
    const stream = page.getByTestId('stream');
    await stream.waitFor();
    const rows = await everyRow(stream);
    expect(rows[0]).to.match(/^\+\d+\.\d\d message_start /);
    const at = rows.map((row) => Number(/^\+(\d+\.\d\d)/.exec(row)?.[1]));
    expect(at).to.deep.equal([...at].sort((a, b) => a - b));
    expect(at.at(-1)! - at[0]!).to.be.greaterThan(0.13);
    expect(rows.join('\n')).to.include('content_block_delta "Hello from t"');
    const [first] = await calls();
    const stored = await world.server.bytes(`/calls/${first?.id}/response`);
    expect(Buffer.from((await everyRow(page.getByTestId('raw'))).join('')).equals(stored)).to.equal(true);
    await clean('wire-response');
  });

  it('shows when each step happened', async () => {
    await page.getByTestId('segment-timing').click();
    const steps = await page
      .getByTestId('timing')
      .locator('tbody tr')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-step')));
    expect(steps).to.deep.equal(['queued', 'connect', 'wait', 'stream']);
    await clean('wire-timing');
  });

  it('compares two requests', async () => {
    await page.getByTestId('segment-request').click();
    await page.getByTestId('call').nth(2).click();
    const [first] = await calls();
    await page.getByTestId('compare').selectOption(first!.id);
    const count = page.getByTestId('diff-count');
    await count.waitFor();
    expect(await count.innerText()).to.match(/^\+[1-9]/);
    expect((await everyRow(page.getByTestId('diff'))).join('\n'))
      .to.include('+ ')
      .and.to.include('"second"');
    await clean('wire-diff');
  });

  it('copies a call as a command for a shell, without the key', async () => {
    await page.getByTestId('copy-curl').click();
    await page.getByText('The command is copied.').first().waitFor();
    const command = await page.evaluate(copied);
    expect(command)
      .to.match(/^curl /)
      .and.to.match(/"\$\w+"/);
    expect(command).not.to.include('sk-ant-panel');
  });

  it('gives the same by the command line', async () => {
    const { home } = world;
    const [first] = await calls();
    const { stdout } = await maestro(['session', 'calls', session.session_id], { home });
    expect(stdout)
      .to.match(/^NO +CALL +STATE +STATUS +MODEL/)
      .and.to.include(`anthropic/${model}`);
    const curl = await maestro(['call', 'curl', first!.id], { home });
    expect(curl.stdout).to.match(/^curl /);
    expect(curl.stderr).to.include('API_KEY');
    const body = await maestro(['call', 'body', first!.id], { home });
    expect(body.stdout).to.equal((await world.server.bytes(`/calls/${first!.id}/request`)).toString());
    const answer = await maestro(['call', 'body', first!.id, '--response'], { home });
    expect(answer.stdout).to.include('message_stop');
  });

  it('follows a call while it runs, and its attempts', async () => {
    const fault = {
      type: 'status',
      status: 529,
      error_type: 'overloaded_error',
      headers: { 'x-odd': '<b>&"x' },
      body: hostile,
    } as const;
    sim.fault({ ...fault, retry_after: '0' });
    sim.play({
      steps: [
        { type: 'text', text: 'So far. ' },
        { type: 'hold', name: 'later' },
        { type: 'text', text: 'Done.' },
      ],
    });
    await world.say(session, 'again');
    const live = page.locator('[data-test="call"][data-state="live"]');
    await until('the call to hold', () => sim.holds.waiting().includes('later'));
    await live.click();
    await page.getByTestId('stream').getByText('So far.').waitFor();
    await clean('wire-live');
    sim.holds.release('later');
    await live.waitFor({ state: 'detached' });
    await page.getByTestId('segment-timing').click();
    await until('two attempts', async () => (await page.getByTestId('attempts').getByRole('button').count()) === 2);
    await page.getByTestId('attempts').getByRole('button').first().click();
    await page.getByTestId('segment-response').click();
    await page.getByTestId('call-error').waitFor();
    expect(await page.getByTestId('headers').innerText()).to.include('<b>&"x');
    expect(await panel().locator('img, script, b').count()).to.equal(0);
    // What nobody sees in it is named, and acts on nothing.
    expect(await page.locator('.unseen').first().getAttribute('data-code')).to.equal('U+202E');
    expect((await everyRow(page.getByTestId('raw'))).join('')).to.equal(hostile);
    await clean('wire-failed');
  });

  it('opens the call an address names, and says where there is none', async () => {
    const [first] = await calls();
    await page.goto(`${world.server.url}/sessions/${session.session_id}/calls/${first?.id}`);
    await page.getByTestId('wire-request').waitFor();
    expect(await page.locator(`[data-id="${first?.id}"]`).getAttribute('aria-selected')).to.equal('true');
    await page.goto(`${world.server.url}/sessions/${session.session_id}/calls/00000000-0000-4000-8000-000000000000`);
    await page.getByTestId('call-missing').waitFor();
    await page.goto(`${world.server.url}/sessions/${session.session_id}?panel=usage`);
    await isChosen('usage');
  });

  it('opens, turns, widens and closes by keys, and stays as it was left', async () => {
    await page.getByTestId('composer-input').focus();
    await page.keyboard.press('Control+j');
    await page.getByTestId('panel').waitFor({ state: 'detached' });
    await page.reload();
    await page.getByTestId('panel-open').waitFor();
    expect(await page.getByTestId('panel').count()).to.equal(0);
    await page.getByTestId('composer-input').focus();
    await page.keyboard.press('Control+j');
    await isChosen('usage');
    await page.keyboard.press('Control+j');
    await until('the focus to return', () => page.evaluate("document.activeElement.tagName === 'TEXTAREA'"));
    await page.locator('h1').focus();
    for (const [key, id] of [
      ['t', 'tools'],
      ['m', 'mcp'],
      ['c', 'context'],
      ['u', 'usage'],
      ['w', 'wire'],
    ] as const) {
      await page.keyboard.press('v');
      await page.keyboard.press(key);
      await isChosen(id);
    }
    await page.keyboard.press('ArrowLeft');
    await isChosen('usage');
    const width = async () => (await page.locator('aside.side').boundingBox())?.width ?? 0;
    const before = await width();
    await page.getByTestId('panel-width').focus();
    for (let press = 0; press < 3; press += 1) await page.keyboard.press('ArrowLeft');
    await until('a wider panel', async () => (await width()) === before + 48);
    await page.reload();
    await page.getByTestId('panel').waitFor();
    await until('the same width', async () => (await width()) === before + 48);
  });

  it('shows a body of megabytes without holding up the page', async () => {
    sim.play({ steps: [{ type: 'text', text: 'Much.' }] });
    const { url, token } = world.server;
    const blob = createHash('sha256').update(photo).digest('hex');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
    await fetch(`${url}/api/v1/blobs/${blob}`, { method: 'PUT', headers, body: photo });
    await world.server.must('POST', `/sessions/${session.session_id}/messages`, {
      client_key: randomUUID(),
      text: 'look',
      attachments: [{ v: 1, type: 'image', name: 'photo.png', media_type: 'image/png', blob }],
    });
    await until('7 calls', async () => {
      const all = await calls();
      return all.length === 7 && all.every(({ state }) => state !== 'sent');
    });
    await open('wire');
    await until('the seventh call', async () => (await page.getByTestId('call').count()) === 7);
    await page.getByTestId('call').first().click();
    await page.evaluate(
      "window.longest = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) window.longest = Math.max(window.longest, one.duration); }).observe({ type: 'longtask' })",
    );
    await page.getByTestId('body-show').click();
    await page.getByTestId('json-tree').waitFor();
    await page.getByTestId('body-raw').click();
    const raw = page.getByTestId('raw');
    await raw.waitFor();
    await raw.evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    await until(
      'its end',
      async () => (await raw.innerText()).includes('"thinking"') || (await raw.innerText()).includes('}'),
    );
    expect(await raw.locator('.rw').count()).to.be.lessThan(80);
    expect(Number(await page.evaluate('window.longest'))).to.be.lessThan(1_500);
    await page.getByTestId('body-sum').getByText('checksum matches').waitFor();
  });

  it('lies over the conversation where there is no room beside it', async () => {
    await page.setViewportSize({ width: 900, height: 700 });
    await page.getByTestId('panel').waitFor({ state: 'detached' });
    await page.getByTestId('panel-open').click();
    await page.getByRole('dialog', { name: 'Session details' }).waitFor();
    await clean('sheet');
    for (let press = 0; press < 30; press += 1) await page.keyboard.press('Tab');
    expect(await page.evaluate(`document.activeElement.closest('[role="dialog"]') !== null`)).to.equal(true);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('had no incident on the way', () => expect(world.incidents).to.deep.equal([]));
});
