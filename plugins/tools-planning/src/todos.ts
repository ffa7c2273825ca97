import { defineTool, type SessionState } from '@maestro/core';
import { Type } from 'typebox';
import { fails, says } from './answer.js';

const key = 'planning.todos';
const mostTodos = 200;
const strict = { additionalProperties: false } as const;
const words = Type.String({ minLength: 1, maxLength: 2_000 });

/** The one list of a session, whichever tool wrote it. */
interface Todo {
  id: string;
  content: string;
  status: 'pending' | 'in_progress' | 'completed' | 'cancelled' | 'blocked';
  subtasks: { id: string; content: string }[];
}
interface TodoList {
  todos: Todo[];
  /** Why the agent goes on with it later. */
  paused: string | null;
}

export const writeTodos = defineTool({
  id: 'write_todos',
  title: 'Write to-dos',
  description:
    'Replaces the list of to-dos of this session with a whole new one. Use it for work of several steps: keep at most one ' +
    'item in_progress, and mark items completed as soon as they are. An empty list clears it.',
  parameters: Type.Object(
    {
      todos: Type.Array(
        Type.Object(
          {
            description: words,
            status: Type.Enum(['pending', 'in_progress', 'completed', 'cancelled', 'blocked']),
          },
          strict,
        ),
        { maxItems: mostTodos },
      ),
    },
    strict,
  ),
  // It changes nothing but what the agent remembers of its own work.
  effects: 'read',
  retry: 'safe',
  async run({ todos }, { state }) {
    if (todos.filter(({ status }) => status === 'in_progress').length > 1) return fails(oneAtATime);
    const list = todos.map(({ description, status }, index) => {
      return { id: `${index + 1}`, content: description, status, subtasks: [] };
    });
    return says(await replace(state, list));
  },
});

export const todoWrite = defineTool({
  id: 'todo_write',
  title: 'Write to-dos',
  description:
    'Replaces the list of to-dos of this session with a whole new one, with steps under each item where that helps. Keep ' +
    'at most one item in_progress.',
  parameters: Type.Object(
    {
      todos: Type.Array(
        Type.Object(
          {
            id: Type.String({ minLength: 1, maxLength: 100 }),
            content: words,
            status: Type.Enum(['pending', 'in_progress', 'completed']),
            subtasks: Type.Optional(
              Type.Array(
                Type.Object({
                  id: Type.String({ minLength: 1, maxLength: 100 }),
                  content: words,
                  toolCalls: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 100 })),
                }),
                { maxItems: 50 },
              ),
            ),
          },
          strict,
        ),
        { maxItems: mostTodos },
      ),
    },
    strict,
  ),
  effects: 'read',
  retry: 'safe',
  async run({ todos }, { state }) {
    const ids = todos.map(({ id }) => id);
    if (new Set(ids).size < ids.length) return fails('Two to-dos have the same id. Give each its own.');
    if (todos.filter(({ status }) => status === 'in_progress').length > 1) return fails(oneAtATime);
    const list = todos.map(({ id, content, status, subtasks = [] }) => {
      return { id, content, status, subtasks: subtasks.map((step) => ({ id: step.id, content: step.content })) };
    });
    return says(await replace(state, list));
  },
});

export const todoRead = defineTool({
  id: 'todo_read',
  title: 'Read to-dos',
  description: 'Gives the list of to-dos of this session.',
  parameters: Type.Object({}, strict),
  effects: 'read',
  retry: 'safe',
  run: async (_, { state }) => says(shown(await listOf(state))),
  async reminder(state) {
    const list = await listOf(state);
    return list.todos.length === 0 ? undefined : `Your to-dos:\n${shown(list)}`;
  },
});

export const todoPause = defineTool({
  id: 'todo_pause',
  title: 'Pause to-dos',
  description:
    'Says that the open to-dos cannot go on now, and why: such as an error, or something only the user can decide. Then ' +
    'end your turn and tell the user.',
  parameters: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, strict),
  effects: 'read',
  retry: 'safe',
  async run({ reason }, { state }) {
    await state.set(key, { ...(await listOf(state)), paused: reason });
    return says(`Paused: ${reason}`);
  },
});

const oneAtATime = 'More than one to-do is in_progress. Work on one at a time.';

async function listOf(state: SessionState): Promise<TodoList> {
  return (await state.get<TodoList>(key)) ?? { todos: [], paused: null };
}

async function replace(state: SessionState, todos: Todo[]): Promise<string> {
  const list = { todos, paused: null };
  await state.set(key, list);
  return shown(list);
}

const marks = { pending: '[ ]', in_progress: '[~]', completed: '[x]', cancelled: '[-]', blocked: '[!]' } as const;

function shown({ todos, paused }: TodoList): string {
  if (todos.length === 0) return 'The list of to-dos is empty.';
  const lines = todos.flatMap(({ id, content, status, subtasks }) => [
    `${marks[status]} ${id}: ${content}`,
    ...subtasks.map((step) => `    - ${step.id}: ${step.content}`),
  ]);
  return [...lines, ...(paused === null ? [] : [`Paused: ${paused}`])].join('\n');
}
