import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SessionEvent } from '@maestro/core/protocol';
import { type ProviderSim, type Recorded, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { maestro } from '../support/command.js';
import { dropHome, makeHome } from '../support/maestro-process.js';

const key = 'sk-ant-wire-0123456789';
const model = 'anthropic/claude-sonnet-5';

describe('maestro run against the wire', function () {
  this.timeout(180_000);
  let sim: ProviderSim;
  let home: string;
  let folder: string;
  const env = { ANTHROPIC_API_KEY: key };
  const run = (args: string[], extra: Record<string, string | undefined> = env) =>
    maestro(['run', ...args, '-C', folder], { home, env: extra });
  const messagesSent = () => sim.requests.filter(({ path: place }) => place.startsWith('/v1/messages'));
  const headers = ({ head }: Recorded) =>
    head
      .toString('latin1')
      .split('\r\n')
      .slice(1)
      .map((line) => line.slice(0, line.indexOf(':')));

  before(async () => {
    sim = await startProviderSim();
    home = await makeHome(`plugins:\n  "@maestro/provider-anthropic":\n    baseUrl: ${sim.url}\n`);
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-wire-'));
  });
  after(async () => {
    await sim.close();
    await dropHome(home);
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => sim.reset());

  it('sends the six headers together, in order and casing; host and connection before, content after', async () => {
    const { code, stdout, stderr } = await run(['write hello.txt', '--json', '-m', model]);
    expect(code, stderr).to.equal(0);
    const sent = messagesSent();
    expect(sent).to.have.length(2);
    for (const request of sent) {
      expect(headers(request)).to.deep.equal([
        'host',
        'connection',
        'x-api-key',
        'anthropic-version',
        'anthropic-beta',
        'User-Agent',
        'Accept',
        'X-Client-Version',
        'content-type',
        'content-length',
      ]);
      const head = request.head.toString('latin1');
      for (const line of [
        `x-api-key: ${key}`,
        'anthropic-version: 2023-06-01',
        'anthropic-beta: messages-2023-12-15',
        'User-Agent: llxprt/1.0',
        'Accept: application/json',
        'X-Client-Version: 1.0.0',
      ]) {
        expect(head.split('\r\n')).to.include(line);
      }
    }
    expect(await readFile(path.join(folder, 'hello.txt'), 'utf8')).to.match(/^hello\.txt /);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SessionEvent);
    expect(events.map(({ type }) => type)).to.include.members([
      'turn.started',
      'message.added',
      'tool.started',
      'tool.finished',
      'turn.completed',
    ]);
  });

  it('sends again in the form of the reference when a value is refused, remembers it and says so', async () => {
    sim.refusedBetas.add('messages-2023-12-15');
    const { code, stdout, stderr } = await run(['hello', '--json', '-m', model]);
    expect(code, stderr).to.equal(0);
    const [first, second] = messagesSent();
    expect(first?.status).to.equal(400);
    expect(headers(first as Recorded)).to.include('anthropic-beta');
    expect(second?.status).to.equal(200);
    expect(headers(second as Recorded).slice(0, 3)).to.deep.equal(['Accept', 'Content-Type', 'User-Agent']);
    expect((second as Recorded).head.toString('latin1')).to.include('User-Agent: Anthropic/JS 0.55.1');
    expect(stdout).to.include('"notice"').and.include('messages-2023-12-15');
    expect(stdout).to.include('"decision":"fallback"');
  });

  it('ends with 0 and the text, without --json', async () => {
    const { code, stdout } = await run(['hello there', '-m', model]);
    expect(code).to.equal(0);
    expect(stdout).to.include('You said: hello there');
  });

  it('ends with 1 when the turn fails, and says why', async () => {
    const { code, stderr } = await run(['hello', '-m', model], { ANTHROPIC_API_KEY: 'invalid-key' });
    expect(code).to.equal(1);
    expect(stderr)
      .to.match(/key|auth/i)
      .and.not.include('invalid-key');
  });

  it('ends with 3 when it is interrupted, and keeps what was said', async () => {
    sim.play({
      steps: [
        { type: 'text', text: 'a beginning' },
        { type: 'hold', name: 'never' },
      ],
    });
    const interrupted = maestro(['run', 'hello', '-m', model, '-C', folder], {
      home,
      env,
      // Once the words are there: a signal may be faster than what streams.
      onStart: (child) => void child.stdout?.once('data', () => child.kill('SIGINT')),
    });
    const { code, stdout } = await interrupted;
    expect(code).to.equal(3);
    expect(stdout).to.include('a beginning');
  });

  it('ends with 2 when it is called wrongly', async () => {
    expect((await run([])).code).to.equal(2);
    expect((await run(['hello', '--no-such-flag'])).code).to.equal(2);
  });
});
