import { expect } from 'chai';
import type { CDPSession, Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { words } from '../support/seen-words.js';

/** `npm run test:long` gives 30. */
const minutes = Number(process.env.MAESTRO_SOAK_MINUTES ?? 3);
const sessions = 8;
const script = {
  replies: Array.from({ length: 2_000 }, (_, index) => [{ say: `${index}: ${words(40)}` }]),
  pauseMs: 5,
};

describe(`memory over ${minutes} minutes of work`, function () {
  this.timeout((minutes + 2) * 60_000);
  let world: BrowserWorld;
  let page: Page;
  before(async () => {
    world = await BrowserWorld.open({ words: script });
    page = await world.signIn();
  });
  after(() => world.close());

  it('does not grow: at the end it is at most 1.05 of what it was after a sixth', async () => {
    const all = await Promise.all(
      Array.from({ length: sessions }, (_, index) => world.session('script-words', `Writer ${index}`)),
    );
    const devtools = await page.context().newCDPSession(page);
    const began = Date.now();
    const share = () => (Date.now() - began) / (minutes * 60_000);
    let early: number | undefined;
    for (let round = 0; share() < 1; round++) {
      await Promise.all(all.map((session) => world.say(session, `go ${round}`)));
      await visit(page, all[round % sessions]!.session_id);
      if (early === undefined && share() > 1 / 6) early = await heapBytes(page, devtools);
    }
    const late = await heapBytes(page, devtools);
    const mb = (bytes = 0) => (bytes / 1_048_576).toFixed(1);
    console.log(`      heap after a sixth ${mb(early)} MB, at the end ${mb(late)} MB`);
    expect(early).to.be.a('number');
    expect(late / (early ?? 1)).to.be.at.most(1.05);
    expect(world.incidents).to.deep.equal([]);
  });

  /** By links, as people do: nothing is loaded anew. */
  async function visit(at: Page, sessionId: string): Promise<void> {
    // The list moves while all work; a click by hand may miss.
    await at.locator(`a[href="/sessions/${sessionId}"]`).first().dispatchEvent('click');
    await at.getByTestId('composer-input').waitFor();
    await at.waitForTimeout(1_000);
    await at
      .getByTestId('nav')
      .getByRole('link', { name: /Dashboard/ })
      .click();
    await at.locator('main h1').waitFor();
    await at.waitForTimeout(500);
  }
});

interface Snapshot {
  snapshot: { meta: { node_fields: string[]; node_types: [string[], ...unknown[]] } };
  nodes: number[];
  strings: string[];
}

/** What the browser keeps for whoever drives it: answers of the network, so that they can be asked for. */
const kept = /^blink::NetworkResourcesData/;

/**
 * What the page holds on the dashboard, after the collector has run. Compiled code does not count: a browser compiles
 * what runs often for some minutes, whatever the page keeps.
 */
async function heapBytes(page: Page, devtools: CDPSession): Promise<number> {
  await page.waitForTimeout(1_000);
  const chunks: string[] = [];
  const take = ({ chunk }: { chunk: string }) => void chunks.push(chunk);
  devtools.on('HeapProfiler.addHeapSnapshotChunk', take);
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  devtools.off('HeapProfiler.addHeapSnapshotChunk', take);
  const { snapshot, nodes, strings } = JSON.parse(chunks.join('')) as Snapshot;
  const [types] = snapshot.meta.node_types;
  const at = (field: string) => snapshot.meta.node_fields.indexOf(field);
  const [type, name, size, step] = [at('type'), at('name'), at('self_size'), snapshot.meta.node_fields.length];
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += step)
    if (types[nodes[node + type]!] !== 'code' && !kept.test(strings[nodes[node + name]!]!))
      bytes += nodes[node + size]!;
  return bytes;
}
