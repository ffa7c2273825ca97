import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SessionEvent } from '@maestro/core/protocol';
import { type ProviderSim, type Reply, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { dropHome, MaestroProcess } from '../support/maestro-process.js';
import {
  converse,
  messagesOf,
  newSession,
  picture,
  putImage,
  trio,
  trioHome,
  trioKeys,
} from '../support/three-providers.js';

/** Thinks, calls two tools at once of which one fails, and one of which gives a long result. */
const busy: Reply = {
  steps: [
    { type: 'thinking', text: 'Two files are wanted, and one of them is not there.' },
    { type: 'text', text: 'Reading both.' },
    { type: 'tool', name: 'read_file', input: { file_path: 'long.txt' } },
    { type: 'tool', name: 'read_file', input: { file_path: 'missing.txt' } },
  ],
};
const report: Reply = {
  steps: [
    { type: 'thinking', text: 'One failed.' },
    { type: 'text', text: 'One is there.' },
  ],
};
const answer: Reply = { steps: [{ type: 'text', text: 'I have read all of it.' }] };

describe('a change of provider in mid-conversation', function () {
  this.timeout(240_000);
  let sim: ProviderSim;
  let home: string;
  let folder: string;
  let server: MaestroProcess;

  before(async () => {
    sim = await startProviderSim();
    home = await trioHome(sim.url);
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-swap-'));
    await writeFile(path.join(folder, 'long.txt'), 'a line of a long result\n'.repeat(4_000));
    server = await MaestroProcess.start({ home, env: trioKeys });
  });
  after(async () => {
    await server.stop();
    await sim.close();
    await dropHome(home);
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => sim.reset());

  for (const from of trio) {
    for (const to of trio) {
      it(`from ${from.id} to ${to.id} is understood: parallel calls, an error, an image, thinking, a long result`, async () => {
        const { session_id } = await newSession(server, from, folder);
        sim.play(busy, report);
        const image = await putImage(server, picture);
        const first = await converse(server, session_id, 'look at this and read both files', [image]);
        expect(first.status, JSON.stringify(sim.rejected.map(({ refusal }) => refusal))).to.equal('idle');

        await server.must('PATCH', `/sessions/${session_id}`, { provider: to.id, model: to.model });
        sim.play(answer);
        const second = await converse(server, session_id, 'what did you read?');
        expect(sim.rejected.map(({ refusal }) => refusal)).to.deep.equal([]);
        expect(second.status).to.equal('idle');

        const messages = await messagesOf(server, session_id);
        expect(JSON.stringify(messages.at(-1)?.parts)).to.include('I have read all of it.');
        expect(messages.at(-1)).to.include({ provider: to.id, model: to.model });
        const last = sim.requests.findLast((request) => to.path.test(request.path.split('?')[0]!))!;
        const sent = last.body.toString('utf8');
        for (const said of ['look at this', 'Reading both.', 'missing.txt', 'One is there.', 'what did you read?'])
          expect(sent, said).to.include(said);
        expect(sent).to.include(picture.toString('base64').slice(0, 24));
        expect(sent.length).to.be.greaterThan(50_000);
        if (from !== to) expect(sent).not.to.include('Two files are wanted');
      });
    }
  }

  it('takes effect on the next message, is told as an event, and lists what was dropped', async () => {
    const [from, to] = [trio[0]!, trio[1]!];
    const { session_id } = await newSession(server, from, folder);
    sim.play(busy, report);
    await converse(server, session_id, 'read both files');
    await server.must('PATCH', `/sessions/${session_id}`, { provider: to.id, model: to.model });
    sim.play(answer);
    await converse(server, session_id, 'what did you read?');
    const events = await server.must<{ items: SessionEvent[] }>('GET', `/sessions/${session_id}/events?limit=200`);
    const types = events.items.map(({ type }) => type);
    expect(types).to.include('config.changed');
    const notices = events.items.flatMap((event) => (event.type === 'notice' ? [event.data.code] : []));
    expect(notices).to.include('thinking.dropped');
  });
});
