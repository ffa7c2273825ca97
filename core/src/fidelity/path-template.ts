import { literal } from './literal.js';

/** Values of the `{slots}` of a profile's path in a path as captured; undefined where it is another path. */
export function slotsOf(template: string, path: string): Record<string, string> | undefined {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const texts = template.split(/\{\w+\}/).map(literal);
  const found = new RegExp(`^${texts.join('([^/?&]+?)')}$`).exec(path);
  if (!found) return undefined;
  return Object.fromEntries(names.map((name, index) => [name, decoded(found[index + 1]!)]));
}

/** A path that was captured may hold what no one encodes; it stands as it is then. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
