import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { helpOf } from '../../src/cli/help.js';
import { verbs } from '../../src/cli/verbs.js';
import type { SessionEvent } from '../../src/protocol/index.js';
import { Place } from './support.js';

describe('the command line with a running server', function () {
  this.timeout(60_000);
  let place: Place;
  let url: string;
  before(async () => {
    place = await Place.make();
    ({ url } = await place.start());
  });
  after(() => place.remove());

  it('run --json prints one event a line, from the message to the end of its turn', async () => {
    const { code, stdout } = await place.run(['run', 'hello', '--json']);
    const events: SessionEvent[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const types = events.map(({ type }) => type);
    expect(code).to.equal(0);
    expect(types).to.include.members(['message.added', 'turn.started', 'call.started', 'turn.completed']);
    expect(events.map(({ seq }) => seq)).to.deep.equal(events.map((_event, index) => events[0]!.seq + index));
  });

  it('run prints the answer, and session show has the same text in its history', async () => {
    const { stdout: id } = await place.run(['session', 'new', '-n', 'Ada']);
    const { code, stdout, stderr } = await place.run(['run', 'hello there', '-s', id.trim()]);
    expect(code).to.equal(0);
    expect(stderr).to.contain('uses list_directory');
    const shown = JSON.parse((await place.run(['session', 'show', id.trim(), '--json'])).stdout);
    const replies = shown.messages.filter(({ role }: { role: string }) => role === 'assistant');
    const texts = replies.flatMap(({ parts }: { parts: { type: string; text: string }[] }) =>
      parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])),
    );
    expect(texts).to.have.length.above(1);
    expect(stdout).to.equal(`${texts.join('\n')}\n`);
    expect(shown.agent_name).to.equal('Ada');
  });

  it('session export prints JSON, and writes Markdown into a file that is new', async () => {
    const { stdout: id } = await place.run(['session', 'new', '-n', 'Ada']);
    await place.run(['run', 'hello there', '-s', id.trim()]);
    const printed = JSON.parse((await place.run(['session', 'export', id.trim()])).stdout);
    expect(printed.session.agent_name).to.equal('Ada');
    expect(printed.messages[0].parts[0].text).to.equal('hello there');
    const folder = await mkdtemp(join(tmpdir(), 'maestro-export-'));
    const file = join(folder, 'ada.md');
    expect((await place.run(['session', 'export', id.trim(), file])).code).to.equal(0);
    expect(await readFile(file, 'utf8'))
      .to.match(/^# Ada\n/)
      .and.include('hello there');
    expect((await place.run(['session', 'export', id.trim(), file])).code).to.equal(1);
    expect((await place.run(['session', 'export', id.trim(), '--format', 'pdf'])).code).to.equal(2);
    await rm(folder, { recursive: true });
  });

  it('session fork takes history and compactions along, search finds words in both', async () => {
    const { stdout: id } = await place.run(['session', 'new', '-n', 'Ada']);
    await place.run(['run', 'hello wombat', '-s', id.trim()]);
    await place.run(['session', 'compact', id.trim()]);
    const { stdout: forked, stderr } = await place.run(['session', 'fork', id.trim()]);
    expect(stderr).to.equal('');
    const made = forked.trim();
    expect((await place.run(['session', 'compactions', made])).stdout).to.match(/manual +summary/);
    expect((await place.run(['run', 'and now', '-s', made])).code).to.equal(0);
    const found = await place.run(['search', 'wombat', '--session', made]);
    expect(found.stdout).to.contain('Ada (fork)').and.contain('hello wombat').and.contain('user');
    const hits = JSON.parse((await place.run(['search', 'wombat', '--json'])).stdout);
    expect(new Set(hits.map((hit: { session_id: string }) => hit.session_id))).to.include.keys(made, id.trim());
    expect((await place.run(['search', 'platypus'])).stdout).to.equal('Nothing found.\n');
  });

  it('session compact sums a conversation up, compactions shows it, uncompact undoes it', async () => {
    const { stdout: id } = await place.run(['session', 'new', '-n', 'Ada']);
    const session = id.trim();
    await place.run(['run', 'hello there', '-s', session]);
    const compacted = await place.run(['session', 'compact', session, '--keep', 'the greeting']);
    expect(compacted.stderr).to.equal('');
    expect(compacted.stdout).to.match(/^about \d+ tokens before, \d+ now\n$/);
    const { stdout } = await place.run(['session', 'compactions', session]);
    expect(stdout)
      .to.match(/manual +summary +\d+ +\d+/)
      .and.include('hello there');
    expect((await place.run(['session', 'uncompact', session])).code).to.equal(0);
    expect((await place.run(['session', 'compactions', session])).stdout).to.match(/undone/);
    const again = await place.run(['session', 'uncompact', session]);
    expect(again).to.include({ code: 1 });
    expect(again.stderr).to.include('no compaction');
  });

  it('session context shows what fills the window, by cause', async () => {
    const { stdout: id } = await place.run(['session', 'new', '-n', 'Ada']);
    const { code, stdout } = await place.run(['session', 'context', id.trim()]);
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^About \d+ tokens of .*, for rehearsal\/rehearsal-1\n\nCAUSE +TOKENS +SHARE +WHAT\nplatform +\d+/,
    );
    for (const cause of ['session', 'tools', 'user', 'attachments'])
      expect(stdout).to.match(new RegExp(`^${cause} `, 'm'));
    const report = JSON.parse((await place.run(['session', 'context', id.trim(), '--json'])).stdout);
    expect(report.tools.offered.map(({ name }: { name: string }) => name)).to.include('read_file');
  });

  it('usage shows what all sessions used, by what is asked, and adds up to the same', async () => {
    const { code, stdout } = await place.run(['usage', '--by', 'provider,model', '--days', '2']);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^PROVIDER +MODEL +CALLS +TOKENS IN +CACHED +TOKENS OUT +THINKING +COST\n/);
    expect(stdout)
      .to.match(/\nrehearsal +rehearsal-1 +\d+ +\d+ /)
      .and.match(/\nin all +\d+ +\d+ /);
    const report = JSON.parse((await place.run(['usage', '--by', 'agent', '--json'])).stdout);
    const calls = report.items.reduce((sum: number, item: { calls: number }) => sum + item.calls, 0);
    expect(calls).to.equal(report.totals.calls).and.be.above(0);
    expect(report.time_zone).to.equal(Intl.DateTimeFormat().resolvedOptions().timeZone);
    for (const words of [
      ['--by', 'colour'],
      ['--by', 'day,hour,model'],
      ['--days', '0'],
      ['--days', 'x'],
    ])
      expect((await place.run(['usage', ...words])).code, words.join(' ')).to.equal(2);
  });

  it('run ends with 1 when the turn fails, and says why', async () => {
    const { code, stderr } = await place.run(['run', 'hello', '-m', 'rehearsal/nope']);
    expect(code).to.equal(1);
    expect(stderr).to.contain('(provider.not_found)');
  });

  it('O4 run ends with 4 at a budget where nobody can be asked, and budget sets, shows and removes one', async () => {
    const own = await place.run(['run', 'hello', '--max-usd', '0']);
    expect(own.code).to.equal(4);
    expect(own.stderr)
      .to.contain('the budget is 0 USD')
      .and.contain('nobody is here to be asked')
      .and.contain('(budget.stopped)');
    expect((await place.run(['budget', 'set', 'day', '0', '--warn-at', '0.5'])).code).to.equal(0);
    const listed = await place.run(['budget']);
    expect(listed.stdout)
      .to.match(/^a day +all +off +80 % +\$0 .*configuration$/m)
      .and.match(/^a day +all +\$0 +50 % +\$0 .*you$/m);
    const { code, stdout } = await place.run(['run', 'hello', '--json']);
    expect(code).to.equal(4);
    expect(stdout).to.contain('"type":"budget.stopped"');
    expect((await place.run(['budget', 'set', 'day', 'off'])).code).to.equal(0);
    expect((await place.run(['run', 'hello', '--max-usd', '0.5'])).code).to.equal(0);
    expect((await place.run(['budget', 'rm', 'day'])).code).to.equal(0);
    expect((await place.run(['budget', 'rm', 'day'])).code).to.equal(2);
  });

  it('an interrupt stops the turn, keeps what was written and ends run with 3', async () => {
    const child = place.spawn(['run', 'hello']);
    // The first words are there, and the turn goes on.
    await once(child.stdout!, 'data');
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).to.equal(3);
    const [newest] = JSON.parse((await place.run(['session', 'list', '--json'])).stdout);
    const shown = JSON.parse((await place.run(['session', 'show', newest.session_id, '--json'])).stdout);
    expect(shown.status).not.to.be.oneOf(['thinking', 'streaming', 'tool']);
    expect(shown.messages.at(-1).role).not.to.equal('user');
  });

  it('open --print names a private file with a code that signs one browser in', async () => {
    const { stdout, code } = await place.run(['open', '--print']);
    const file = stdout.trim();
    expect(code).to.equal(0);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    const [, secret] = /#c=([^"]+)"/.exec(readFileSync(file, 'utf8')) ?? [];
    const exchange = () =>
      fetch(`${url}/api/v1/auth/exchange`, {
        method: 'POST',
        headers: { origin: url, 'content-type': 'application/json' },
        body: JSON.stringify({ code: secret }),
      });
    const first = await exchange();
    expect(first.status).to.equal(200);
    const { token } = (await first.json()) as { token: string };
    const listed = await fetch(`${url}/api/v1/sessions`, { headers: { authorization: `Bearer ${token}` } });
    expect(listed.status).to.equal(200);
    expect((await exchange()).status).not.to.equal(200);
  });

  it('auth login keeps a key that auth list names without its value; auth remove forgets it', async () => {
    const key = 'sk-ant-api03-0123456789-abcdefghij';
    const saved = await place.run(['auth', 'login', 'anthropic', '--json'], { input: `${key}\n` });
    const { id } = JSON.parse(saved.stdout);
    const listed = await place.run(['auth', 'list']);
    expect(listed.stdout).to.contain(id);
    expect((await place.run(['auth', 'remove', id])).code).to.equal(0);
    expect(JSON.parse((await place.run(['auth', 'list', '--json'])).stdout)).to.deep.equal([]);
    for (const { stdout, stderr } of [saved, listed]) expect(stdout + stderr).not.to.contain(key);
  });

  it('doctor looks at all of it and finds nothing wrong', async () => {
    const { code, stdout } = await place.run(['doctor', '--json']);
    const { ok, findings } = JSON.parse(stdout);
    expect([code, ok]).to.deep.equal([0, true]);
    const good = findings
      .filter(({ state }: { state: string }) => state === 'good')
      .map(({ what }: { what: string }) => what);
    expect(good).to.include.members([
      'configuration',
      'private files',
      'server',
      'token',
      'database',
      'stored history',
    ]);
  });

  it('every verb explains itself, with an example', async () => {
    const { stdout } = await place.run(['doctor', '--help']);
    expect(stdout).to.equal(helpOf((await verbs.doctor!()).command));
    for (const [name, load] of Object.entries(verbs)) {
      expect(helpOf((await load()).command), name).to.match(/^Usage: maestro [\s\S]*Example:\n {2}maestro /);
    }
  });
});

describe('the command line without a server', function () {
  this.timeout(60_000);
  let place: Place;
  beforeEach(async () => {
    place = await Place.make();
  });
  afterEach(() => place.remove());

  it('run starts its own for the time and leaves none behind', async () => {
    const { code, stdout } = await place.run(['run', '-'], { input: 'hello' });
    expect(code).to.equal(0);
    expect(stdout).not.to.equal('');
    expect(existsSync(join(place.home, 'run', 'server.json'))).to.equal(false);
  });

  it('open says that none runs and how to start one', async () => {
    const { code, stderr } = await place.run(['open']);
    expect(code).to.equal(1);
    expect(stderr).to.contain('maestro start');
  });

  it('start ends in order at a signal: exit 0 and no sign of a server left', async () => {
    const { child, ended } = await place.start();
    expect(existsSync(join(place.home, 'run', 'server.json'))).to.equal(true);
    child.kill('SIGTERM');
    expect((await ended).code).to.equal(0);
    expect(existsSync(join(place.home, 'run', 'server.json'))).to.equal(false);
  });

  it('a second signal does not wait for the first to be done', async () => {
    const { child, ended } = await place.start();
    child.kill('SIGTERM');
    child.kill('SIGINT');
    expect((await ended).code).to.be.oneOf([130, 143]);
  });
});
