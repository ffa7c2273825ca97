import { text } from '@maestro/core';
import { describeTool, startTestMaestro, toolCall } from '@maestro/core/testing';
import { expect } from 'chai';
import { googleWebSearch } from '../src/google-web-search.js';
import plugin from '../src/index.js';
import { openSite } from './support.js';

describe('the contract of tools', () => {
  const workingDirectory = process.cwd();
  const open = () => openSite((_request, response) => response.setHeader('content-type', 'text/plain').end('words'));
  const ask = async () => ({ parts: [text('yes')], provider: 'p', model: 'm', reason: 'stop' as const });

  describeTool('direct_web_fetch', async () => {
    const { direct: tool, url, close } = await open();
    const unfit = [
      {},
      { url },
      { url, format: 'pdf' },
      { url, format: 'text', timeout: 0 },
      { url: '', format: 'text' },
    ];
    const failing = { url: 'http://127.0.0.1:1/', format: 'text' };
    return { tool, workingDirectory, close, good: { url, format: 'text' }, failing, unfit };
  });
  describeTool('web_fetch', async () => {
    const { ask: tool, url, close } = await open();
    const run = (args: { prompt: string }, call: Parameters<typeof tool.run>[1]) => tool.run(args, { ...call, ask });
    const unfit = [{}, { prompt: '' }, { prompt: 1 }, { prompt: 'x'.repeat(50_001) }];
    const good = { prompt: `Read ${url}` };
    return { tool: { ...tool, run }, workingDirectory, close, good, failing: { prompt: 'Read' }, unfit };
  });
  describeTool('google_web_search', async () => {
    const tool = googleWebSearch(undefined);
    const run = (args: { query: string }, call: Parameters<typeof tool.run>[1]) => tool.run(args, { ...call, ask });
    const close = () => undefined;
    return { tool: { ...tool, run }, workingDirectory, close, good: { query: 'x' }, unfit: [{}, { query: '' }] };
  });
});

describe('the plugin', () => {
  it('adds its tools to a platform, with the hosts of its settings', async () => {
    const site = await openSite((_request, response) => response.end('words of the site'));
    const settings = { allowHosts: [`LOCALHOST:${site.port}`] };
    const maestro = await startTestMaestro({ plugins: [{ plugin, settings }] });
    try {
      const { tools } = maestro.services.registries;
      const ids = tools.all().map(({ id }) => id);
      expect(ids.sort()).to.deep.equal(['direct_web_fetch', 'google_web_search', 'web_fetch']);
      const { content } = await tools.get('direct_web_fetch').run({ url: site.url, format: 'text' }, toolCall());
      expect(JSON.stringify(content)).to.contain('words of the site');
    } finally {
      await maestro.close();
      await site.close();
    }
  });
});
