import { request } from 'node:http';
import { createGunzip } from 'node:zlib';
import { expect } from 'chai';

import { type Fault, type ProviderSim, startProviderSim } from '../src/index.js';
import { headers, model, post, user } from './support.js';

describe('V4 what a hostile server sends', () => {
  let sim: ProviderSim;
  beforeEach(async () => {
    sim = await startProviderSim();
  });
  afterEach(async () => sim.close());

  const ask = JSON.stringify({ model, max_tokens: 100, messages: [user('hi')], stream: true });
  const open = (fault: Fault, signal?: AbortSignal) => {
    sim.play({ steps: [{ type: 'text', text: 'one two' }] });
    sim.fault(fault);
    return fetch(`${sim.url}/v1/messages`, { method: 'POST', headers, body: ask, signal: signal ?? null });
  };
  /** Reads until there are that many bytes, then leaves. */
  async function readSome(fault: Fault, bytes: number): Promise<string> {
    const gone = new AbortController();
    let text = '';
    const response = await open(fault, gone.signal);
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk).toString();
      if (text.length >= bytes) break;
    }
    gone.abort();
    while (sim.requests.at(-1)!.state === 'open') await new Promise((resolve) => setTimeout(resolve, 5));
    expect(sim.requests.at(-1)).to.include({ state: 'closed', fault: fault.type });
    return text;
  }

  it('a line that never ends, for as long as somebody reads', async () => {
    const text = await readSome({ type: 'endless_line', at: 2 }, 5_000_000);
    expect(text.split('\n').at(-1)).to.match(/^data: x{4000000}/);
  });

  it('events without end, or a counted flood of them and then the rest', async () => {
    const text = await readSome({ type: 'flood', at: 1 }, 1_000_000);
    expect(text.split('event: ping').length).to.be.greaterThan(10_000);
    const whole = await (await open({ type: 'flood', at: 1, count: 2500 })).text();
    expect(whole.split('event: ping')).to.have.length(2501);
    expect(whole).to.contain('message_stop');
  });

  it('bytes that are no UTF-8 inside a text', async () => {
    const bytes = Buffer.from(await (await open({ type: 'bad_utf8', at: 3 })).arrayBuffer());
    expect(bytes.includes(Buffer.of(0xc3, 0x28, 0xff))).to.equal(true);
    expect(bytes.toString()).to.contain('"text":"\ufffd(\ufffdone two"');
  });

  it('a small body that unfolds to a large one, or one compressed over and over', async () => {
    sim.fault({ type: 'gzip_bomb', bytes: 50_000_000 });
    const { encoding, body } = await raw(ask);
    expect([encoding, body.length < 1_000_000]).to.deep.equal(['gzip', true]);
    const gunzip = createGunzip();
    let unfolded = 0;
    gunzip.end(body);
    for await (const chunk of gunzip) unfolded += (chunk as Buffer).length;
    expect(unfolded).to.equal(50_000_000 + 'data: '.length);
    sim.fault({ type: 'gzip_bomb', bytes: 10, layers: 200 });
    expect((await raw(ask)).encoding?.split(', ')).to.have.length(200);
  });

  it('a head that is too long', async () => {
    const error = await open({ type: 'header_flood', bytes: 65_536 }).catch((cause: Error) => cause);
    expect(error).to.have.nested.property('cause.code', 'UND_ERR_HEADERS_OVERFLOW');
  });

  it('a body byte by byte', async () => {
    const gone = new AbortController();
    const response = await open({ type: 'drip', ms: 20 }, gone.signal);
    const sizes: number[] = [];
    for await (const chunk of response.body!) if (sizes.push((chunk as Uint8Array).length) === 5) break;
    gone.abort();
    expect(sizes.reduce((sum, size) => sum + size, 0)).to.be.lessThan(10);
  });

  it('a body that ends in good order, but early', async () => {
    const text = await (await open({ type: 'eof', at: 200 })).text();
    expect(text).to.have.length(200);
    expect(await (await open({ type: 'slow_head', ms: 1 })).text()).to.contain('one two');
  });

  it('V9 a redirect, and the page of a proxy instead of an error', async () => {
    sim.fault({ type: 'status', status: 307, headers: { location: 'https://evil.example/v1/messages' } });
    const response = await fetch(`${sim.url}/v1/messages`, { method: 'POST', headers, body: ask, redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).to.deep.equal([
      307,
      'https://evil.example/v1/messages',
    ]);
    sim.fault({
      type: 'status',
      status: 502,
      body: '<html>Bad Gateway</html>',
      headers: { 'content-type': 'text/html' },
    });
    const page = await fetch(`${sim.url}/v1/messages`, { method: 'POST', headers, body: ask });
    expect([page.status, await page.text()]).to.deep.equal([502, '<html>Bad Gateway</html>']);
    expect((await post(sim, { ...JSON.parse(ask), stream: false })).status).to.equal(200);
  });

  /** Unlike fetch it leaves a body as it came. */
  const raw = (body: string) =>
    new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
      request(`${sim.url}/v1/messages`, { method: 'POST', headers }, async (response) => {
        const encoding = response.headers['content-encoding'];
        resolve({ encoding, body: Buffer.concat(await response.toArray()) });
      })
        .on('error', reject)
        .end(body);
    });
});
