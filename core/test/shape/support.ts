import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const repository = fileURLToPath(new URL('../../../../', import.meta.url));

export interface Source {
  /** From the root of the repository, with forward slashes. */
  path: string;
  text: string;
}

/** TypeScript sources under a folder of the repository. */
export function sources(folder: string): Source[] {
  const root = join(repository, folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/(^|[\\/])(node_modules|dist|fixtures|generated)[\\/]/.test(name))
    .map((name) => {
      const file = join(root, name);
      return { path: relative(repository, file).replaceAll('\\', '/'), text: readFileSync(file, 'utf8') };
    });
}

/** Names of the folders of the plugins that ship. */
export function pluginFolders(): string[] {
  return readdirSync(join(repository, 'plugins'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `plugins/${name}`);
}

/** Everything the repository's own packages consist of, tests aside. */
export function allSources(): Source[] {
  return ['core/src', 'migrations/src', 'ui/src', ...pluginFolders().map((folder) => `${folder}/src`)].flatMap(sources);
}
