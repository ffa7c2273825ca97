import { type ContentPart, MaestroError, type ToolCallContext, type ToolOutput, text } from '@maestro/core';
import { numbered } from './lines.js';
import { mediaParts } from './media.js';
import { nameOf, regularFile } from './place.js';
import type { SeenFiles } from './seen-files.js';
import { readSlice, type Slice } from './slice.js';
import { hashOfFile } from './text-file.js';

interface Wanted {
  place: string;
  first: number;
  /** Included; Infinity for all that follows. */
  last: number;
  hasNumbers: boolean;
}

/** What reading tools answer: the lines with their range, or the parts that show a picture or PDF. */
export async function readRange(wanted: Wanted, seen: SeenFiles, call: ToolCallContext): Promise<ToolOutput> {
  const { place, first, last } = wanted;
  if (last < first) throw new MaestroError('tool.bad_range', `The last line, ${last}, is before the first, ${first}.`);
  const { file, size } = await regularFile(place);
  const name = nameOf(place, call.workingDirectory);
  const slice = await readSlice(file, { first, last, signal: call.signal });
  if ('head' in slice) {
    // Also what is refused counts as looked at: it may then be overwritten.
    await seen.noteRead(call, file, { hash: await hashOfFile(file, call.signal) });
    return { content: await mediaParts({ file, name, head: slice.head, size }, call) };
  }
  if (slice.lines === 0 && first > Math.max(slice.total, 1)) {
    throw new MaestroError('tool.bad_range', `${name} has ${slice.total} lines; line ${first} is past its end.`);
  }
  const isWhole = first === 1 && slice.lines === slice.total && !slice.isCut;
  // A byte order mark is not in the text of an edit either.
  await seen.noteRead(call, file, { hash: slice.hash, ...(isWhole && { text: slice.text }) });
  return { content: shownParts(slice, wanted, isWhole) };
}

function shownParts(slice: Slice, { first, hasNumbers }: Wanted, isWhole: boolean): ContentPart[] {
  const lines = hasNumbers ? numbered(slice.text, first) : slice.text;
  const last = first + slice.lines - 1;
  const more = slice.isCut ? ' (cut at 256 KiB; ask for the next lines)' : '';
  const shown = text(isWhole ? lines : `Lines ${first}-${last} of ${slice.total}${more}:\n${lines}`);
  const notes: Partial<Record<Slice['encoding'], string>> = {
    latin1: '(The file is not UTF-8; it was read as latin1.)',
    'utf-16le': '(The file is UTF-16, little-endian; edits keep that.)',
    'utf-16be': '(The file is UTF-16, big-endian; edits keep that.)',
  };
  const note = notes[slice.encoding];
  return note ? [shown, text(note)] : [shown];
}
