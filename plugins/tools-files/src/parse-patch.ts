import { MaestroError } from '@maestro/core';

/** One line of a hunk: kept, taken away or put there; `hasEnding` is false for a last line without newline. */
export interface PatchLine {
  kind: ' ' | '-' | '+';
  text: string;
  hasEnding: boolean;
}

export interface Hunk {
  /** From 1; undefined where the header names no line. */
  oldStart: number | undefined;
  lines: PatchLine[];
}

/**
 * The hunks of a unified diff of one file. The counts of hunk headers are not trusted, as models miscount:
 * a hunk ends where its lines do.
 *
 * @throws MaestroError `tool.bad_patch` for several files or none, and for what is no unified diff
 */
export function parsePatch(patch: string): Hunk[] {
  const lines = patch.replaceAll('\r\n', '\n').split('\n');
  if (lines.at(-1) === '') lines.pop();
  const hunks: Hunk[] = [];
  let files = 0;
  let left = { old: 0, new: 0 };
  for (const [index, line] of lines.entries()) {
    const isCounted = left.old > 0 || left.new > 0;
    const header = /^@@(?: -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@| |$)/.exec(line);
    if (header) {
      hunks.push({ oldStart: header[1] === undefined ? undefined : Number(header[1]), lines: [] });
      left = { old: countOf(header[1], header[2]), new: countOf(header[3], header[4]) };
    } else if (!isCounted && isFileHeader(lines, index)) {
      files += 1;
      if (files > 1) throw badPatch('it changes several files; give one patch for each');
    } else if (hunks.length > 0 && (isCounted || !isBetweenFiles(line))) {
      addLine(hunks.at(-1) as Hunk, line, index + 1);
      if (!/^[+\\]/.test(line)) left.old -= 1;
      if (!/^[-\\]/.test(line)) left.new -= 1;
    } else if (/^[-+]/.test(line) && !isBetweenFiles(line))
      throw badPatch(`line ${index + 1} stands before the first @@ line`);
  }
  if (hunks.length === 0) throw badPatch('it has no line that begins with @@');
  const empty = hunks.findIndex((hunk) => hunk.lines.every(({ kind }) => kind === ' '));
  if (empty !== -1) throw badPatch(`hunk ${empty + 1} has no line that begins with + or -`);
  return hunks;
}

export const badPatch = (why: string): MaestroError =>
  new MaestroError('tool.bad_patch', `This is no unified diff of one file: ${why}. Nothing was written.`);

const countOf = (start: string | undefined, count: string | undefined) =>
  start === undefined ? 0 : count === undefined ? 1 : Number(count);

const isFileHeader = (lines: string[], index: number) =>
  /^--- /.test(lines[index] as string) && /^\+\+\+ /.test(lines[index + 1] ?? '');

const isBetweenFiles = (line: string) =>
  /^(\+\+\+ |diff --git |index [0-9a-f]+\.\.|(new|deleted) file mode |old mode |new mode )/.test(line);

function addLine(hunk: Hunk, line: string, number: number): void {
  const kind = line[0];
  if (kind === '\\') {
    const last = hunk.lines.at(-1);
    if (last) last.hasEnding = false;
  } else if (kind === ' ' || kind === '-' || kind === '+')
    hunk.lines.push({ kind, text: line.slice(1), hasEnding: true });
  // Editors and models cut the one space off an empty context line.
  else if (line === '') hunk.lines.push({ kind: ' ', text: '', hasEnding: true });
  else throw badPatch(`line ${number} begins with ${JSON.stringify(line[0])}, not with a space, + or -`);
}
