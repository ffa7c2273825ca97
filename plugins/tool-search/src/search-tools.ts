import { defineTool, text } from '@maestro/core';
import { Type } from 'typebox';

export const searchTools = defineTool({
  id: 'search_tools',
  title: 'Search tools',
  description:
    'Finds further tools, such as those of MCP servers, whose schemas are not listed here. Say in a few words what is to be ' +
    'done. Tools it finds can be called from the next step on.',
  parameters: Type.Object({
    query: Type.String({ minLength: 1, maxLength: 500, description: 'What is to be done, in a few words' }),
    max_results: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, description: '5 if not given' })),
  }),
  effects: 'read',
  retry: 'safe',
  findsTools: true,
  async run({ query, max_results = 5 }, { findTools }) {
    const found = await findTools(query, max_results);
    if (found.length === 0) {
      return { content: [text(`No tool fits "${query}". Try other words, or do it with the tools you have.`)] };
    }
    const lines = found.map(({ name, description }) => `- ${name}: ${firstLine(description)}`);
    return { content: [text([`These can be called now:`, ...lines].join('\n'))] };
  },
});

function firstLine(words: string): string {
  const line = words.trim().split('\n')[0] ?? '';
  return line.length > 300 ? `${line.slice(0, 300)} ...` : line;
}
