import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { BrowserWorld } from '../support/browser-world.js';
import { launchChromium } from '../support/chromium.js';
import { quantile } from '../support/figures.js';
import { noteWords, seenWords, words } from '../support/seen-words.js';
import { SlowLink } from '../support/slow-link.js';

const wordsEach = 200;
const script = { replies: [[{ say: words(wordsEach) }]], pauseMs: 60 };

describe('at 1 Mbit/s and 100 ms there and back', function () {
  this.timeout(120_000);
  let world: BrowserWorld;
  let link: SlowLink;
  let browser: Browser;

  before(async () => {
    world = await BrowserWorld.open({ words: script });
    const port = Number(new URL(world.server.url).port);
    link = await SlowLink.open(port, 1_000_000, 100);
    // The page has the address of the server, and its bytes go over the link.
    browser = await launchChromium([`--host-resolver-rules=MAP localhost:${port} 127.0.0.1:${link.port}`]);
  });
  after(async () => {
    await browser?.close();
    await link?.close();
    await world.close();
  });

  const address = (path: string) => world.server.url.replace('127.0.0.1', 'localhost') + path;

  async function visit(path: string): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addInitScript((token) => localStorage.setItem('maestro.token', token), world.server.token);
    const page = await context.newPage();
    await page.goto(address(path), { waitUntil: 'commit' });
    return page;
  }

  it('the first visit is usable within 5 s', async () => {
    await world.session('script-words', 'Somebody');
    const began = Date.now();
    const page = await visit('/');
    await page.getByText('Somebody').first().waitFor();
    await page.getByTestId('new-session').first().click();
    await page.getByRole('dialog').waitFor();
    const took = Date.now() - began;
    console.log(`      usable after ${took} ms and ${Math.round(link.bytesDown / 1024)} KiB`);
    expect(took).to.be.below(5_000);
    await page.context().close();
  });

  it('three streaming sessions show each word within 500 ms, at the 95th percentile', async () => {
    const sessions = await Promise.all([1, 2, 3].map((number) => world.session('script-words', `Writer ${number}`)));
    const pages = await Promise.all(sessions.map(({ session_id }) => visit(`/sessions/${session_id}`)));
    for (const page of pages) await page.getByTestId('composer-input').waitFor();
    // What a first visit brings along shares the line; it has come when people stream.
    for (const page of pages) await page.waitForLoadState('networkidle');
    await Promise.all(pages.map(noteWords));
    const heard = await Promise.all(sessions.map(({ session_id }) => whenSent(session_id)));
    await Promise.all(sessions.map((session) => world.say(session, 'go')));
    for (const page of pages)
      await page
        .getByText(`m${wordsEach - 1}`)
        .first()
        .waitFor();
    const delays: number[] = [];
    for (const [index, page] of pages.entries()) {
      const seen = await seenWords(page);
      for (const [word, at] of heard[index]!.times) if (seen[word]) delays.push(seen[word] - at);
    }
    for (const { close } of heard) close();
    expect(delays).to.have.length.above(wordsEach * 2);
    const p95 = quantile(delays, 0.95);
    console.log(`      ${delays.length} words, median ${quantile(delays, 0.5)} ms, 95th percentile ${p95} ms`);
    expect(p95).to.be.below(500);
  });

  /** When each numbered word left the server, as a client without the link hears it. */
  async function whenSent(sessionId: string): Promise<{ times: Map<string, number>; close(): void }> {
    const times = new Map<string, number>();
    const socket = new WebSocket(`${world.server.url.replace('http', 'ws')}/socket/tui`, {
      headers: { authorization: `Bearer ${world.server.token}` },
    });
    let text = '';
    await new Promise<void>((resolve) => {
      socket.on('open', () => socket.send(JSON.stringify({ op: 'join', topic: `session:${sessionId}` })));
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as { op: string; kind?: string; text?: string };
        if (frame.op === 'joined') resolve();
        if (frame.op !== 'delta' || frame.kind !== 'text') return;
        text += frame.text;
        for (const [word] of text.matchAll(/\bm\d+\b/g)) if (!times.has(word)) times.set(word, Date.now());
      });
    });
    return { times, close: () => socket.close() };
  }
});
