import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Session } from '@maestro/core/protocol';
import { expect } from 'chai';
import { languageNames } from '../demo/languages.js';
import { type Summary, summaryOf } from '../demo/summary.js';
import { WholeJob } from '../demo/whole-job.js';
import { messagesOf } from '../support/three-providers.js';

const commands = { python: 'python3', javascript: 'node', bash: 'bash', elixir: 'elixir' };
const isInstalled = (command: string) =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, command)));

describe('a whole job by a scripted model with real tools', function () {
  this.timeout(180_000);
  let job: WholeJob;
  let done: { lead: Session; agents: Session[] };
  let summary: Summary;
  const lines: string[] = [];
  before(async () => {
    job = await WholeJob.open();
    done = await job.run((line, depth) => lines.push(`${depth} ${line}`));
    summary = await summaryOf(job, done);
  });
  after(() => job?.close());

  it('mends the copy in every language and leaves the original alone', async () => {
    const changed = ['bash/discount.sh', 'elixir/discount.ex', 'javascript/discount.mjs', 'python/discount.py'];
    expect(summary.files).to.deep.equal(['+ REVIEW.md', ...changed.map((file) => `~ ${file}`)]);
    const read = (file: string) => readFile(path.join(job.folder, file), 'utf8');
    expect(await read('work/python/discount.py')).to.equal(
      (await read('upstream/python/discount.py')).replace('return cents', 'return max(0, cents').replace(/\n$/, ')\n'),
    );
    expect(await read('work/javascript/discount.mjs')).to.include('return Math.max(0, cents - Math.floor');
    expect(await read('work/bash/discount.sh')).to.include('\n  if ((percent > 100)); then percent=100; fi\n  echo');
    expect(await read('work/elixir/discount.ex')).to.include('    max(0, cents - div(cents * percent, 100))\n');
    expect(await read('upstream/bash/discount.sh')).not.to.include('percent=100');
  });

  it('ran the tests as programs: they failed before and passed after', () => {
    for (const language of languageNames) {
      const [before, after, ...more] = summary.tests[language];
      expect(more, language).to.deep.equal([]);
      // In CI all four are installed; a machine without one is told so, and only of that one.
      if (!process.env.CI && !isInstalled(commands[language])) expect([before, after]).to.deep.equal([null, null]);
      else expect([(before ?? 0) > 0, after], language).to.deep.equal([true, 0]);
    }
  });

  it('was reviewed by an agent of another provider, whose words the lead kept', async () => {
    const { lead, agents } = done;
    expect(agents.map(({ provider, status }) => [provider, status])).to.deep.equal([['openai', 'idle']]);
    expect([lead.provider, lead.status]).to.deep.equal(['anthropic', 'idle']);
    expect(agents[0]!.parent_session_id).to.equal(lead.session_id);
    const last = (await messagesOf(job.server, agents[0]!.session_id)).at(-1)!;
    const said = last.parts.map((part) => ('text' in part ? part.text : '')).join('');
    expect(said).to.match(/^Approved: 4 files changed/);
    expect(await readFile(path.join(job.folder, 'work', 'REVIEW.md'), 'utf8')).to.include(said);
  });

  it('stored each request as the simulator received it, and counts what the simulator would charge', () => {
    expect(summary.exact).to.deep.equal({ equal: 10, stored: 10, received: 10 });
    expect(job.sim.rejected).to.deep.equal([]);
    expect(summary.calls).to.deep.equal({ 'anthropic/claude-sonnet-5': 8, 'openai/gpt-5.6': 2 });
    expect(Math.round(Number(summary.costUsd) * 1e12)).to.equal(Number(job.sim.bill().total));
  });

  it('tells a stranger what happens, in order', () => {
    const at = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));
    const order = [
      /^0 asked: /,
      /^0 calls run_shell_command/,
      /^0 agent "Second reader"/,
      /^1 says: Approved/,
      /^0 says: Done/,
    ];
    const places = order.map(at);
    expect(places).to.deep.equal([...places].sort((a, b) => a - b));
    expect(places[0]).to.equal(0);
  });
});
