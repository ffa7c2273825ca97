import type { ToolOutput } from '@maestro/core';

/** What most of these tools give: a few lines for the model. */
export function says(text: string): ToolOutput {
  return { content: [{ v: 1, type: 'text', text }] };
}

/** The same for what the model should read and mend. */
export function fails(text: string): ToolOutput {
  return { ...says(text), is_error: true };
}
