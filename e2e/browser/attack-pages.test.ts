import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import puppeteer from 'puppeteer-core';
import { BrowserWorld } from '../support/browser-world.js';
import { launchChromium } from '../support/chromium.js';
import { Tap } from '../support/tap.js';
import { until } from '../support/until.js';

/** What a page of somebody else does to a server it knows the port of: everything a browser lets it try. */
const attack = (target: string) => `<!doctype html><title>Somebody else</title>
<body><iframe name="frame"></iframe>
<form id="form" method="post" target="frame" action="${target}/api/v1/sessions" enctype="text/plain"><input name='{"agent_name":"' value='x"}'></form>
<img src="${target}/api/v1/sessions?from=img"><link rel="stylesheet" href="${target}/api/v1/sessions?from=css">
<script src="${target}/api/v1/sessions?from=script"></script><iframe src="${target}/api/v1/sessions?from=iframe"></iframe>
<object data="${target}/api/v1/sessions?from=object"></object><video src="${target}/api/v1/sessions?from=video"></video>
<script type="module">
const body = JSON.stringify({ agent_name: 'stolen' });
const tries = [
  fetch('${target}/api/v1/sessions?from=fetch'),
  fetch('${target}/api/v1/sessions?from=credentials', { credentials: 'include' }),
  fetch('${target}/api/v1/sessions?from=no-cors', { method: 'POST', mode: 'no-cors', body }),
  fetch('${target}/api/v1/sessions?from=json', { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
  fetch('${target}/api/v1/auth/exchange', { method: 'POST', mode: 'no-cors', body: '{"code":"guess"}' }),
  fetch('${target}/api/v1/auth/codes', { method: 'POST', mode: 'no-cors', keepalive: true }),
  fetch('${target}/api/v1/tui/connect', { method: 'POST', mode: 'no-cors' }),
];
navigator.sendBeacon('${target}/api/v1/sessions?from=beacon', body);
navigator.sendBeacon('${target}/api/v1/sessions?from=beacon-json', new Blob([body], { type: 'text/plain' }));
const sockets = [['maestro.v1', 'ticket.guess'], [], ['maestro.v1']].flatMap((protocols) =>
  ['/socket', '/socket/tui'].map((path) => new Promise((resolve) => {
    const socket = new WebSocket('${target}'.replace('http', 'ws') + path, protocols);
    socket.onopen = () => resolve('open');
    socket.onerror = () => resolve('refused');
  })));
new EventSource('${target}/api/v1/sessions?from=events');
document.getElementById('form').submit();
const read = (await Promise.allSettled(tries)).map((one) => (one.status === 'fulfilled' ? one.value.type : 'refused'));
const opened = await Promise.all(sockets);
await new Promise((resolve) => setTimeout(resolve, 700));
document.title = JSON.stringify({ read, opened });
</script>`;

describe('W2 pages of somebody else in a real browser', function () {
  this.timeout(120_000);
  let world: BrowserWorld;
  let tap: Tap;
  let other: Server;
  let ways: readonly string[];

  before(async () => {
    world = await BrowserWorld.open();
    await world.signIn();
    tap = await Tap.open(Number(new URL(world.server.url).port));
    const maestro = new URL(world.server.url).port;
    other = createServer((request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(attack(new URL(request.url ?? '/', 'http://x').searchParams.get('target') ?? ''));
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = (other.address() as AddressInfo).port;
    const at = (host: string, target: string) => `http://${host}:${port}/?target=${encodeURIComponent(target)}`;
    // Another port, another name for the same machine, and a name that leads here only since a moment ago.
    ways = [
      at('localhost', `http://localhost:${maestro}`),
      at('127.0.0.1', `http://localhost:${maestro}`),
      at('r.test', `http://r.test:${maestro}`),
    ];
  });
  after(async () => {
    tap?.close();
    other?.close();
    await world.close();
  });

  /** The server's own port leads through the tap. */
  const rules = () => {
    const port = new URL(world.server.url).port;
    return `MAP localhost:${port} 127.0.0.1:${tap.port},MAP r.test:${port} 127.0.0.1:${tap.port},MAP r.test 127.0.0.1`;
  };

  it('reach nothing from Chromium: no request is handled, no answer read, no socket opened', async () => {
    const browser = await launchChromium([`--host-resolver-rules=${rules()}`]);
    try {
      for (const way of ways) {
        const page = await browser.newPage();
        tap.answers.length = 0;
        const before = await sessionCount();
        await page.goto(way);
        await examine(way, () => page.title(), before);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });

  it('reach nothing from Firefox', async () => {
    const executablePath = process.env.MAESTRO_FIREFOX ?? '/usr/bin/firefox-esr';
    const firefox = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true });
    try {
      const page = await firefox.newPage();
      // No rules for names here, so straight to the server.
      const before = await sessionCount();
      await page.goto(ways[1]!.replace('localhost', '127.0.0.1'));
      const told = await until(
        'the page to have tried everything',
        async () => /^\{/.test(await page.title()) && page.title(),
      );
      expectRefused(JSON.parse(told) as Told);
      expect(await sessionCount()).to.equal(before);
    } finally {
      await firefox.close();
    }
  });

  interface Told {
    read: string[];
    opened: string[];
  }

  async function examine(way: string, title: () => Promise<string>, before: number): Promise<void> {
    const told = await until('the page to have tried everything', async () => /^\{/.test(await title()) && title());
    expectRefused(JSON.parse(told) as Told);
    expect(tap.answers, `answers to ${way}`).to.have.length.above(10);
    expect(tap.answers.filter((answer) => !/-> (400|401|403|404|405|415)$/.test(answer))).to.deep.equal([]);
    expect(await sessionCount()).to.equal(before);
  }

  /** An opaque answer tells its reader nothing. */
  function expectRefused({ read, opened }: Told): void {
    expect(read.filter((type) => type !== 'opaque' && type !== 'refused')).to.deep.equal([]);
    expect(opened.filter((state) => state !== 'refused')).to.deep.equal([]);
  }

  const sessionCount = async () => (await world.server.must<{ items: unknown[] }>('GET', '/sessions')).items.length;
});
