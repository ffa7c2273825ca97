import { stat } from 'node:fs/promises';
import { type ContentPart, defineTool, MaestroError, type ToolCallContext, text } from '@maestro/core';
import { Type } from 'typebox';
import { filterOf, filterParameters } from './file-filter.js';
import { findFiles } from './find-files.js';
import { globMatcher } from './glob-pattern.js';
import { mediaParts } from './media.js';
import { nameOf, regularFile, resolvePlace } from './place.js';
import type { Ripgrep } from './ripgrep.js';
import type { SeenFiles } from './seen-files.js';
import { readSlice, SLICE_BYTES } from './slice.js';

/** Files one call reads at most. */
export const MOST_READ = 200;

const usualExcludes = [
  '**/node_modules/**',
  '**/dist/**',
  '**/build/**',
  '**/coverage/**',
  '**/target/**',
  '**/__pycache__/**',
];
const globs = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 1000 }), { maxItems: 200, description }));

export const readManyFiles = (seen: SeenFiles, ripgrep: Ripgrep) =>
  defineTool({
    id: 'read_many_files',
    title: 'Read many files',
    description:
      'Reads the files that fit paths or globs, one after the other under a line with their path: 200 files and 256 KiB at most. ' +
      'Pictures and PDFs come only when their path is given itself.',
    parameters: Type.Object({
      paths: globs('Paths or globs, from the working directory on'),
      include: globs('More of them'),
      exclude: globs('Globs to leave out'),
      recursive: Type.Optional(Type.Boolean({ description: 'Look into directories; true when left out' })),
      useDefaultExcludes: Type.Optional(
        Type.Boolean({
          description: 'Leave out what is usually made or fetched, such as node_modules; true when left out',
        }),
      ),
      ...filterParameters,
    }),
    effects: 'read',
    retry: 'safe',
    async run(args, call) {
      const wanted = [...(args.paths ?? []), ...(args.include ?? [])];
      if (wanted.length === 0)
        throw new MaestroError('tool.bad_path', 'No file was named: give paths or globs in include.');
      const excludes = [...(args.exclude ?? []), ...(args.useDefaultExcludes === false ? [] : usualExcludes)];
      const chosen = await choose(
        wanted,
        excludes,
        { filter: filterOf(args), isDeep: args.recursive ?? true },
        ripgrep,
        call,
      );
      const reader = new Reader(seen, call);
      for (const [file, isNamed] of chosen.files) if (!(await reader.read(file, isNamed))) break;
      return { content: reader.result(chosen.files.size, chosen.notes) };
    },
  });

type Chosen = { files: Map<string, boolean>; notes: string[] };

/** Files by absolute path, and whether each was named itself; those named first, then the others by path. */
async function choose(
  wanted: string[],
  excludes: string[],
  { filter, isDeep }: { filter: ReturnType<typeof filterOf>; isDeep: boolean },
  ripgrep: Ripgrep,
  call: ToolCallContext,
): Promise<Chosen> {
  const chosen: Chosen = { files: new Map(), notes: [] };
  const patterns: string[] = [];
  for (const one of wanted) {
    const place = resolvePlace(one, call.workingDirectory);
    const found = await stat(place).catch(() => undefined);
    if (found?.isFile()) chosen.files.set(place, true);
    else if (found?.isDirectory()) patterns.push(`./${directoryOf(place, call)}**`);
    else if (/[*?[{]/.test(one)) patterns.push(one.replace(/^\.?\/?/, './').replace(/^\.\/\.\.\//, '../'));
    else
      chosen.notes.push(
        await regularFile(place).then(
          () => '',
          (error: Error) => error.message,
        ),
      );
  }
  if (patterns.length === 0) return chosen;
  const matchers = patterns.map((pattern) => globMatcher(pattern, { isCaseSensitive: true }));
  const left = excludes.map((pattern) => globMatcher(pattern, { isCaseSensitive: true }));
  const fits = (path: string) => matchers.some((one) => one(path)) && !left.some((one) => one(path));
  const query = { directory: call.workingDirectory, filter, fits, isDeep, most: 10_000, timeoutMs: 20_000 };
  const found = await findFiles(ripgrep, query, call);
  for (const file of found.files.sort()) if (!chosen.files.has(file)) chosen.files.set(file, false);
  if (found.isOutOfTime) chosen.notes.push('Finding the files took too long; these are those found until then.');
  return chosen;
}

const directoryOf = (place: string, { workingDirectory }: ToolCallContext) => {
  const name = nameOf(place, workingDirectory);
  return name === '.' ? '' : `${name}/`;
};

/** Reads files into one answer until it is full. */
class Reader {
  readonly #texts: string[] = [];
  readonly #media: ContentPart[] = [];
  readonly #notes: string[] = [];
  #room = SLICE_BYTES;
  #count = 0;

  constructor(
    private readonly seen: SeenFiles,
    private readonly call: ToolCallContext,
  ) {}

  /** False when there is no room for more. */
  async read(place: string, isNamed: boolean): Promise<boolean> {
    if (this.#count >= MOST_READ || this.#room <= 0) return false;
    const name = nameOf(place, this.call.workingDirectory);
    try {
      await this.#readOne(place, name, isNamed);
      this.#count += 1;
    } catch (error) {
      if (!(error instanceof MaestroError)) throw error;
      this.#notes.push(error.message);
    }
    return true;
  }

  result(wanted: number, notes: string[]): ContentPart[] {
    const left = wanted - this.#count - this.#notes.length;
    const all = [
      ...(wanted === 0 ? ['No file fits.'] : []),
      ...notes,
      ...this.#notes,
      ...(left > 0 ? [`${left} more ${left === 1 ? 'file was' : 'files were'} not read: the answer is full.`] : []),
    ];
    return [text([...this.#texts, ...all.map((note) => `(${note})`)].join('\n')), ...this.#media];
  }

  async #readOne(place: string, name: string, isNamed: boolean): Promise<void> {
    const { file, size } = await regularFile(place);
    const slice = await readSlice(file, {
      ...{ first: 1, last: Number.POSITIVE_INFINITY, most: this.#room, signal: this.call.signal },
    });
    if ('head' in slice) {
      if (!isNamed) throw new MaestroError('tool.binary', `${name} is not text, so it was not read.`);
      this.#media.push(...(await mediaParts({ file, name, head: slice.head, size }, this.call)));
      return;
    }
    await this.seen.noteRead(this.call, file, { hash: slice.hash, ...(!slice.isCut && { text: slice.text }) });
    this.#room -= Buffer.byteLength(slice.text);
    const cut = slice.isCut ? `\n(cut after line ${slice.lines} of ${slice.total})` : '';
    this.#texts.push(`--- ${name} ---\n${slice.text}${cut}`);
  }
}
