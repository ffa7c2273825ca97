import { type Dispose, defineTool, type Logger, type TemplateResource, type Templates, type Tool } from '@maestro/core';
import { Type } from 'typebox';
import { delegationTo } from './delegation.js';
import { group } from './switch.js';

interface Registered {
  /** What a model reads of it; another one is another tool. */
  shown: string;
  dispose: Dispose;
}

/** Keeps one tool for each template, whatever becomes of them. */
export class AgentTools {
  readonly #tools = new Map<string, Registered>();
  #stop: Dispose = () => undefined;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(
    private readonly templates: Pick<Templates, 'list' | 'find' | 'onChange'>,
    private readonly add: (tool: Tool) => Dispose,
    private readonly log: Logger,
  ) {}

  /** Resolves once there is a tool for every template. */
  async open(): Promise<void> {
    this.#stop = this.templates.onChange(() => void this.#later());
    await this.#later();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#stop();
    await this.#running;
  }

  #later(): Promise<void> {
    this.#running = this.#running
      .then(() => this.#sync())
      .catch((cause: unknown) => this.log.warn('the tools of agents may be out of date', { cause }));
    return this.#running;
  }

  async #sync(): Promise<void> {
    if (this.#isClosed) return;
    const wanted = new Map<string, TemplateResource>();
    for (const template of await this.templates.list()) {
      const id = toolIdOf(template.name);
      const twin = wanted.get(id);
      if (twin) this.log.warn(`the agent "${template.name}" has no tool: ${id} is that of "${twin.name}"`);
      else wanted.set(id, template);
    }
    for (const [id, { shown, dispose }] of this.#tools) {
      const template = wanted.get(id);
      if (template && shownOf(template) === shown) continue;
      this.#tools.delete(id);
      await dispose();
    }
    for (const [id, template] of wanted) {
      if (this.#tools.has(id)) continue;
      try {
        this.#tools.set(id, { shown: shownOf(template), dispose: this.add(agentTool(id, template, this.templates)) });
      } catch (cause) {
        this.log.warn(`the agent "${template.name}" has no tool`, { cause });
      }
    }
  }
}

/** `agent_code_reviewer` for "Code reviewer". */
export function toolIdOf(name: string): string {
  return `agent_${name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')}`;
}

const shownOf = ({ name, role, description }: TemplateResource) => JSON.stringify([name, role, description]);

function agentTool(id: string, template: TemplateResource, templates: Pick<Templates, 'find'>): Tool {
  const { name, role, description } = template;
  const does = description || (role ? `Works as ${role}.` : 'An agent of the user.');
  return defineTool({
    id,
    title: `Agent: ${name}`,
    description: `${does}\n\n${HOW}`,
    parameters: Type.Object({ prompt: PROMPT }),
    group,
    parallel: true,
    retry: 'safe',
    effects: 'exec',
    deferrable: true,
    subject: ({ prompt }) => prompt,
    async run({ prompt }, call) {
      // Read anew: it may have been changed since it was registered.
      const now = await templates.find(template.id);
      return call.delegate(delegationTo(now ?? template, prompt));
    },
  });
}

const HOW =
  'Calls this agent, which works in a session of its own with its own tools and comes back with one answer. It sees ' +
  'nothing of this conversation. Call several agents in one reply to have them work side by side.';

export const PROMPT = Type.String({
  minLength: 1,
  description:
    'All the agent needs to know: the task, the facts and paths it depends on, what must not be touched, and what its answer should hold.',
});
