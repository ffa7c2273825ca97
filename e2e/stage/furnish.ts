import type { List, McpServerResource } from '@maestro/core/protocol';
import type { MaestroProcess } from '../support/maestro-process.js';
import { until } from '../support/until.js';
import { toolServer } from './project.js';

const templates = [
  {
    name: 'Juno',
    role: 'Researcher',
    description: 'Reads logs and papers and measures before anybody guesses.',
    preferred_provider: 'gemini',
    preferred_model: 'gemini-2.5-pro',
    tools: ['read_file', 'search_file_content', 'list_directory'],
  },
  {
    name: 'Lead',
    role: 'Lead',
    description: 'Plans, writes and delegates.',
    preferred_provider: 'anthropic',
    preferred_model: 'claude-sonnet-5',
  },
  {
    name: 'Code reviewer',
    role: 'Code reviewer',
    description: 'Reads a change with fresh eyes.',
    preferred_provider: 'openai',
    preferred_model: 'gpt-5-mini',
    tools: ['read_file', 'run_shell_command'],
  },
];

/** What the stage has besides its cast: agents to call, MCP servers, a key, a budget. */
export async function furnish(server: MaestroProcess): Promise<void> {
  for (const template of templates)
    await server.must('POST', '/templates', {
      system_prompt: `You are ${template.name}. ${template.description}`,
      ...template,
    });
  const mcp = (name: string, tools: number, is_enabled = true) =>
    server.must('POST', '/mcp-servers', {
      name,
      transport: 'stdio',
      command: toolServer,
      args: ['good'],
      is_enabled,
      env: { MCP_SIM_TOOLS: String(tools) },
    });
  await mcp('postgres', 14);
  await mcp('browser', 21);
  // One that fails would be tried again and again, and look different each time.
  await mcp('issue-tracker', 1, false);
  await server.must('POST', '/budgets', { scope: 'day', limit_usd: '10' });
  await until('the MCP servers to be connected', async () => {
    const { items } = await server.must<List<McpServerResource>>('GET', '/mcp-servers');
    return items.filter(({ status }) => status?.state === 'connected').length === 2;
  });
}
