import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApprovalPolicy, Question, QuestionAnswer, Tool, ToolCallContext, ToolOutput } from '@maestro/core';
import { describeTool, toolCall } from '@maestro/core/testing';
import { expect } from 'chai';
import fc from 'fast-check';
import { askUser } from '../src/ask-user.js';
import { enterPlanMode, exitPlanMode } from '../src/plan-mode.js';
import { saveMemory } from '../src/save-memory.js';
import { todoPause, todoRead, todoWrite, writeTodos } from '../src/todos.js';
import { addDependency, createTask, getTask, listTasks, updateTask, visualize } from '../src/tracker.js';
import { updateTopic } from '../src/update-topic.js';

let folder: string;
/** Called in each describe: hooks of a whole file would run for every test of every suite. */
function inOwnFolder(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'maestro-planning-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
}

const words = ({ content }: ToolOutput) => content.map((part) => ('text' in part ? part.text : '')).join('\n');

/** A person who answers in turn, and what they were asked. */
function person(...answers: QuestionAnswer[]) {
  const asked: Question[] = [];
  const question = async (one: Question): Promise<QuestionAnswer> => {
    asked.push(one);
    return answers.shift() ?? { outcome: 'dismissed' };
  };
  return { asked, question };
}

/** What a session may do, as the platform keeps it. */
function policies(policy: ApprovalPolicy | null) {
  const kept = { policy };
  const setApproval = async (set: ApprovalPolicy | null) => {
    const before = kept.policy;
    kept.policy = set;
    return before;
  };
  return { kept, setApproval };
}

interface Suite {
  tool: { id: string; run(args: never, call: ToolCallContext): Promise<ToolOutput> };
  good: unknown;
  failing?: unknown;
  unfit: unknown[];
  call?: Partial<ToolCallContext>;
}

const todo = { description: 'a', status: 'pending' };
const task = { title: 'a', description: '', type: 'task' };
const suites: Suite[] = [
  {
    tool: writeTodos,
    good: { todos: [todo] },
    failing: { todos: [1, 2].map(() => ({ ...todo, status: 'in_progress' })) },
    unfit: [{}, { todos: [{ ...todo, status: 'odd' }] }],
  },
  {
    tool: todoWrite,
    good: { todos: [{ id: '1', content: 'a', status: 'pending', subtasks: [{ id: 's', content: 'b' }] }] },
    failing: { todos: [1, 2].map(() => ({ id: '1', content: 'a', status: 'pending' })) },
    unfit: [{}, { todos: [{ content: 'a', status: 'pending' }] }],
  },
  { tool: todoRead, good: {}, unfit: [{ all: true }] },
  { tool: todoPause, good: { reason: 'waits' }, unfit: [{}, { reason: '' }] },
  { tool: createTask, good: task, failing: { ...task, parentId: 't9' }, unfit: [{}, { ...task, type: 'idea' }] },
  { tool: listTasks, good: {}, unfit: [{ status: 'odd' }] },
  { tool: visualize, good: {}, unfit: [{ x: 1 }] },
  {
    tool: askUser,
    good: { questions: [{ question: 'Really?', header: 'Sure', type: 'yesno' }] },
    unfit: [{ questions: [] }, { questions: Array(5).fill({ question: 'a', header: 'b', type: 'text' }) }],
    call: { question: async () => ({ outcome: 'answered', values: { q1: true } }) },
  },
  { tool: enterPlanMode, good: {}, unfit: [{ reason: 1 }], call: { setApproval: async () => null } },
  {
    tool: exitPlanMode,
    good: { plan_filename: 'plan.md', plan: 'first this' },
    failing: { plan_filename: 'none.md' },
    unfit: [{}, { plan_filename: '' }],
    call: { question: async () => ({ outcome: 'answered', values: {} }), setApproval: async () => 'plan' },
  },
  { tool: saveMemory(() => folder), good: { fact: 'a' }, unfit: [{}, { fact: '' }, { fact: 'a', scope: 'team' }] },
  { tool: updateTopic, good: { strategic_intent: 'read' }, unfit: [{}, { title: 'a' }] },
];

describe('the contract of tools', () => {
  inOwnFolder();

  for (const { tool, good, failing, unfit, call = {} } of suites) {
    describeTool(tool.id, async () => ({
      tool: { ...(tool as unknown as Tool), run: (args, at) => tool.run(args, { ...at, ...call }) },
      workingDirectory: folder,
      good,
      ...(failing !== undefined && { failing }),
      unfit,
      close: () => undefined,
    }));
  }

  for (const [tool, good, unfit] of [
    [getTask, { id: 't1' }, [{}]],
    [updateTask, { id: 't1', status: 'closed' }, [{}, { id: 't1', status: 'odd' }]],
    [addDependency, { taskId: 't2', dependencyId: 't1' }, [{ taskId: 't1' }]],
  ] as const) {
    describeTool(tool.id, async () => {
      const { state } = toolCall();
      await createTask.run({ ...task, type: 'task' }, toolCall({ state, callId: 'a' }));
      await createTask.run({ ...task, type: 'task' }, toolCall({ state, callId: 'b' }));
      return {
        tool: { ...(tool as unknown as Tool), run: (args, at) => tool.run(args, { ...at, state }) },
        workingDirectory: folder,
        good,
        failing: { id: 't9', taskId: 't9', dependencyId: 't1' },
        unfit,
        close: () => undefined,
      };
    });
  }
});

describe('to-dos', () => {
  inOwnFolder();
  it('are one list, whichever tool writes and reads it', async () => {
    const call = toolCall();
    await writeTodos.run({ todos: [{ description: 'dig', status: 'blocked' }] }, call);
    expect(words(await todoRead.run({}, call))).to.equal('[!] 1: dig');
    await todoPause.run({ reason: 'no spade' }, call);
    expect(words(await todoRead.run({}, call))).to.include('Paused: no spade');
    await todoWrite.run({ todos: [] }, call);
    expect(words(await todoRead.run({}, call))).to.equal('The list of to-dos is empty.');
  });
});

describe('the tracker', () => {
  inOwnFolder();
  const make = async (count: number) => {
    const { state } = toolCall();
    for (let n = 1; n <= count; n += 1)
      await createTask.run({ ...task, type: 'task' }, toolCall({ state, callId: `c${n}` }));
    return toolCall({ state });
  };

  it('makes a task once, however often its call is run', async () => {
    const call = await make(1);
    await createTask.run({ ...task, type: 'task' }, toolCall({ state: call.state, callId: 'c1' }));
    expect(words(await listTasks.run({}, call)).split('\n')).to.have.length(1);
  });

  it('loses nothing of calls that run side by side', async () => {
    const { state } = toolCall();
    const slow = {
      ...state,
      get: async <T>(key: string) => new Promise<T | undefined>((done) => setTimeout(() => done(state.get<T>(key)), 2)),
    };
    const calls = Array.from({ length: 8 }, (_, n) => toolCall({ state: slow, callId: `c${n}` }));
    await Promise.all(calls.map((call) => createTask.run({ ...task, type: 'task' }, call)));
    expect(words(await listTasks.run({}, toolCall({ state }))).split('\n')).to.have.length(8);
  });

  it('never holds a cycle, whatever is added in which order', async () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(pairs, async (edges) => {
        const call = await make(5);
        const kept: [number, number][] = [];
        const reaches = (from: number, to: number, seen = new Set<number>()): boolean => {
          if (from === to) return true;
          if (seen.has(from)) return false;
          seen.add(from);
          return kept.some(([a, b]) => a === from && reaches(b, to, seen));
        };
        for (const [a, b] of edges) {
          const added = await addDependency.run({ taskId: `t${a}`, dependencyId: `t${b}` }, call).then(
            () => true,
            (error: { code: string }) => {
              expect(error.code).to.equal('tool.cycle');
              return false;
            },
          );
          expect(added).to.equal(!reaches(b, a));
          if (added) kept.push([a, b]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('draws what belongs to what, and closes nothing that waits', async () => {
    const call = await make(2);
    await createTask.run(
      { ...task, type: 'bug', parentId: 't1', dependencies: ['t2'] },
      toolCall({ state: call.state, callId: 'x' }),
    );
    expect(words(await visualize.run({}, call)).split('\n')).to.deep.equal([
      '[ ] t1 task: a',
      '  [ ] t3 bug: a (waits for t2)',
      '[ ] t2 task: a',
    ]);
    expect(await updateTask.run({ id: 't3', status: 'closed' }, call)).to.include({ is_error: true });
    await updateTask.run({ id: 't2', status: 'closed' }, call);
    expect(words(await updateTask.run({ id: 't3', status: 'closed' }, call))).to.include('[x] t3');
  });
});

describe('memory', () => {
  inOwnFolder();
  const remember = (fact: string, scope?: 'global' | 'project') =>
    saveMemory(() => join(folder, 'home')).run(
      { fact, ...(scope && { scope }) },
      toolCall({ workingDirectory: folder }),
    );

  it('keeps facts under one heading, each once, and what stood there before', async () => {
    writeFileSync(join(folder, 'AGENTS.md'), '# Rules\nBe kind.');
    for (const fact of ['tabs,\n# not spaces', 'two', 'two']) await remember(fact);
    expect(readFileSync(join(folder, 'AGENTS.md'), 'utf8')).to.equal(
      '# Rules\nBe kind.\n\n## Remembered\n\n- tabs, # not spaces\n- two\n',
    );
    await remember('for all', 'global');
    expect(readFileSync(join(folder, 'home', 'MEMORY.md'), 'utf8')).to.include('- for all');
  });

  it('does not grow without end and follows no link', async () => {
    writeFileSync(join(folder, 'AGENTS.md'), 'x'.repeat(64 * 1024 - 10));
    expect(await remember('more').catch((error) => error.code)).to.equal('tool.too_large');
    rmSync(join(folder, 'AGENTS.md'));
    writeFileSync(join(folder, 'other'), '');
    symlinkSync(join(folder, 'other'), join(folder, 'AGENTS.md'));
    expect(await remember('more').catch((error) => error.code)).to.equal('tool.denied');
    expect(readFileSync(join(folder, 'other'), 'utf8')).to.equal('');
  });
});

describe('questions to the user', () => {
  inOwnFolder();
  it('become fields, and answers become words', async () => {
    const values = { q1: ['red', 'my own'], q2: false, q3: 'text' };
    const { asked, question } = person({ outcome: 'answered', values });
    const options = [{ label: 'red', description: 'warm' }];
    const output = await askUser.run(
      {
        questions: [
          { question: 'Which?', header: 'Colour', type: 'choice', options, multiSelect: true },
          { question: 'Now?', header: 'When', type: 'yesno' },
          { question: 'Why?', header: 'Reason', type: 'choice' },
        ],
      },
      toolCall({ question }),
    );
    expect(asked[0]?.fields.map(({ kind }) => kind)).to.deep.equal(['choices', 'boolean', 'longtext']);
    expect(words(output)).to.equal('Colour (Which?): red, my own\nWhen (Now?): no\nReason (Why?): text');
  });
});

describe('plan mode', () => {
  inOwnFolder();
  const yes: QuestionAnswer = { outcome: 'answered', values: {} };

  it('is left only with a yes to the plan that was shown, for what was allowed before', async () => {
    const { kept, setApproval } = policies('allow');
    const { asked, question } = person({ outcome: 'declined', reason: 'too long' }, yes);
    const call = toolCall({ question, setApproval, workingDirectory: folder });
    await enterPlanMode.run({}, call);
    await enterPlanMode.run({}, call);
    expect(kept.policy).to.equal('plan');
    const args = { plan_filename: 'plan.md', plan: 'dig' };
    expect(words(await exitPlanMode.run(args, call))).to.include('too long');
    expect(kept.policy).to.equal('plan');
    expect(() => readFileSync(join(folder, 'plan.md'))).to.throw();
    await exitPlanMode.run(args, call);
    expect(kept.policy).to.equal('allow');
    expect(asked.map(({ text }) => text)).to.deep.equal(['dig', 'dig']);
    expect(readFileSync(join(folder, 'plan.md'), 'utf8')).to.equal('dig\n');
  });

  it('that a person set leads to asking', async () => {
    const { kept, setApproval } = policies('plan');
    writeFileSync(join(folder, 'plan.md'), 'as it stands');
    const { asked, question } = person(yes);
    await exitPlanMode.run({ plan_filename: 'plan.md' }, toolCall({ question, setApproval, workingDirectory: folder }));
    expect(asked[0]?.text).to.equal('as it stands');
    expect(kept.policy).to.equal('ask');
  });

  it('shows no file outside of the working directory', async () => {
    const { asked, question } = person(yes);
    const call = toolCall({ question, workingDirectory: folder });
    for (const plan_filename of ['../x', '/etc/hosts', '.', 'a/../../x']) {
      expect(await exitPlanMode.run({ plan_filename }, call)).to.include({ is_error: true });
    }
    symlinkSync('/etc/hosts', join(folder, 'link'));
    expect(await exitPlanMode.run({ plan_filename: 'link' }, call).catch((error) => error.code)).to.equal(
      'tool.not_found',
    );
    expect(asked).to.deep.equal([]);
  });
});
