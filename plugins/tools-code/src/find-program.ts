import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Where a program is that the machine has, not the project: folders of PATH that lie in the project do not count, nor
 * do links that lead into it, for a project must not say what the server runs.
 *
 * @param command a name, or an absolute path that is taken as it is
 * @param trusts look in the project too, in its node_modules first
 */
export async function findProgram(
  command: string,
  { root, trusts, PATH = process.env.PATH ?? '' }: { root: string; trusts: boolean; PATH?: string },
): Promise<string | undefined> {
  if (path.isAbsolute(command)) return (await isProgram(command)) ? command : undefined;
  if (path.basename(command) !== command) return undefined;
  const own = trusts ? [path.join(root, 'node_modules', '.bin')] : [];
  const top = await realpath(root).catch(() => root);
  for (const folder of [...own, ...PATH.split(path.delimiter)]) {
    if (!path.isAbsolute(folder)) continue;
    const file = path.join(folder, process.platform === 'win32' ? `${command}.exe` : command);
    if (!(await isProgram(file))) continue;
    if (trusts || !(isWithin(file, root) || isWithin(await realpath(file), top))) return file;
  }
  return undefined;
}

export function isWithin(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative === '' || (!/^\.\.(\/|\\|$)/.test(relative) && !path.isAbsolute(relative));
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
