import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { BrowserWorld } from '../support/browser-world.js';
import { maestro } from '../support/command.js';
import { journey, pagePaths } from '../support/journey.js';

const by = (test: string) => `[data-test="${test}"]`;

describe('the main journey in Firefox', function () {
  this.timeout(120_000);
  let world: BrowserWorld;
  let firefox: Browser;
  let page: Page;
  const errors: string[] = [];

  before(async () => {
    world = await BrowserWorld.open({ journey });
    const executablePath = process.env.MAESTRO_FIREFOX ?? '/usr/bin/firefox-esr';
    firefox = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true });
    page = await firefox.newPage();
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.setViewport({ width: 1440, height: 900 });
  });
  after(async () => {
    await firefox?.close();
    await world.close();
  });

  it('signs in by the file that maestro open names', async () => {
    const { stdout } = await maestro(['open', '--print'], { home: world.home });
    const file = stdout.split('\n').find((line) => line.trim().endsWith('.html')) ?? '';
    await page.goto(pathToFileURL(file.trim()).href).catch(() => undefined);
    await page.waitForSelector(by('nav'));
    expect(page.url()).to.equal(`${world.server.url}/`);
  });

  it('streams, queues, runs a tool and totals', async () => {
    const session = await world.session('script-journey', 'Atlas');
    await page.goto(`${world.server.url}/sessions/${session.session_id}`);
    await say('please make a file');
    await text('First second third');
    await say('and then the second');
    await page.waitForSelector(by('queue-item'));
    await world.release('go');
    await text('and the rest.');
    await text('Here is the second answer.');
    expect(await readFile(path.join(world.work, 'notes', 'made.txt'), 'utf8')).to.equal('made by an agent\n');
    const tokens = await page.$eval(by('total-tokens'), (element) => element.textContent);
    expect(tokens).to.include('15,234');
  });

  it('shows every page, and none has an error', async () => {
    for (const place of pagePaths) {
      await page.goto(world.server.url + place);
      await page.waitForSelector('main h1');
    }
    expect(errors).to.deep.equal([]);
    expect(await page.evaluate('navigator.userAgent')).to.match(/Firefox/);
  });

  async function say(words: string): Promise<void> {
    await page.waitForSelector(by('composer-input'));
    await page.type(by('composer-input'), words);
    await page.keyboard.press('Enter');
  }

  const text = (words: string) => page.waitForSelector(`::-p-text(${words})`);
});
