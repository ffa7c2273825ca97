import { MaestroError, type SessionState, type ToolCallContext } from '@maestro/core';

export const taskTypes = ['epic', 'task', 'bug'] as const;
export const taskStates = ['open', 'in_progress', 'blocked', 'closed'] as const;

export interface Task {
  id: string;
  title: string;
  description: string;
  type: (typeof taskTypes)[number];
  status: (typeof taskStates)[number];
  parentId: string | null;
  /** Ids of what must be closed first. */
  dependencies: string[];
  /** The call that made it: run again after a crash, it makes no second one. */
  madeBy: string;
}

const key = 'planning.tracker';
const mostTasks = 500;

type Place = Pick<ToolCallContext, 'sessionId' | 'state'>;

/** The last that was begun for each session. */
const lines = new Map<string, Promise<undefined>>();

/** The tasks of one session. Changes are checked as a whole before they are kept: no cycle ever stands in the state. */
export class Tracker {
  private constructor(
    private readonly state: SessionState,
    readonly tasks: Task[],
  ) {}

  /** Calls of one reply run side by side: for each session one after the other, so that none undoes what another did. */
  static use<T>({ sessionId, state }: Place, work: (tracker: Tracker) => Promise<T>): Promise<T> {
    const run = async () => work(new Tracker(state, (await state.get<Task[]>(key)) ?? []));
    const result = (lines.get(sessionId) ?? Promise.resolve()).then(run);
    const line = result.then(
      () => undefined,
      () => undefined,
    );
    lines.set(sessionId, line);
    void line.then(() => lines.get(sessionId) === line && lines.delete(sessionId));
    return result;
  }

  /** @throws MaestroError `tool.not_found` */
  get(id: string): Task {
    const task = this.tasks.find((one) => one.id === id);
    if (task) return task;
    const known = this.tasks.slice(-20).map((one) => one.id);
    throw new MaestroError('tool.not_found', `there is no task "${id}"; ${known.join(', ') || 'none was made yet'}`);
  }

  /** @throws MaestroError `tool.not_found`, `tool.cycle`, `tool.too_large` */
  async put(task: Task): Promise<Task> {
    if (task.parentId !== null) this.get(task.parentId);
    for (const id of task.dependencies) if (id !== task.id) this.get(id);
    const others = this.tasks.filter(({ id }) => id !== task.id);
    const at = this.tasks.findIndex(({ id }) => id === task.id);
    const tasks = at < 0 ? [...others, task] : others.toSpliced(at, 0, task);
    if (tasks.length > mostTasks)
      throw new MaestroError('tool.too_large', `a session tracks at most ${mostTasks} tasks`);
    const cycle = cycleThrough(task, tasks);
    if (cycle) {
      throw new MaestroError(
        'tool.cycle',
        `task ${task.id} would wait for itself: ${cycle.join(' -> ')}; nothing was changed`,
      );
    }
    await this.state.set(key, tasks);
    return task;
  }

  nextId(): string {
    return `t${Math.max(0, ...this.tasks.map(({ id }) => Number(id.slice(1)))) + 1}`;
  }
}

/** The way from a task back to itself over what it waits for; null where there is none. */
function cycleThrough(task: Task, tasks: readonly Task[]): string[] | null {
  const byId = new Map(tasks.map((one) => [one.id, one]));
  const seen = new Set<string>();
  const ways: string[][] = task.dependencies.map((id) => [task.id, id]);
  for (let way = ways.pop(); way; way = ways.pop()) {
    const id = way.at(-1) ?? '';
    if (id === task.id) return way;
    if (seen.has(id)) continue;
    seen.add(id);
    for (const next of byId.get(id)?.dependencies ?? []) ways.push([...way, next]);
  }
  return null;
}
