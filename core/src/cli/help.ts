import type { Command } from './command.js';
import { verbs } from './verbs.js';

/** Of one verb: usage, what it does, its options' notes, an example. */
export function helpOf({ usage, summary, notes = [], example }: Command): string {
  const explained = notes.length > 0 ? `\n${notes.map((note) => `  ${note}`).join('\n')}\n` : '';
  return `Usage: maestro ${usage}\n\n${summary}\n${explained}\nExample:\n  ${example}\n`;
}

/** Of all verbs, or of those that begin with `group`. */
export async function overview(group?: string): Promise<string> {
  const chosen = Object.entries(verbs).filter(([name]) => !group || name.startsWith(`${group} `));
  const loaded = await Promise.all(chosen.map(async ([name, load]) => [name, (await load()).command.summary] as const));
  const width = Math.max(...loaded.map(([name]) => name.length));
  const lines = loaded.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`);
  const head = `Usage: maestro ${group ?? ''}${group ? ' ' : ''}VERB ...\n\n${lines.join('\n')}\n`;
  return `${head}\n\`maestro VERB --help\` explains one, with an example. \`maestro --version\` prints the version.\n`;
}
