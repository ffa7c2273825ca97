import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The oldest browsers that the pages are for, by their names in the compatibility data. */
export const floor = { chrome: 90, firefox: 88, safari: 14 } as const;

interface Support {
  version_added: string | boolean | null;
  flags?: unknown[];
  prefix?: string;
  alternative_name?: string;
}
interface Compat {
  support: Record<string, Support | Support[]>;
}
export interface CompatNode {
  __compat?: Compat;
  [name: string]: CompatNode | Compat | undefined;
}

/** MDN's record of what each browser has since when. */
export const compatData: Record<'api' | 'css' | 'javascript', Record<string, Record<string, CompatNode>>> = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('@mdn/browser-compat-data'), 'utf8'),
);

/** Whether each of the oldest browsers has it, without a flag or another name; under a prefix only where that is given. */
export function isOldEnough(
  node: CompatNode | Compat | undefined,
  prefixed: (prefix: string) => boolean = () => false,
): boolean {
  const support = (node as CompatNode | undefined)?.__compat?.support;
  if (!support) return true;
  return Object.entries(floor).every(([browser, version]) => {
    const entries = [support[browser] ?? []].flat();
    return entries.some(
      ({ version_added: added, flags, prefix, alternative_name: other }) =>
        typeof added === 'string' &&
        !flags &&
        (!prefix || prefixed(prefix)) &&
        !other &&
        Number.parseFloat(added.replace('≤', '')) <= version,
    );
  });
}

/** The policy asks for trusted types where a browser has them; the driver of a test asks for the arrays. */
const kept = /^[Tt]rusted|^Big(?:Ui|I)nt64Array$/;

/**
 * What a page may find in a browser of today but not in one of the oldest: names of globals, and of members as
 * `Interface.member`. Events, and what is no name, are left out.
 */
export function newerNames(): string[] {
  const interfaces = [
    ...Object.entries(compatData.api),
    ...Object.entries(compatData.javascript.builtins ?? {}),
  ].filter(([name]) => !kept.test(name) && name !== '__compat');
  const names: string[] = [];
  for (const [name, node] of interfaces) {
    for (const [member, inner] of Object.entries(node))
      if (/^[a-z]\w*$/i.test(member) && !/_event$|_/.test(member) && !kept.test(member) && !isOldEnough(inner))
        names.push(`${name}.${member}`);
    if (!isOldEnough(node)) names.push(name);
  }
  return names;
}

/** Runs in the page before all else: takes away what the oldest browsers lack. */
export function takeAway(names: string[]): void {
  const globals = globalThis as unknown as Record<string, { prototype?: object } | undefined>;
  for (const name of names) {
    const [owner = '', member] = name.split('.');
    try {
      if (member === undefined) delete globals[owner];
      else if (owner === 'Window') delete globals[member];
      else
        for (const from of [globals[owner], globals[owner]?.prototype]) if (from) Reflect.deleteProperty(from, member);
    } catch {
      // What cannot be taken away stays.
    }
  }
}
