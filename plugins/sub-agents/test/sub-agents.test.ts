import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definePlugin, type Session, type TemplateResource, type ToolResource, textOf } from '@maestro/core';
import {
  call,
  describeTool,
  type Reply,
  ScriptedProvider,
  say,
  startTestMaestro,
  type TestMaestro,
  toolCall,
} from '@maestro/core/testing';
import { expect } from 'chai';
import { toolIdOf } from '../src/agent-tools.js';
import { goalOf } from '../src/goal.js';
import subAgents from '../src/index.js';
import { namedAgents } from '../src/named-agents.js';
import { shippedAgents } from '../src/shipped.js';

const poet: TemplateResource = {
  id: '1',
  name: 'poet',
  role: 'Poet',
  description: 'Writes verse.',
  system_prompt: 'You write verse.',
  preferred_provider: null,
  preferred_model: null,
  tools: ['read_file'],
  mcps: [],
  source: 'user',
  path: null,
  runs: 0,
  created_at: '',
  updated_at: '',
};
const one = { list: async () => [poet], find: async (name: string) => (name === 'poet' ? poet : undefined) };
const [invokeAgent, task, listSubagents] = namedAgents(one) as [never, never, never];
const answering = toolCall({ delegate: async ({ prompt }) => ({ content: [{ v: 1, type: 'text', text: prompt }] }) });

for (const [tool, good, failing, unfit] of [
  [
    invokeAgent,
    { agent_name: 'poet', prompt: 'x' },
    { agent_name: 'nobody', prompt: 'x' },
    [{}, { agent_name: 'poet' }],
  ],
  [
    task,
    { subagent_name: 'poet', goal_prompt: 'x', tool_whitelist: [] },
    { subagent_name: 'nobody', goal_prompt: 'x' },
    [{}, { subagent_name: 'poet', goal_prompt: 'x', max_turns: 3 }],
  ],
  [listSubagents, {}, undefined, [{ all: true }]],
] as const) {
  const { id, run } = tool as { id: string; run(args: never, call: unknown): never };
  describeTool(id, async () => ({
    tool: { ...(tool as object), run: (args: never) => run(args, answering) } as never,
    workingDirectory: process.cwd(),
    good,
    ...(failing && { failing }),
    unfit,
    close: () => undefined,
  }));
}

describe('the agents that ship', () => {
  it('have a name, a description and a prompt that is worth its tokens', async () => {
    const agents = await shippedAgents();
    expect(agents.map(({ name }) => name)).to.deep.equal([
      'coder',
      'lead',
      'researcher',
      'reviewer',
      'tester',
      'writer',
    ]);
    for (const { name, description, system_prompt } of agents) {
      expect(description?.length, name).to.be.within(80, 400);
      expect(system_prompt.length, name).to.be.within(1_500, 6_000);
    }
  });
});

describe('a task', () => {
  it('holds all it was given in one message', () => {
    expect(
      goalOf({
        goal_prompt: 'Sing.',
        behaviour_prompts: ['Softly'],
        context: { key: 'C', bars: 4 },
        expected_outputs: { song: 'the song' },
      }),
    ).to.equal(
      'Sing.\n\n## How to work\n\n- Softly\n\n## What you should know\n\n- key: C\n- bars: 4\n\n## Your answer must hold\n\n- song: the song',
    );
  });
});

describe('agents as tools', () => {
  let maestro: TestMaestro;
  let reply: (words: string, results: string[]) => Reply;
  const provider = new ScriptedProvider(({ messages, tools }) => {
    const words = messages[0]!.parts.flatMap((part) => ('text' in part ? [part.text] : [])).join(' ');
    const results = messages.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.type === 'tool_result' ? [textOf(part.content)] : [])),
    );
    offered = tools.map(({ name }) => name);
    return results.length > 0 ? [say(results.join(' | '))] : reply(words, results);
  });
  let offered: string[] = [];

  before(async () => {
    const scripted = definePlugin({ name: 'scripted', activate: (ctx) => void ctx.providers.add(provider) });
    maestro = await startTestMaestro({
      plugins: [{ plugin: scripted }, { plugin: subAgents }],
      config: { defaults: { provider: 'scripted', model: 'scripted-1' } },
    });
  });
  after(() => maestro.close());

  const ask = async (text: string, given: object = {}) => {
    const session = await maestro.request<Session>('/sessions', {
      working_directory: '/tmp',
      approval: 'allow',
      ...given,
    });
    await maestro.request(`/sessions/${session.session_id}/messages`, { client_key: `k${Math.random()}`, text });
    for (;;) {
      const { status } = await maestro.request<Session>(`/sessions/${session.session_id}`);
      if (status === 'idle' || status === 'error') break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { items } = await maestro.request<{ items: { parts: { text?: string }[] }[] }>(
      `/sessions/${session.session_id}/messages`,
    );
    return {
      session,
      said: items
        .at(-1)!
        .parts.map((part) => part.text ?? '')
        .join(''),
    };
  };
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const toolNames = async () =>
    (await maestro.request<{ items: ToolResource[] }>('/tools')).items
      .filter(({ available }) => available)
      .map(({ name }) => name);

  it('are called by their own tool, by name, and with a task', async () => {
    reply = (words) => {
      if (words !== 'begin') return [say(`(${words})`)];
      return [
        call('agent_coder', { prompt: 'a' }, '1'),
        call('invoke_agent', { agent_name: 'tester', prompt: 'b' }, '2'),
        call('task', { subagent_name: 'writer', goal_prompt: 'c', behaviour_prompts: ['d'] }, '3'),
        call('list_subagents', {}, '4'),
      ];
    };
    const { session, said } = await ask('begin');
    const [coder, tester, writer, list] = said.split(' | ');
    expect([coder, tester]).to.deep.equal(['(a)', '(b)']);
    expect(writer).to.contain('c').and.to.contain('- d');
    expect(list).to.contain('- reviewer (Code reviewer): Reviews a change');
    const { items } = await maestro.request<{ items: Session[] }>(`/sessions/${session.session_id}/children`);
    expect(items.map(({ template, role }) => [template, role]).sort()).to.deep.equal([
      ['coder', 'Software engineer'],
      ['tester', 'Test engineer'],
      ['writer', 'Technical writer'],
    ]);
    const top = await maestro.request<{ items: Session[] }>('/sessions');
    expect(top.items.filter(({ parent_session_id }) => parent_session_id !== null)).to.deep.equal([]);
  });

  it('follow their templates while they change', async () => {
    const made = await maestro.request<TemplateResource>('/templates', { name: 'Odd one', system_prompt: 'Be odd.' });
    await until(async () => (await toolNames()).includes('agent_odd_one'));
    await maestro.request(`/templates/${made.id}`, { name: 'even' }, 'PATCH');
    await until(async () => (await toolNames()).includes('agent_even'));
    expect(await toolNames()).not.to.include('agent_odd_one');
    await maestro.request('/templates/even', undefined, 'DELETE');
    await until(async () => !(await toolNames()).includes('agent_even'));
  });

  it('are what the files of a folder say, as soon as they say it', async () => {
    const path = join(maestro.home.agents, 'bard.md');
    writeFileSync(path, '---\nname: bard\ndescription: Sings.\ntools: [read_file]\n---\nYou sing.\n');
    await until(async () => (await toolNames()).includes('agent_bard'));
    const bard = await maestro.request<TemplateResource>('/templates/bard');
    expect(bard).to.include({ source: 'file', path, system_prompt: 'You sing.' });
    const refused = await maestro
      .request(`/templates/bard`, undefined, 'DELETE')
      .catch((error: Error) => error.message);
    expect(refused).to.contain('template.is_file').and.to.contain(path);
    rmSync(path);
    await until(async () => !(await toolNames()).includes('agent_bard'));
  });

  it('use the tools on their list alone, and cannot get more', async () => {
    await maestro.request('/templates', {
      name: 'narrow',
      system_prompt: 'x',
      tools: ['list_subagents', 'agent_wide'],
    });
    await maestro.request('/templates', { name: 'wide', system_prompt: 'x' });
    await until(async () => (await toolNames()).includes('agent_wide'));
    const seen: Record<string, string[]> = {};
    reply = (words) => {
      seen[words] = offered;
      if (words === 'begin') return [call('agent_narrow', { prompt: 'first' }, '1')];
      if (words === 'first')
        return [call('agent_wide', { prompt: 'second' }, '1'), call('agent_coder', { prompt: 'third' }, '2')];
      return [say('end')];
    };
    const { said } = await ask('begin');
    expect(seen.begin).to.include.members(['agent_coder', 'task']);
    expect(seen.first).to.deep.equal(['agent_wide', 'list_subagents']);
    // It has no list of its own, so it has that of its caller.
    expect(seen.second).to.deep.equal(['agent_wide', 'list_subagents']);
    expect(said).to.contain('"agent_coder" is turned off');
    expect(seen).not.to.have.property('third');

    reply = (words) => {
      seen[words] = offered;
      const narrowed = {
        subagent_name: 'narrow',
        goal_prompt: 'fourth',
        tool_whitelist: ['list_subagents', 'agent_coder'],
      };
      return words === 'again' ? [call('task', narrowed, '1')] : [say('end')];
    };
    await ask('again');
    expect(seen.fourth).to.deep.equal(['list_subagents']);
    // The list of a template holds for a session that a person makes of it, too.
    await ask('by hand', { template: 'narrow' });
    expect(seen['by hand']).to.deep.equal(['agent_wide', 'list_subagents']);
  });

  it('are all turned off by one switch: none is offered, none can be called', async () => {
    await maestro.request('/tools/sub_agent', { is_enabled: false }, 'PATCH');
    reply = () => [call('agent_coder', { prompt: 'a' }, '1')];
    const { said } = await ask('begin');
    expect(offered).to.deep.equal([]);
    expect(said).to.contain('"agent_coder" is turned off');
    await maestro.request('/tools/sub_agent', { is_enabled: true }, 'PATCH');
    await ask('begin', { tools: { sub_agent: false } });
    expect(offered).to.deep.equal([]);
  });

  it('that ship stay as a person made them', async () => {
    await maestro.request('/templates/writer', { description: 'Mine.' }, 'PATCH');
    await maestro.services.templates.ship(await shippedAgents());
    expect(await maestro.request('/templates/writer')).to.include({ description: 'Mine.', source: 'user' });
    await maestro.services.templates.ship([{ name: 'coder', system_prompt: 'Newer.' }]);
    expect(await maestro.request('/templates/coder')).to.include({ system_prompt: 'Newer.', source: 'shipped' });
  });

  it('come from files of other programs, with the names of their tools', async () => {
    const text =
      '---\nname: helper\ndescription: Use it: always.\nmodel: big\ncolor: red\ntools: Task, WebFetch\n---\nHelp.\n';
    const { template, notes } = await maestro.request<{ template: TemplateResource; notes: string[] }>(
      '/templates/import',
      {
        file: 'helper.md',
        text,
      },
    );
    expect(template).to.deep.include({
      source: 'imported',
      description: 'Use it: always.',
      tools: ['task', 'web_fetch'],
    });
    expect(notes.join('\n')).to.contain('"color"').and.to.contain('"big"').and.to.contain('"web_fetch"');
  });
});

describe('the name of an agent', () => {
  it('makes the name of its tool', () => {
    expect(['Code reviewer', 'a.b', 'x'].map(toolIdOf)).to.deep.equal(['agent_code_reviewer', 'agent_a_b', 'agent_x']);
  });
});
