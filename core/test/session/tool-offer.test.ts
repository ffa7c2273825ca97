import { expect } from 'chai';
import { Type } from 'typebox';
import { Tools } from '../../src/extension/registry.js';
import type { Tool } from '../../src/extension/tool.js';
import { ToolOffer } from '../../src/session/tool-offer.js';
import { ToolRunner } from '../../src/session/tool-run.js';
import { toolCall } from '../../src/testing/tool-call.js';

const all = { tools: {}, servers: {} };

function tool(id: string, more: Partial<Tool> = {}): Tool {
  return {
    id,
    title: id,
    description: `Does what ${id.replaceAll('_', ' ')} says.`,
    parameters: Type.Object({ words: Type.String({ description: 'x'.repeat(200) }) }),
    effects: 'read',
    retry: 'safe',
    run: async () => ({ content: [] }),
    ...more,
  };
}

describe('which tools a request tells of', () => {
  let registry: Tools;
  let disabled: string[];
  let offer: ToolOffer;

  beforeEach(() => {
    registry = new Tools();
    disabled = [];
    const runner = new ToolRunner({ tools: registry, switches: { disabled: async () => new Set(disabled) } });
    const { state } = toolCall();
    offer = new ToolOffer(runner, () => state, { schemaBytes: 10_000 });
  });
  const names = async (switches = all) => (await offer.descriptions('s', switches)).map(({ name }) => name);
  const find = async (words: string) => (await offer.find('s', all, words, 3)).map(({ name }) => name);
  const add = (...tools: Tool[]) => {
    for (const one of tools) registry.add(one, 'test');
  };

  it('are all that are on, by name, while they fit', async () => {
    add(tool('b'), tool('a'), tool('c', { deferrable: true }), tool('search', { findsTools: true }));
    expect(await names()).to.deep.equal(['a', 'b', 'c']);
  });

  it('leave out what may be searched for where all would be too much, and bring in what was found, at the end', async () => {
    add(tool('read'), tool('search', { findsTools: true }));
    for (let i = 0; i < 100; i += 1) add(tool(`thing_${i}`, { deferrable: true }));
    add(tool('weather_forecast', { deferrable: true }), tool('archive_mail', { deferrable: true }));
    expect(await names()).to.deep.equal(['read', 'search']);
    expect(await find('weather')).to.deep.equal(['weather_forecast']);
    expect(await find('mail archive')).to.include('archive_mail');
    expect(await names()).to.deep.equal(['read', 'search', 'weather_forecast', 'archive_mail']);
  });

  it('are all where nothing could find the rest', async () => {
    for (let i = 0; i < 100; i += 1) add(tool(`thing_${i}`, { deferrable: true }));
    expect(await names()).to.have.length(100);
  });

  it('cost with a thousand tools at most a tenth more than with ten (deferred schemas)', async () => {
    for (let i = 0; i < 10; i += 1) add(tool(`own_${i}`));
    const bytes = async () => Buffer.byteLength(JSON.stringify(await offer.descriptions('s', all)));
    const ten = await bytes();
    add(tool('search', { findsTools: true, parameters: Type.Object({ words: Type.String() }) }));
    for (let i = 0; i < 990; i += 1) add(tool(`thing_${i}`, { deferrable: true }));
    expect((await bytes()) / ten).to.be.lessThan(1.1);
  });

  it('leave out what a switch of its own, of its group or of its server turns off', async () => {
    const group = { kind: 'tool', name: 'helpers' } as const;
    const server = { kind: 'server', name: 'files' } as const;
    add(tool('one'), tool('two', { group }), tool('three', { group }), tool('four', { group: server }));
    expect(await names({ tools: { one: false }, servers: {} })).to.deep.equal(['four', 'three', 'two']);
    expect(await names({ tools: { helpers: false }, servers: { files: false } })).to.deep.equal(['one']);
    disabled = ['helpers'];
    expect(await names()).to.deep.equal(['four', 'one']);
    disabled = ['two'];
    expect(await names()).to.deep.equal(['four', 'one', 'three']);
  });

  it('forget what was found longest ago where a session searches without end', async () => {
    add(tool('search', { findsTools: true }));
    for (let i = 0; i < 200; i += 1) add(tool(`thing_${i}`, { deferrable: true, title: `number${i}x` }));
    for (let i = 0; i < 80; i += 1) await offer.find('s', all, `number${i}x`, 1);
    const offered = await names();
    expect(offered).to.have.length(65);
    expect(offered).to.include('thing_79').and.not.include('thing_0');
  });
});
