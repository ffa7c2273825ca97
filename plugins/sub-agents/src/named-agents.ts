import { defineTool, MaestroError, type TemplateResource, type Templates, type Tool, text } from '@maestro/core';
import { Type } from 'typebox';
import { PROMPT } from './agent-tools.js';
import { delegationTo } from './delegation.js';
import { goalOf } from './goal.js';
import { group } from './switch.js';

const names = (what: string) =>
  Type.Record(Type.String({ maxLength: 200 }), Type.String(), { description: what, maxProperties: 50 });

/** Agents by name, as models know them from other programs. */
export function namedAgents(templates: Pick<Templates, 'list' | 'find'>): Tool[] {
  const invokeAgent = defineTool({
    id: 'invoke_agent',
    title: 'Call an agent',
    description:
      'Calls an agent by its name with a prompt and waits for its answer. list_subagents tells which there are.',
    parameters: Type.Object({
      agent_name: Type.String({ minLength: 1, description: 'The name of the agent.' }),
      prompt: PROMPT,
    }),
    group,
    parallel: true,
    retry: 'safe',
    effects: 'exec',
    deferrable: true,
    subject: ({ agent_name, prompt }) => `${agent_name}: ${prompt}`,
    run: async ({ agent_name, prompt }, call) =>
      call.delegate(delegationTo(await named(templates, agent_name), prompt)),
  });
  const task = defineTool({
    id: 'task',
    title: 'Give an agent a task',
    description:
      'Gives an agent a goal, and on request further instructions, fewer tools, facts and the parts its answer must have. Waits for the answer.',
    parameters: Type.Object(
      {
        subagent_name: Type.String({ minLength: 1, description: 'The name of the agent.' }),
        goal_prompt: PROMPT,
        behaviour_prompts: Type.Optional(
          Type.Array(Type.String(), { maxItems: 50, description: 'Further instructions on how to work, one each.' }),
        ),
        tool_whitelist: Type.Optional(
          Type.Array(Type.String(), {
            maxItems: 500,
            description: 'Names of the only tools it may use, of those it has. Left out: all it has.',
          }),
        ),
        expected_outputs: Type.Optional(names('Parts the answer must have: name and what it holds.')),
        output_spec: Type.Optional(names('The same as expected_outputs.')),
        context: Type.Optional(
          Type.Record(Type.String(), Type.Unknown(), {
            description: 'Facts it should know, by name.',
            maxProperties: 100,
          }),
        ),
      },
      { additionalProperties: false },
    ),
    group,
    parallel: true,
    retry: 'safe',
    effects: 'exec',
    deferrable: true,
    subject: ({ subagent_name, goal_prompt }) => `${subagent_name}: ${goal_prompt}`,
    async run(args, call) {
      const work = delegationTo(await named(templates, args.subagent_name), goalOf(args));
      return call.delegate({ ...work, ...(args.tool_whitelist && { narrowedTo: args.tool_whitelist }) });
    },
  });
  const listSubagents = defineTool({
    id: 'list_subagents',
    title: 'List agents',
    description: 'Lists the agents that can be called: name, role, model and what each is for.',
    parameters: Type.Object({}, { additionalProperties: false }),
    group,
    retry: 'safe',
    effects: 'read',
    deferrable: true,
    async run() {
      const all = await templates.list();
      return { content: [text(all.length > 0 ? all.map(lineOf).join('\n') : 'There are no agents.')] };
    },
  });
  return [invokeAgent, task, listSubagents];
}

async function named(templates: Pick<Templates, 'list' | 'find'>, name: string): Promise<TemplateResource> {
  const found = await templates.find(name);
  if (found) return found;
  const known = (await templates.list()).map((template) => template.name);
  const message = `There is no agent "${name}". Call one of these: ${known.slice(0, 100).join(', ') || 'none'}.`;
  throw new MaestroError('agent.unknown', message);
}

function lineOf({ name, role, description, preferred_provider, preferred_model }: TemplateResource): string {
  const model = preferred_provider && preferred_model ? ` [${preferred_provider}/${preferred_model}]` : '';
  return `- ${name}${role ? ` (${role})` : ''}${model}: ${description.replace(/\s+/g, ' ').trim() || 'no description'}`;
}
