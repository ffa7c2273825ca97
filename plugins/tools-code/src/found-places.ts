import { fileURLToPath } from 'node:url';
import type { ToolCallContext } from '@maestro/core';
import { nameOf, quoted } from '@maestro/tools-files/place';
import { readTextFile } from '@maestro/tools-files/text-file';
import { shownLine } from './shown.js';

export interface FoundPlace {
  uri: string;
  /** From 0. */
  line: number;
  character: number;
}

export const MOST_PLACES = 200;
/** Files whose lines are shown beside their places. */
const mostFiles = 50;

/** Places as a model reads them: `path:line:character`, counted from 0 as the tools take them, and the line there. */
export async function showPlaces(places: readonly FoundPlace[], call: ToolCallContext): Promise<string[]> {
  const texts = new Map<string, string[]>();
  const shown: string[] = [];
  for (const { uri, line, character } of places.slice(0, MOST_PLACES)) {
    const file = fileOf(uri);
    const name = file === undefined ? quoted(shownLine(uri)) : nameOf(file, call.workingDirectory);
    if (file !== undefined && !texts.has(file) && texts.size < mostFiles) {
      const found = await readTextFile(file, call.signal).catch(() => undefined);
      call.signal.throwIfAborted();
      texts.set(file, found?.text.split('\n') ?? []);
    }
    const text = file === undefined ? undefined : texts.get(file)?.[line];
    shown.push(`${name}:${line}:${character}${text === undefined ? '' : `  ${shownLine(text.trim(), 200)}`}`);
  }
  const more = places.length - MOST_PLACES;
  return more > 0 ? [...shown, `(${more} more are not shown)`] : shown;
}

/** The file that an address of a server names; undefined where it names something else. */
export function fileOf(uri: string): string | undefined {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}
