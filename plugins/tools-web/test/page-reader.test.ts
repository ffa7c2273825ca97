import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { PageReader } from '../src/page-reader.js';
import { openProcesses, refusalOf } from './support.js';

describe('reading a page made to harm', () => {
  const url = 'https://a.example/';
  const format = 'markdown';
  const { signal } = new AbortController();
  let processes: ReturnType<typeof openProcesses>;
  beforeEach(() => {
    processes = openProcesses();
  });
  afterEach(() => processes.close());

  it('ends in time, with its program, and the server goes on meanwhile', async () => {
    const reader = new PageReader(() => processes, 1_000);
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 10);
    const html = '<div>'.repeat(150_000);
    expect(await refusalOf(reader.read({ html, url, format }, signal))).to.match(
      /^web\.unreadable .* within 1 s\. .*format "html"/,
    );
    clearInterval(ticking);
    expect(ticks).to.be.greaterThan(10);
    while (processes.list().length > 0) await sleep(20);
  });

  it('may break its program, and nothing else', async () => {
    const reader = new PageReader(() => processes);
    const deep = reader.read({ html: `${'<div>'.repeat(5_000)}x`, url, format }, signal);
    expect(await refusalOf(deep)).to.match(/^web\.unreadable .*memory and depth/);
    expect(await reader.read({ html: 'x', url, format }, signal)).to.deep.equal({ title: '', text: 'x' });
  });

  it('does not keep those that wait for their turn, nor those that are stopped', async () => {
    const reader = new PageReader(() => processes);
    const stop = new AbortController();
    const slow = Array.from({ length: 3 }, () =>
      refusalOf(reader.read({ html: '<div>'.repeat(150_000), url, format }, stop.signal)),
    );
    const quick = reader.read({ html: 'x', url, format }, signal);
    expect(processes.list()).to.have.length(2);
    stop.abort(new Error('enough'));
    expect(await Promise.all(slow)).to.deep.equal(Array(3).fill(' enough'));
    expect((await quick).text).to.equal('x');
  });
});
