import { lstat, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { LeftOut } from '../protocol/context.js';
import { readText, type TextRead } from './text-file.js';

export interface Instructions {
  /** Farthest first: what stands nearest to the work is read last. */
  texts: TextRead[];
  leftOut: LeftOut[];
}

interface Wanted {
  /** Names of files, in the order they are read in one folder. */
  files: readonly string[];
  /** Of all of them together; the nearest are served first. */
  bytes: number;
  /** Real paths of what stands elsewhere already. */
  seen?: ReadonlySet<string>;
}

/**
 * What a project tells agents: the instruction files of the working directory and of the folders above it, up to the
 * one that is the repository; without a repository, those of the working directory alone. It is text for a model and
 * sets nothing.
 */
export async function projectInstructions(workingDirectory: string, wanted: Wanted): Promise<Instructions> {
  const folders = await projectFolders(workingDirectory);
  return folderInstructions(folders, { ...wanted, within: folders[0] });
}

/** Those of folders that are given, farthest first. */
export async function folderInstructions(
  folders: readonly string[],
  { files, bytes, seen = new Set(), within }: Wanted & { within?: string | undefined },
): Promise<Instructions> {
  const known = new Set(seen);
  const texts: TextRead[] = [];
  const leftOut: LeftOut[] = [];
  let room = bytes;
  const nearestFirst = folders
    .toReversed()
    .flatMap((folder) => files.toReversed().map((name) => path.join(folder, name)));
  for (const file of nearestFirst) {
    const read = await readText(file, { bytes: room, ...(within !== undefined && { within }) });
    if (!read || ('text' in read && (known.has(read.path) || (read.text === '' && !read.isCut)))) continue;
    if ('reason' in read) leftOut.unshift(read);
    else if (read.text === '') leftOut.unshift({ source: file, reason: `others fill the ${bytes} bytes there are` });
    else {
      known.add(read.path);
      texts.unshift(read);
      room -= read.bytes;
    }
  }
  return { texts, leftOut };
}

/** From the repository down to the working directory. */
async function projectFolders(workingDirectory: string): Promise<string[]> {
  const real = await realpath(workingDirectory).catch(() => workingDirectory);
  const folders: string[] = [];
  for (let folder = real; ; folder = path.dirname(folder)) {
    folders.unshift(folder);
    if (await isRepository(folder, real)) return folders;
    if (folder === path.dirname(folder)) return [real];
  }
}

/**
 * Whether it holds `.git`, a folder or, in a worktree, a file. One of somebody else counts for nothing: in a folder
 * that all may write to, such as /tmp, it would have strangers speak to the agents that work below.
 */
async function isRepository(folder: string, workingDirectory: string): Promise<boolean> {
  const [git, own] = await Promise.all([
    lstat(path.join(folder, '.git')).catch(() => undefined),
    stat(workingDirectory).catch(() => undefined),
  ]);
  return git !== undefined && (git.uid === own?.uid || git.uid === process.getuid?.());
}
