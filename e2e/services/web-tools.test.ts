import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CallResource, List, Session } from '@maestro/core/protocol';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { dropHome, MaestroProcess, makeHome } from '../support/maestro-process.js';
import { converse, messagesOf, newSession, trio, trioHome, trioKeys } from '../support/three-providers.js';

interface Asked {
  server: MaestroProcess;
  sim: ProviderSim;
  /** Of the session. */
  id: string;
}

/** Results of an agent that calls a tool. */
async function resultsOf({ server, sim, id }: Asked, name: string, input: object) {
  sim.play({ steps: [{ type: 'tool', name, input }] });
  expect((await converse(server, id, 'What is new?')).status).to.equal('idle');
  return (await messagesOf(server, id)).flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'tool_result' ? [part] : [])),
  );
}

describe('the web tools of a running server', function () {
  this.timeout(120_000);
  let sim: ProviderSim;
  let home: string;
  let folder: string;
  let server: MaestroProcess;

  before(async () => {
    sim = await startProviderSim();
    home = await trioHome(sim.url);
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-search-'));
    server = await MaestroProcess.start({ home, env: trioKeys });
  });
  after(async () => {
    await server.stop();
    await sim.close();
    await dropHome(home);
    await rm(folder, { recursive: true, force: true });
  });

  for (const provider of trio)
    it(`search through ${provider.id}, and give the agent its sources`, async () => {
      const { session_id: id } = await newSession(server, provider, folder);
      const query = `news for ${provider.id}`;
      const results = await resultsOf({ server, sim, id }, 'google_web_search', { query });
      expect(results.map(({ outcome }) => outcome)).to.deep.equal(['succeeded']);
      const shown = JSON.stringify(results[0]?.content);
      expect(shown).to.include(`Found 2 pages on: ${query}`);
      expect(shown).to.match(
        /Sources:\\n\[1\] The first page on [^:]+: https:\/\/first\.example\/\w+\\n\[2\] The second/,
      );
      const { items: calls } = await server.must<List<CallResource>>('GET', `/sessions/${id}/calls`);
      const searches = calls.filter(({ activity }) => activity === 'web_search');
      expect(searches).to.have.length(1);
      expect(searches[0]?.state).to.equal('done');
      expect(sim.rejected.map(({ refusal }) => refusal)).to.deep.equal([]);
    });

  it('search through the provider of the settings where the own one does not', async () => {
    const other = await makeHome(`plugins:
  "@maestro/provider-openai": { baseUrl: "${sim.url}", api: chat }
  "@maestro/provider-anthropic": { baseUrl: "${sim.url}" }
  "@maestro/tools-web": { searchWith: { provider: anthropic, model: claude-sonnet-5 } }
`);
    const chatting = await MaestroProcess.start({ home: other, env: trioKeys });
    try {
      const body = { provider: 'openai', model: 'gpt-4o', working_directory: folder };
      const { session_id: id } = await chatting.must<Session>('POST', '/sessions', body);
      const query = 'news from elsewhere';
      const results = await resultsOf({ server: chatting, sim, id }, 'google_web_search', { query });
      expect(JSON.stringify(results)).to.include('Found 2 pages on: news from elsewhere');
      const { items: calls } = await chatting.must<List<CallResource>>('GET', `/sessions/${id}/calls`);
      const by = calls.map(({ provider, activity }) => (activity === 'web_search' ? provider : ''));
      expect(by.filter(Boolean)).to.deep.equal(['anthropic']);
    } finally {
      await chatting.stop();
      await dropHome(other);
    }
  });

  it('read a page that a person allowed, ask the model about it, and reach nothing else here', async () => {
    const page = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<title>The page</title><p>The answer is <b>42</b>.');
    });
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const { port } = page.address() as AddressInfo;
    const allowing = await trioHome(sim.url, `  "@maestro/tools-web": { allowHosts: ["localhost:${port}"] }`);
    const reading = await MaestroProcess.start({ home: allowing, env: trioKeys });
    try {
      const { session_id: id } = await newSession(reading, trio[0]!, folder);
      const asked = { server: reading, sim, id };
      const url = `http://localhost:${port}/`;
      const [fetched] = await resultsOf(asked, 'direct_web_fetch', { url, format: 'markdown' });
      expect(JSON.stringify(fetched?.content)).to.include('The answer is **42**.');
      const answers = await resultsOf(asked, 'web_fetch', { prompt: `What does ${url} say?` });
      // The simulator repeats what it was asked, the page included.
      expect(JSON.stringify(answers.at(-1)?.content)).to.match(
        /You said: .*The answer is \*\*42\*\*.*\[1\] The page: http/,
      );
      const own = { url: `${reading.url}/api/v1/health`, format: 'text' };
      const refused = (await resultsOf(asked, 'direct_web_fetch', own)).at(-1);
      expect(refused?.is_error).to.equal(true);
      expect(JSON.stringify(refused?.content)).to.include('not on the public internet');
    } finally {
      await reading.stop();
      await dropHome(allowing);
      page.close();
    }
  });
});
