import { defineTool } from '@maestro/core';
import { Type } from 'typebox';
import { fails, says } from './answer.js';
import { type Task, Tracker, taskStates, taskTypes } from './tracker-state.js';

const strict = { additionalProperties: false } as const;
const id = Type.String({ minLength: 1, maxLength: 100 });
const title = Type.String({ minLength: 1, maxLength: 500 });
const description = Type.String({ maxLength: 10_000 });
const ids = Type.Array(id, { maxItems: 100 });
const type = Type.Enum([...taskTypes]);
const status = Type.Enum([...taskStates]);

export const createTask = defineTool({
  id: 'tracker_create_task',
  title: 'Create task',
  description: 'Makes a task in the tracker of this session and gives its id.',
  parameters: Type.Object(
    { title, description, type, parentId: Type.Optional(id), dependencies: Type.Optional(ids) },
    strict,
  ),
  // It changes nothing but what the agent remembers of its own work.
  effects: 'read',
  retry: 'safe',
  run: ({ dependencies = [], parentId = null, ...given }, call) =>
    Tracker.use(call, async (tracker) => {
      const known = tracker.tasks.find(({ madeBy }) => madeBy === call.callId);
      if (known) return says(`Made ${shown(known)}`);
      const made = { id: tracker.nextId(), status: 'open', madeBy: call.callId, parentId } as const;
      return says(`Made ${shown(await tracker.put({ ...given, ...made, dependencies: [...new Set(dependencies)] }))}`);
    }),
});

export const getTask = defineTool({
  id: 'tracker_get_task',
  title: 'Get task',
  description: 'Gives one task of the tracker with its description.',
  parameters: Type.Object({ id }, strict),
  effects: 'read',
  retry: 'safe',
  run: (args, call) =>
    Tracker.use(call, async (tracker) => {
      const task = tracker.get(args.id);
      return says(`${shown(task)}\n${task.description}`);
    }),
});

export const listTasks = defineTool({
  id: 'tracker_list_tasks',
  title: 'List tasks',
  description: 'Lists the tasks of the tracker, if wanted only those of one status, type or parent.',
  parameters: Type.Object(
    { status: Type.Optional(status), type: Type.Optional(type), parentId: Type.Optional(id) },
    strict,
  ),
  effects: 'read',
  retry: 'safe',
  run: (wanted, call) =>
    Tracker.use(call, async ({ tasks }) => {
      const found = tasks.filter(
        (task) =>
          (wanted.status === undefined || task.status === wanted.status) &&
          (wanted.type === undefined || task.type === wanted.type) &&
          (wanted.parentId === undefined || task.parentId === wanted.parentId),
      );
      return says(found.map(shown).join('\n') || 'No such tasks.');
    }),
});

export const updateTask = defineTool({
  id: 'tracker_update_task',
  title: 'Update task',
  description: 'Changes a task of the tracker: its title, description, status, or all of what it waits for.',
  parameters: Type.Object(
    {
      id,
      title: Type.Optional(title),
      description: Type.Optional(description),
      status: Type.Optional(status),
      dependencies: Type.Optional(ids),
    },
    strict,
  ),
  effects: 'read',
  retry: 'safe',
  run: ({ id, ...set }, call) =>
    Tracker.use(call, async (tracker) => {
      const task = { ...tracker.get(id), ...set };
      const open = task.dependencies.filter((one) => one !== id && tracker.get(one).status !== 'closed');
      if (set.status === 'closed' && open.length > 0) {
        return fails(
          `Task ${id} waits for ${open.join(', ')}. Close them first, or remove them from its dependencies.`,
        );
      }
      return says(shown(await tracker.put({ ...task, dependencies: [...new Set(task.dependencies)] })));
    }),
});

export const addDependency = defineTool({
  id: 'tracker_add_dependency',
  title: 'Add dependency',
  description: 'Lets a task of the tracker wait for another one. What would make a task wait for itself is refused.',
  parameters: Type.Object({ taskId: id, dependencyId: id }, strict),
  effects: 'read',
  retry: 'safe',
  run: ({ taskId, dependencyId }, call) =>
    Tracker.use(call, async (tracker) => {
      const task = tracker.get(taskId);
      const dependencies = [...new Set([...task.dependencies, dependencyId])];
      return says(shown(await tracker.put({ ...task, dependencies })));
    }),
});

export const visualize = defineTool({
  id: 'tracker_visualize',
  title: 'Show tracker',
  description: 'Draws all tasks of the tracker as a tree, with what each waits for.',
  parameters: Type.Object({}, strict),
  effects: 'read',
  retry: 'safe',
  run: (_, call) =>
    Tracker.use(call, async ({ tasks }) => {
      // A parent is there before its children and never changes, so the tree has an end.
      const draw = (parent: string | null, depth: number): string[] =>
        tasks
          .filter(({ parentId }) => parentId === parent)
          .flatMap((task) => [`${'  '.repeat(depth)}${shown(task)}`, ...draw(task.id, depth + 1)]);
      return says(draw(null, 0).join('\n') || 'No tasks yet.');
    }),
});

const marks = { open: '[ ]', in_progress: '[~]', blocked: '[!]', closed: '[x]' } as const;

function shown({ id, title, type, status, dependencies }: Task): string {
  const waits = dependencies.length > 0 ? ` (waits for ${dependencies.join(', ')})` : '';
  return `${marks[status]} ${id} ${type}: ${title}${waits}`;
}
