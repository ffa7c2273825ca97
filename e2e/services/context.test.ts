import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ContextReport } from '@maestro/core/protocol';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { maestro } from '../support/command.js';
import { dropHome, MaestroProcess, repository } from '../support/maestro-process.js';
import { converse, newSession, type OneProvider, trio, trioHome, trioKeys } from '../support/three-providers.js';

describe('what a model reads besides the conversation', function () {
  this.timeout(120_000);
  let sim: ProviderSim;
  let home: string;
  let folder: string;
  let server: MaestroProcess;
  const start = () => MaestroProcess.start({ home, env: trioKeys });
  const requestsOf = ({ path: to }: OneProvider) => sim.requests.filter((request) => to.test(request.path));
  const [anthropic] = trio as [OneProvider];

  before(async () => {
    sim = await startProviderSim();
    home = await trioHome(sim.url);
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-context-'));
    await mkdir(path.join(folder, '.git'));
    await mkdir(path.join(folder, 'packages', 'shop'), { recursive: true });
    await writeFile(path.join(folder, 'AGENTS.md'), 'Speak of tea alone.\n');
    server = await start();
  });
  after(async () => {
    await server.stop();
    await sim.close();
    await dropHome(home);
    await rm(folder, { recursive: true, force: true });
  });

  it('is what an agent was asked to remember, in every session after it', async () => {
    const work = path.join(folder, 'packages', 'shop');
    const { session_id: id } = await newSession(server, anthropic, work);
    sim.play({ steps: [{ type: 'tool', name: 'save_memory', input: { fact: 'Ada likes green.', scope: 'global' } }] });
    await converse(server, id, 'Remember my colour.');
    sim.play({ steps: [{ type: 'tool', name: 'save_memory', input: { fact: 'The shop opens at nine.' } }] });
    await converse(server, id, 'Remember when the shop opens.');
    const { session_id: next } = await newSession(server, anthropic, work);
    await converse(server, next, 'hello');
    const said = JSON.stringify(JSON.parse(String(requestsOf(anthropic).at(-1)?.body)).system);
    const facts = ['Speak of tea alone.', 'Ada likes green.', 'The shop opens at nine.'];
    for (const fact of facts) expect(said).to.contain(fact);
    const { system } = await server.must<ContextReport>('GET', `/sessions/${next}/context`);
    const causes = system.layers.map(({ cause }) => cause);
    expect(causes).to.deep.equal(['platform', 'session', 'memory', 'project', 'project']);
  });

  it('keeps its bytes from turn to turn and from one process to the next, as caches of providers want it', async () => {
    const { session_id: id } = await newSession(server, anthropic, folder);
    const before = requestsOf(anthropic).length;
    await converse(server, id, 'hello');
    await server.stop();
    server = await start();
    await converse(server, id, 'hello again');
    const heads = requestsOf(anthropic)
      .slice(before)
      .map(({ body }) => {
        const { system, tools } = JSON.parse(String(body));
        return JSON.stringify({ system, tools });
      });
    expect(heads.length).to.be.above(1);
    expect(new Set(heads).size).to.equal(1);
  });

  for (const provider of trio)
    it(`comes to about what ${provider.id} then counts`, async () => {
      const { session_id: id } = await newSession(server, provider, folder);
      const told = await readFile(path.join(repository, 'docs', 'architecture.md'), 'utf8');
      await converse(server, id, told);
      const { total_tokens } = await server.must<ContextReport>('GET', `/sessions/${id}/context`);
      const before = requestsOf(provider).length;
      await converse(server, id, 'hello');
      const { plain, cached, written } = requestsOf(provider)[before]?.metered ?? { plain: 0, cached: 0, written: 0 };
      const share = total_tokens / (plain + cached + written);
      console.log(`      ${provider.id}: ${share.toFixed(3)} of its own count`);
      expect(share).to.be.within(0.8, 1.25);
    });

  it('is shown by the command line', async () => {
    const { session_id: id } = await newSession(server, anthropic, folder);
    const { stdout } = await maestro(['session', 'context', id], { home });
    expect(stdout).to.contain(path.join(folder, 'AGENTS.md'));
  });
});
