import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { type Filter, OWN_IGNORE_FILES } from './file-filter.js';

/** Larger files hold no rules a person wrote. */
const mostBytes = 1_000_000;

/** Whether the children of a directory are ignored, by the rules of it and of the directories above it. */
export async function ignoreRules(
  directory: string,
  { filter, workingDirectory }: { filter: Filter; workingDirectory: string },
): Promise<(name: string, isDirectory: boolean) => boolean> {
  const levels: { folder: string; rules: Ignore }[] = [];
  for (const folder of await foldersUp(directory)) {
    const names = [
      ...(filter.hasGitRules ? ['.gitignore'] : []),
      ...(filter.hasOwnRules ? ['.ignore'] : []),
      ...(filter.hasOwnRules && folder === workingDirectory ? OWN_IGNORE_FILES : []),
    ];
    const texts = await Promise.all(names.map((name) => rulesIn(path.join(folder, name))));
    if (texts.some((one) => one !== '')) levels.push({ folder, rules: ignore().add(texts.join('\n')) });
  }
  return (name, isDirectory) => {
    if (filter.hasGitRules && name === '.git') return true;
    // The rules nearest to the file have the last word.
    for (const { folder, rules } of levels) {
      const relative = path.relative(folder, path.join(directory, name)).split(path.sep).join('/');
      const { ignored, unignored } = rules.test(isDirectory ? `${relative}/` : relative);
      if (ignored || unignored) return ignored;
    }
    return false;
  };
}

/** From the directory up to the top of its repository, or of the file system. */
async function foldersUp(directory: string): Promise<string[]> {
  const folders: string[] = [];
  for (let folder = directory; ; folder = path.dirname(folder)) {
    folders.push(folder);
    const isTop = await stat(path.join(folder, '.git')).then(
      () => true,
      () => false,
    );
    if (isTop || path.dirname(folder) === folder) return folders;
  }
}

async function rulesIn(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile() || found.size > mostBytes) return '';
  return await readFile(file, 'utf8').catch(() => '');
}
