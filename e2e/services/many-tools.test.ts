import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { definePlugin, defineTool, type Plugin, text } from '@maestro/core';
import type { List, Session, SessionEvent, ToolResource } from '@maestro/core/protocol';
import { startTestMaestro, type TestMaestro } from '@maestro/core/testing';
import { type ConversationRequest, type ProviderSim, type Reply, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { Type } from 'typebox';
import { inMs, median } from '../support/figures.js';
import { until } from '../support/until.js';

const TURNS = 30;
/** Turns of either side before any is measured. */
const WARM_UP = 5;
/** So often are 30 more of either measured where the machine was disturbed. */
const BATCHES = 3;
const ALLOWED = 1.25;

/** Of tools-files; without these it has ten. */
const switchedOff = ['apply_patch', 'delete_line_range'];
const TEN = 10;
/** With the ten and the search for the rest they make a thousand. */
const REST = 989;

/** As those of MCP servers, these may be found by a search. */
const many = definePlugin({
  name: 'many-tools',
  activate(ctx) {
    for (let index = 0; index < REST; index += 1) ctx.tools.add(numbered(index));
  },
});

const numbered = (index: number) =>
  defineTool({
    id: `tool_${index}`,
    title: `Tool ${index}`,
    description: `Does number ${index} of what there is to do, and says so. ${'It has its conditions. '.repeat(8)}`,
    parameters: Type.Object({ words: Type.String({ description: 'What to do it with, in a few words of your own.' }) }),
    effects: 'read',
    retry: 'safe',
    deferrable: true,
    run: async ({ words }) => ({ content: [text(`did ${words}`)] }),
  });

function useOneTool({ toolResults }: ConversationRequest): Reply {
  if (toolResults.length > 0) return { steps: [{ type: 'text', text: 'Done.' }] };
  return { steps: [{ type: 'tool', name: 'read_file', input: { file_path: 'note.txt' } }] };
}

describe('1,000 registered tools beside 10', function () {
  this.timeout(120_000);
  let sims: ProviderSim[];
  let servers: TestMaestro[];
  let sessions: Session[];
  let folder: string;
  const ends = [0, 0];
  const times: [number[], number[]] = [[], []];

  before(async () => {
    sims = [await startProviderSim({ script: useOneTool }), await startProviderSim({ script: useOneTool })];
    servers = [await start(sims[0]!), await start(sims[1]!, many)];
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-many-tools-'));
    await writeFile(path.join(folder, 'note.txt'), 'a note\n');
    sessions = await Promise.all(servers.map((server) => newSession(server, folder)));
    await measure(WARM_UP);
    for (const side of times) side.length = 0;
    for (let batch = 0; batch < BATCHES && !(ratio() <= ALLOWED); batch += 1) await measure(TURNS);
  });
  after(async () => {
    for (const one of [...(servers ?? []), ...(sims ?? [])]) await one.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function measure(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) {
      // Whoever goes first this time goes second the next time.
      for (const side of turn % 2 ? [1, 0] : [0, 1]) {
        const { tookMs, end } = await timeOfTurn(servers[side]!, sessions[side]!, ends[side]!);
        ends[side] = end;
        times[side]!.push(tookMs);
      }
    }
  }

  const ratio = () => (times[0].length === 0 ? Number.NaN : median(times[1]) / median(times[0]));

  it('make the median turn at most a quarter longer', () => {
    const [ten, thousand] = times.map(median);
    console.log(`      medians of ${times[0].length} turns: ${ten} ms with 10, ${thousand} ms with 1,000`);
    expect(ratio(), `${inMs(times[0])} beside ${inMs(times[1])}`).to.be.at.most(ALLOWED);
  });

  it('make what a request tells of tools at most a tenth longer', async () => {
    const registered = await servers[1]!.request<{ items: ToolResource[] }>('/tools');
    expect(registered.items.length).to.be.at.least(1_000);
    const told = sims.map(({ requests }) => toolsOf(requests.at(-1)!.body));
    expect(told.map(({ length }) => length)).to.deep.equal([TEN, TEN + 1]);
    const [ten, thousand] = told.map((tools) => JSON.stringify(tools).length);
    expect(thousand! / ten!, `${thousand} and ${ten} bytes`).to.be.at.most(1.1);
  });
});

function start(sim: ProviderSim, ...more: Plugin[]): Promise<TestMaestro> {
  const names = ['@maestro/tools-files', '@maestro/tool-search'];
  const plugins = Object.fromEntries(names.map((name) => [name, {}]));
  return startTestMaestro({
    config: { plugins: { '@maestro/provider-anthropic': { baseUrl: sim.url }, ...plugins } },
    env: { ANTHROPIC_API_KEY: 'sk-ant-many-tools' },
    plugins: more.map((plugin) => ({ plugin })),
  });
}

function newSession(server: TestMaestro, working_directory: string): Promise<Session> {
  const tools = Object.fromEntries(switchedOff.map((name) => [name, false]));
  return server.request<Session>('/sessions', {
    provider: 'anthropic',
    model: 'claude-sonnet-5',
    working_directory,
    tools,
  });
}

/** Of a turn of two calls and one tool: from when it was accepted to its end, in ms by the clock of the events. */
async function timeOfTurn(server: TestMaestro, { session_id }: Session, after: number): Promise<Turn> {
  await server.request(`/sessions/${session_id}/messages`, { client_key: randomUUID(), text: 'Read the note.' });
  const { first, last, end } = await until('the turn to end', async () => {
    const { items } = await server.request<List<SessionEvent>>(`/sessions/${session_id}/events?after=${after}`);
    const find = (pattern: RegExp) => items.find(({ type }) => pattern.test(type));
    const [first, last] = [find(/^turn\.queued$/), find(/^turn\.(completed|failed)$/)];
    return first && last && { first, last, end: items.at(-1)!.seq };
  });
  if (last.type !== 'turn.completed') throw new Error(`the turn ended with ${last.type}`);
  return { tookMs: Date.parse(last.at) - Date.parse(first.at), end };
}

interface Turn {
  tookMs: number;
  /** Number of its last event. */
  end: number;
}

const toolsOf = (body: Buffer) => (JSON.parse(body.toString()) as { tools: unknown[] }).tools;
