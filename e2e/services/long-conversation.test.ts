import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CallResource, CompactionResource, List, Message, Session } from '@maestro/core/protocol';
import { type ConversationRequest, type ProviderSim, type Reply, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { dropHome, MaestroProcess, makeHome } from '../support/maestro-process.js';
import { Random } from '../support/random.js';
import { texts } from '../support/texts.js';
import { until } from '../support/until.js';

const model = 'claude-sonnet-5';
const windowTokens = 128_000;
const kinds = Object.keys(texts);
/** Characters that come to about 12,000 tokens of each kind. */
const lengths: Readonly<Record<string, number>> = {
  text: 56_000,
  code: 44_000,
  json: 26_000,
  chinese: 9_500,
  base64: 16_500,
};

describe('a conversation of 1,000,000 tokens', function () {
  this.timeout(240_000);
  const random = new Random(7);
  let sim: ProviderSim;
  let home: string;
  let folder: string;
  let server: MaestroProcess;
  let session: Session;
  /** Files that the model still wants to read in the turn under way. */
  let reads: string[] = [];
  let holdsSummary = false;

  before(async () => {
    sim = await startProviderSim({ script: (request) => answer(request) });
    sim.window = { tokens: windowTokens, holdsReply: true };
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-long-'));
    home = await makeHome(
      `models: { ${model}: { contextTokens: ${windowTokens} } }\nplugins:\n  "@maestro/provider-anthropic":\n    baseUrl: ${sim.url}\n`,
    );
    server = await MaestroProcess.start({ home, env: { ANTHROPIC_API_KEY: 'sk-ant-long' } });
    session = await server.must('POST', '/sessions', { provider: 'anthropic', model, working_directory: folder });
  });
  after(async () => {
    sim.holds.release();
    await server.stop();
    await sim.close();
    await dropHome(home);
    await rm(folder, { recursive: true, force: true });
  });

  it('stays within the window: no request is refused as too long', async () => {
    const begun = performance.now();
    for (let turn = 0; turn < 42; turn += 1) {
      const kind = kinds[turn % kinds.length]!;
      reads = [await file(turn, kinds[(turn + 2) % kinds.length]!)];
      await say(`Part ${turn}. ${texts[kind]!(random, lengths[kind]!)}`);
    }
    // One turn that is too long by itself.
    reads = await Promise.all(
      Array.from({ length: 30 }, (_, index) => file(100 + index, kinds[index % kinds.length]!)),
    );
    await say('Read them all');
    const messages = await history();
    const tokens = messages.reduce((sum, { parts }) => sum + sim.tokens.ofTexts(parts), 0);
    const made = await compactions();
    const counts = sim.requests.flatMap(({ path: at, body }) =>
      at.startsWith('/v1/messages') ? [sim.tokens.of(body)] : [],
    );
    console.log(
      `      ${tokens} tokens in ${messages.length} messages, ${counts.length} calls of at most ${Math.max(...counts)} tokens, ` +
        `${made.map(({ method }) => method).join(' ')} (${Math.round((performance.now() - begun) / 1000)} s)`,
    );
    expect(tokens).to.be.at.least(1_000_000);
    expect(sim.rejected.map(({ refusal }) => refusal)).to.deep.equal([]);
    expect(messages).to.have.length(42 * 4 + 2 + 2 * 30);
    expect(messages.every(({ status }) => status === 'complete')).to.equal(true);
    const usage = await server.must<{ by_activity: { activity: string; calls: number }[] }>('GET', at('usage'));
    const summed = usage.by_activity.find(({ activity }) => activity === 'compaction');
    expect(summed?.calls).to.be.at.least(made.filter(({ method }) => method === 'summary').length);
  });

  it('is compacted anew after kill -9 in the middle of a compaction', async () => {
    const before = (await compactions()).length;
    holdsSummary = true;
    await server.must('POST', at('compact'), {});
    await until('the summary to be asked for', () => sim.holds.waiting().includes('summary'));
    await server.kill();
    holdsSummary = false;
    sim.holds.release('summary');
    server = await MaestroProcess.start({ home, env: { ANTHROPIC_API_KEY: 'sk-ant-long' } });
    await until('the compaction', async () => (await compactions()).length > before);
    await idle();
    expect(await compactions()).to.have.length(before + 1);
    reads = [];
    await say('And on');
    expect(sim.rejected).to.deep.equal([]);
  });

  it('C8 has every request as it was sent, those around compactions among them', async () => {
    const { items } = await server.must<List<CallResource>>('GET', at('calls'));
    const received = new Set(sim.requests.map(({ body }) => body.toString('base64')));
    for (const { id } of items) {
      const bytes = await server.bytes(`/calls/${id}/request`);
      expect(received.has(bytes.toString('base64')), `call ${id} was received`).to.equal(true);
    }
    expect(items.length).to.be.greaterThan(100);
  });

  function answer(request: ConversationRequest): Reply {
    if (request.lastUserText.includes('<conversation part=')) {
      const words = { type: 'text', text: `Notes: ${texts.text!(random, 4_000)}` } as const;
      return { steps: holdsSummary ? [{ type: 'hold', name: 'summary' }, words] : [words] };
    }
    const next = reads.shift();
    if (next === undefined) return { steps: [{ type: 'text', text: 'Read and understood.' }] };
    const [parameter = 'path'] = request.tools
      .filter(({ name }) => name === 'read_file')
      .flatMap(({ parameters }) => parameters.filter((each) => each.includes('path')));
    return { steps: [{ type: 'tool', name: 'read_file', input: { [parameter]: next } }] };
  }

  const at = (what: string) => `/sessions/${session.session_id}/${what}`;

  async function file(index: number, kind: string): Promise<string> {
    const name = path.join(folder, `file-${index}.txt`);
    await writeFile(name, texts[kind]!(random, lengths[kind]!));
    return name;
  }

  async function say(text: string): Promise<void> {
    await server.must('POST', at('messages'), { client_key: `long-${random.between(0, 1e9)}`, text });
    await idle();
  }

  async function idle(): Promise<void> {
    await until('the turn to end', async () => {
      const { status } = await server.must<Session>('GET', `/sessions/${session.session_id}`);
      if (status === 'error' || status === 'interrupted') throw new Error(`the turn is ${status}: ${await why()}`);
      return status === 'idle';
    });
  }

  async function why(): Promise<string> {
    return server.output.slice(-2_000);
  }

  async function compactions(): Promise<CompactionResource[]> {
    return (await server.must<List<CompactionResource>>('GET', at('compactions'))).items;
  }

  async function history(): Promise<Message[]> {
    const all: Message[] = [];
    for (let before: string | null = ''; before !== null; ) {
      const page: List<Message> = await server.must('GET', at(`messages?limit=100${before && `&before=${before}`}`));
      all.unshift(...page.items);
      before = page.next;
    }
    return all;
  }
});
