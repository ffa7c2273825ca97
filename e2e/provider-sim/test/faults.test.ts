import { expect } from 'chai';
import { type ProviderSim, type Reply, startProviderSim } from '../src/index.js';
import { client, control, headers, model, post, user } from './support.js';

describe('the provider simulator', () => {
  let sim: ProviderSim;
  beforeEach(async () => {
    sim = await startProviderSim();
  });
  afterEach(async () => sim.close());

  const ask = { model, max_tokens: 100, messages: [user('hi')], stream: true };
  const reply: Reply = { steps: [{ type: 'text', text: 'one two three four', chunk: 5 }] };
  const open = (signal?: AbortSignal) =>
    fetch(`${sim.url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(ask), signal: signal ?? null });
  const failed = (promise: Promise<unknown>) =>
    promise.then(
      () => false,
      () => true,
    );
  const states = () => sim.requests.map(({ state }) => state);
  const until = async (isTrue: () => boolean) => {
    while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('records the bytes of each request as they came, on one connection or many', async () => {
    for (let index = 0; index < 3; index += 1) await (await open()).text();
    await Promise.all([open(), open()].map(async (response) => (await response).text()));
    expect(sim.requests).to.have.length(5);
    for (const { raw, head, body, headers: pairs } of sim.requests) {
      expect(raw.toString()).to.equal(`${head}\r\n\r\n${body}`);
      expect(body.toString()).to.equal(JSON.stringify(ask));
      expect(head.toString('latin1').split('\r\n').slice(1)).to.deep.equal(
        pairs.map(([name, value]) => `${name}: ${value}`),
      );
    }
  });

  it('plays queued scripts first, by match and as often as asked, then the function, then its own', async () => {
    sim.script = ({ lastUserText }) =>
      lastUserText === 'fn' ? { steps: [{ type: 'text', text: 'function' }] } : undefined;
    sim.play({ reply, match: '^only this$' }, { reply: { steps: [{ type: 'text', text: 'twice' }] }, times: 2 });
    const say = async (text: string) => {
      const message = await client(sim).messages.create({ ...ask, stream: false, messages: [user(text)] });
      return message.content[0]?.type === 'text' ? message.content[0].text : '';
    };
    expect([await say('a'), await say('only this'), await say('b'), await say('fn'), await say('c')]).to.deep.equal([
      'twice',
      'one two three four',
      'twice',
      'function',
      'You said: c',
    ]);
  });

  it('waits at armed points and at those of a script until released', async () => {
    sim.play({
      steps: [
        { type: 'text', text: 'before' },
        { type: 'hold', name: 'middle' },
        { type: 'text', text: 'after' },
      ],
    });
    sim.holds.arm('head');
    const opening = open();
    await sim.holds.reached('head');
    expect(sim.requests[0]!.status).to.equal(null);
    sim.holds.release('head');
    const chunks: string[] = [];
    const reading = (async () => {
      for await (const chunk of (await opening).body!) chunks.push(Buffer.from(chunk).toString());
    })();
    await sim.holds.reached('middle');
    await until(() => chunks.join('').includes('before'));
    expect(chunks.join('')).not.to.contain('after');
    expect(sim.holds.waiting()).to.deep.equal(['middle']);
    sim.holds.release();
    await reading;
    expect(chunks.join('')).to.contain('after');
    await sim.holds.wait('nowhere', AbortSignal.abort());
  });

  it('keeps to a rate', async () => {
    const slow = await startProviderSim({ rate: 100 });
    const began = performance.now();
    await (await fetch(`${slow.url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(ask) })).text();
    await slow.close();
    expect(performance.now() - began).to.be.greaterThan(40);
    sim.play({ rate: 200, steps: [{ type: 'pause', ms: 20 }, ...reply.steps] });
    const again = performance.now();
    await (await open()).text();
    expect(performance.now() - again).to.be.greaterThan(40);
  });

  it('cuts and stalls at a byte, of streams and of JSON', async () => {
    sim.play({ reply, times: 0 });
    const whole = Buffer.from(await (await open()).arrayBuffer());
    sim.fault({ type: 'cut', at: 100 });
    const response = await open();
    const part: Buffer[] = [];
    const cut = await failed(
      (async () => {
        for await (const chunk of response.body!) part.push(Buffer.from(chunk));
      })(),
    );
    expect(cut).to.equal(true);
    expect(Buffer.concat(part).equals(whole.subarray(0, 100))).to.equal(true);
    sim.fault({ type: 'cut', at: 10 });
    expect(await failed(post(sim, { ...ask, stream: false }))).to.equal(true);
    sim.fault({ type: 'stall', at: 10 });
    const gone = new AbortController();
    const stalled = await open(gone.signal);
    await until(() => sim.requests.length === 4);
    gone.abort();
    expect(await failed(stalled.text())).to.equal(true);
    await until(() => states()[3] === 'closed');
    expect(states()).to.deep.equal(['done', 'cut', 'cut', 'closed']);
  });

  it('plays a reply that a fault spoilt again for the retry', async () => {
    sim.play(reply);
    sim.fault({ type: 'cut', at: 50 });
    expect(await failed(open().then((response) => response.text()))).to.equal(true);
    expect(await (await open()).text()).to.contain('one t');
    expect(await (await open()).text()).to.contain('You said');
  });

  it('resets, stays silent, spoils JSON, sends a huge line, drips its head', async () => {
    sim.fault({ type: 'reset' });
    expect(await failed(open())).to.equal(true);
    const gone = new AbortController();
    sim.fault({ type: 'silence' });
    const silent = failed(open(gone.signal));
    await until(() => sim.requests.length === 2);
    gone.abort();
    expect(await silent).to.equal(true);
    sim.fault({ type: 'malformed', at: 2 });
    expect(await (await open()).text()).to.contain('data: {{"type":"content_block_start"');
    sim.fault({ type: 'huge_line', at: 3, bytes: 300_000 });
    expect(await (await open()).text()).to.have.length.greaterThan(300_000);
    sim.fault({ type: 'slow_head', ms: 50 }, { path: '/v1/messages' });
    const began = performance.now();
    expect((await open()).status).to.equal(200);
    expect(performance.now() - began).to.be.greaterThan(40);
    await until(() => states()[1] === 'closed');
    expect(sim.requests.map(({ fault }) => fault)).to.deep.equal([
      'reset',
      'silence',
      'malformed',
      'huge_line',
      'slow_head',
    ]);
  });

  it('lets rules go before faults, and faults only meet their path', async () => {
    sim.fault({ type: 'status', status: 529 }, { path: '/v1/elsewhere' });
    sim.fault({ type: 'status', status: 500, error_type: 'api_error', message: 'Broken' });
    expect((await post(sim, { ...ask, messages: [] })).status).to.equal(400);
    expect((await post(sim, ask)).json.error).to.deep.equal({ type: 'api_error', message: 'Broken' });
    expect((await post(sim, { ...ask, stream: false })).status).to.equal(200);
  });

  it('does all of it over its control API', async () => {
    expect((await control(sim, 'POST', 'scripts', { scripts: [reply] })).status).to.equal(200);
    await control(sim, 'POST', 'faults', { faults: [{ fault: { type: 'status', status: 429, retry_after: '1' } }] });
    await control(sim, 'POST', 'betas', { refused: ['messages-2023-12-15'] });
    await control(sim, 'POST', 'hold', { point: 'stop' });
    expect((await post(sim, ask, { 'anthropic-beta': 'messages-2023-12-15' })).status).to.equal(400);
    expect((await post(sim, ask)).headers.get('retry-after')).to.equal('1');
    const text = open().then((response) => response.text());
    await control(sim, 'GET', 'reached?point=stop');
    expect((await control(sim, 'GET', 'holds')).json).to.deep.equal({ waiting: ['stop'] });
    await control(sim, 'POST', 'release', { point: 'stop' });
    expect(await text).to.contain('one t');
    const { json } = await control(sim, 'GET', 'requests?after=1');
    const items = json.items as unknown as { id: number; body_base64: string; state: string; fault: string | null }[];
    expect(items.map(({ id, state, fault }) => [id, state, fault])).to.deep.equal([
      [2, 'done', 'status'],
      [3, 'done', null],
    ]);
    expect(Buffer.from(items[1]!.body_base64, 'base64').toString()).to.equal(JSON.stringify(ask));
    expect((await control(sim, 'GET', 'rejected')).json.items).to.have.length(1);
    await control(sim, 'POST', 'reset');
    expect((await control(sim, 'GET', 'requests')).json.items).to.deep.equal([]);
  });

  it('says what is wrong with a control call', async () => {
    const wrong: [method: string, path: string, body: unknown][] = [
      ['POST', 'nothing', {}],
      ['POST', 'hold', {}],
      ['GET', 'reached', undefined],
      ['POST', 'scripts', { scripts: [{ reply: {} }] }],
      ['POST', 'faults', { faults: [{ fault: { type: 'earthquake' } }] }],
      ['POST', 'betas', {}],
    ];
    for (const [method, path, body] of wrong) {
      const { status, json } = await control(sim, method, path, body);
      expect(status, path).to.be.oneOf([400, 404]);
      expect(json).to.have.property('error').that.is.a('string');
    }
  });
});
