import { textOf } from '@maestro/core';
import { describeTool, toolCall } from '@maestro/core/testing';
import { expect } from 'chai';
import { Type } from 'typebox';
import { searchTools } from '../src/search-tools.js';

const weather = {
  name: 'sky__forecast',
  description: 'The weather of a place.\nMore of it.',
  parameters: Type.Object({}),
};
const finding = (...found: (typeof weather)[]) => toolCall({ findTools: async () => found });

describeTool('search_tools', async () => ({
  tool: { ...searchTools, run: (args: never) => searchTools.run(args, finding(weather)) },
  workingDirectory: process.cwd(),
  good: { query: 'weather' },
  unfit: [{}, { query: '' }, { query: 'a', max_results: 0 }, { query: 'a', max_results: 100 }],
  close: () => undefined,
}));

describe('search_tools', () => {
  it('names what it found with the first line of what it does', async () => {
    const output = await searchTools.run({ query: 'weather' }, finding(weather));
    expect(textOf(output.content)).to.equal('These can be called now:\n- sky__forecast: The weather of a place.');
  });

  it('says what to do where nothing fits', async () => {
    const output = await searchTools.run({ query: 'a unicorn' }, finding());
    expect(textOf(output.content)).to.contain('No tool fits "a unicorn"');
  });
});
