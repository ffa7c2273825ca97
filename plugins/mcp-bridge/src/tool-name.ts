import { createHash } from 'node:crypto';

const longest = 64;

/** `SERVER__TOOL` in the letters that every model takes; with a tail of its own where that is too long. */
export function toolName(server: string, tool: string): string {
  const name = `${letters(server)}__${letters(tool)}`;
  return name.length <= longest ? name : nameWithTail(server, tool);
}

/** For one whose plain name is taken: the tail is made of both names, so it is the same each time. */
export function nameWithTail(server: string, tool: string): string {
  const tail = createHash('sha256').update(`${server}\0${tool}`).digest('hex').slice(0, 8);
  const name = `${letters(server)}__${letters(tool.slice(0, longest))}`;
  return `${name.slice(0, longest - tail.length - 1)}_${tail}`;
}

const letters = (text: string) => text.replace(/[^A-Za-z0-9_-]/g, '_');
