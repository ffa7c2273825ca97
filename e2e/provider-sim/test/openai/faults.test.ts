import { expect } from 'chai';
import { type ProviderSim, type Reply, startProviderSim } from '../../src/index.js';
import { model, user } from './support.js';

for (const [what, path, ask, stop] of [
  ['Responses', '/v1/responses', { model, input: 'hi', stream: true }, /event: response\.completed\n.*\n\n$/],
  ['Chat Completions', '/v1/chat/completions', { model, messages: [user('hi')], stream: true }, /data: \[DONE\]\n\n$/],
] as const)
  describe(`faults and holds of ${what} of the simulator`, () => {
    let sim: ProviderSim;
    beforeEach(async () => {
      sim = await startProviderSim();
    });
    afterEach(async () => sim.close());

    const reply: Reply = {
      steps: [
        { type: 'text', text: 'one two', chunk: 4 },
        { type: 'hold', name: 'middle' },
        { type: 'tool', name: 'look', input: {} },
      ],
    };
    const open = (signal?: AbortSignal) =>
      fetch(sim.url + path, {
        method: 'POST',
        headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json' },
        body: JSON.stringify(ask),
        signal: signal ?? null,
      });
    const failed = (promise: Promise<unknown>) =>
      promise.then(
        () => false,
        () => true,
      );
    const until = async (isTrue: () => boolean) => {
      while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
    };

    it('waits at the points that answers of all formats have', async () => {
      const points = ['head', 'start', 'block:1', 'delta:2', 'middle', 'tool', 'stop', 'end'];
      sim.play(reply);
      for (const point of points) sim.holds.arm(point);
      const text = open().then((response) => response.text());
      for (const point of points) {
        await sim.holds.reached(point);
        expect(sim.holds.waiting()).to.deep.equal([point]);
        sim.holds.release(point);
      }
      expect(await text).to.match(stop);
    });

    it('cuts, ends and stalls at a byte; plays the reply again for the retry', async () => {
      sim.play({ steps: [{ type: 'text', text: 'one two three' }] });
      sim.fault({ type: 'cut', at: 300 });
      expect(await failed(open().then((response) => response.text()))).to.equal(true);
      sim.fault({ type: 'eof', at: 300 });
      expect(await (await open()).text()).to.have.length(300);
      const gone = new AbortController();
      sim.fault({ type: 'stall', at: 300 });
      const stalled = (await open(gone.signal)).text();
      await until(() => sim.requests.length === 3);
      gone.abort();
      expect(await failed(stalled)).to.equal(true);
      expect(await (await open()).text())
        .to.match(stop)
        .and.to.contain('one two');
      expect(sim.bill().requests.map(({ id }) => id)).to.deep.equal([4]);
    });

    it('resets, stays silent, spoils JSON and letters, sends long lines and floods', async () => {
      sim.fault({ type: 'reset' });
      expect(await failed(open())).to.equal(true);
      const gone = new AbortController();
      sim.fault({ type: 'silence' });
      const silent = failed(open(gone.signal));
      await until(() => sim.requests.length === 2);
      gone.abort();
      expect(await silent).to.equal(true);
      sim.fault({ type: 'malformed', at: 0 });
      expect(await (await open()).text()).to.contain('data: {{');
      sim.fault({ type: 'bad_utf8', at: 0 });
      expect(await (await open()).text()).to.contain('\ufffd(\ufffd');
      sim.fault({ type: 'huge_line', at: 1, bytes: 1_000_000 });
      expect(await (await open()).text()).to.match(/\ndata: x{1000000}/);
      sim.fault({ type: 'flood', at: 1, count: 5000 });
      expect((await (await open()).text()).split('\n\n').length).to.be.greaterThan(5000);
      sim.fault({ type: 'slow_head', ms: 50 });
      const began = performance.now();
      expect((await open()).status).to.equal(200);
      expect(performance.now() - began).to.be.greaterThan(40);
    });

    it('ends without a terminal event where a script says so', async () => {
      sim.play({ steps: [{ type: 'text', text: 'one' }], stop_reason: 'none' });
      const text = await (await open()).text();
      expect(text).to.contain('one').and.not.to.match(stop);
      expect(sim.bill().requests).to.deep.equal([]);
    });
  });
