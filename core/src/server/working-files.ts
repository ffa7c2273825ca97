import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FoundFile, FoundFiles } from '../protocol/resources.js';
import { type IgnoreRules, ignoreRules, isIgnored } from './ignore-rules.js';
import { rankPaths, type SearchedPath } from './rank-paths.js';

const MOST_PATHS = 100_000;
const MOST_DIRECTORIES = 4;
/** Read at once: enough to keep the disk busy, not enough to keep everything else from it. */
const AT_ONCE = 16;
/** A listing is good for this long; then the next question has it made anew. */
const FRESH_MS = 5_000;
/** So long a question waits for a listing; then it is answered from what is known. */
const WAIT_MS = 800;
const MOST_RULES_BYTES = 1_000_000;
const RECORDS = new Set(['.git', '.hg', '.svn', '.jj']);

/** The paths below a directory, as far as they are known. */
interface Listing {
  paths: SearchedPath[];
  isComplete: boolean;
  madeAt: number;
  done: Promise<void>;
}

/** Rules and where the file that holds them stands: so many segments of a path are above it. */
interface Level {
  rules: IgnoreRules;
  /** Segments from the file's directory down to the one listed; empty for those inside it. */
  above: readonly string[];
  depth: number;
}

/**
 * Finds files of working directories by a few letters. It lists without what `.gitignore` files leave out, follows no
 * links, so that nothing outside is told of, and remembers the last listings: a person types one letter after another.
 */
export class WorkingFiles {
  readonly #listings = new Map<string, Listing>();

  async find(directory: string, query: string, limit: number): Promise<FoundFiles> {
    const listing = this.#listingOf(directory);
    const pause = Promise.withResolvers<void>();
    const timer = setTimeout(pause.resolve, WAIT_MS);
    await Promise.race([listing.done, pause.promise]);
    clearTimeout(timer);
    const items = rankPaths(listing.paths, query, limit).map(
      ({ path, isDirectory }): FoundFile => ({ path, kind: isDirectory ? 'directory' : 'file' }),
    );
    return { items, next: null, is_complete: listing.isComplete };
  }

  #listingOf(directory: string): Listing {
    const known = this.#listings.get(directory);
    if (known && Date.now() - known.madeAt < FRESH_MS) return known;
    const made = list(directory);
    this.#listings.delete(directory);
    this.#listings.set(directory, made);
    const [oldest] = this.#listings.keys();
    if (this.#listings.size > MOST_DIRECTORIES && oldest !== undefined) this.#listings.delete(oldest);
    return made;
  }
}

function list(directory: string): Listing {
  const listing: Listing = { paths: [], isComplete: false, madeAt: Number.POSITIVE_INFINITY, done: Promise.resolve() };
  listing.done = walk(directory, listing).finally(() => {
    listing.madeAt = Date.now();
  });
  return listing;
}

/** Level by level: what lies near is known first, and a bound cuts what lies deep. */
async function walk(directory: string, listing: Listing): Promise<void> {
  let level: { path: string[]; levels: Level[] }[] = [{ path: [], levels: await levelsAbove(directory) }];
  while (level.length > 0) {
    const next: typeof level = [];
    for (let at = 0; at < level.length; at += AT_ONCE) {
      const read = await Promise.all(level.slice(at, at + AT_ONCE).map((place) => entriesOf(directory, place)));
      for (const { path, levels, entries } of read) {
        for (const entry of entries) {
          if (listing.paths.length === MOST_PATHS) return;
          const full = [...path, entry.name];
          const isDirectory = entry.isDirectory();
          if (leavesOut(levels, full, isDirectory)) continue;
          const text = full.join('/');
          listing.paths.push({ path: text, lower: text.toLowerCase(), isDirectory });
          if (isDirectory) next.push({ path: full, levels });
        }
      }
    }
    level = next;
  }
  listing.isComplete = true;
}

async function entriesOf(directory: string, { path, levels }: { path: string[]; levels: Level[] }) {
  const here = join(directory, ...path);
  // What cannot be read has nothing to offer.
  const all = await readdir(here, { withFileTypes: true }).catch((): Dirent[] => []);
  const entries = all.filter((entry) => isOffered(entry)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const hasRules = path.length > 0 && all.some(({ name }) => name === '.gitignore');
  if (!hasRules) return { path, levels, entries };
  const level = { rules: await rulesIn(here), above: [], depth: path.length };
  return { path, levels: [...levels, level], entries };
}

function isOffered(entry: Dirent): boolean {
  if (!entry.isFile() && !entry.isDirectory()) return false;
  // A name that is no UTF-8, or of several lines, cannot be written into a message.
  return !RECORDS.has(entry.name) && !/[\ufffd\p{Cc}]/u.test(entry.name);
}

/** The rules nearest to a file have the last word. */
function leavesOut(levels: readonly Level[], path: readonly string[], isDirectory: boolean): boolean {
  for (const { rules, above, depth } of levels.toReversed()) {
    const said = isIgnored(rules, [...above, ...path.slice(depth)], isDirectory);
    if (said !== undefined) return said;
  }
  return false;
}

/** Rules of the directory and of those above it, up to the top of its repository. */
async function levelsAbove(directory: string): Promise<Level[]> {
  const levels: Level[] = [];
  const above: string[] = [];
  for (let folder = directory; ; folder = dirname(folder)) {
    levels.unshift({ rules: await rulesIn(folder), above: [...above], depth: 0 });
    const isTop = await stat(join(folder, '.git')).then(
      () => true,
      () => false,
    );
    // Outside of a repository nothing above it counts.
    if (isTop) return levels;
    if (dirname(folder) === folder) return levels.slice(-1);
    above.unshift(folder.slice(folder.lastIndexOf('/') + 1));
  }
}

async function rulesIn(folder: string): Promise<IgnoreRules> {
  const file = join(folder, '.gitignore');
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile() || found.size > MOST_RULES_BYTES) return [];
  return ignoreRules(await readFile(file, 'utf8').catch(() => ''));
}
