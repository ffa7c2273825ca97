import type { Session } from '@maestro/core/protocol';
import type { IconName } from '../icons/names.js';

/** Something the palette can do. */
export interface PaletteEntry {
  /** Its own among those of its scope. */
  id: string;
  title: string;
  /** Words it is found by as well. */
  words?: string;
  icon?: IconName;
  /** One cap each, at the end of the line. */
  keys?: readonly string[];
  /** What stands at the end of the line where no keys do. */
  hint?: string;
  run(): unknown;
}

/** What a person may narrow the palette to: `>` commands, `@` files. Actions are those of one session. */
export type PaletteScope = 'commands' | 'files' | 'actions';

export interface Asked {
  /** What is typed, without its sign. */
  query: string;
  /** With `actions`: of whom. */
  session: Session | null;
}

type Source = (asked: Asked) => readonly PaletteEntry[] | Promise<readonly PaletteEntry[]>;

const sources = new Set<{ scope: PaletteScope; give: Source }>();

/** Adds entries to the palette, asked for each time it looks. Gives the undo. */
export function registerPaletteEntries(scope: PaletteScope, give: Source): () => void {
  const source = { scope, give };
  sources.add(source);
  return () => sources.delete(source);
}

/** All entries of a scope; a source that fails gives none. */
export async function paletteEntries(scope: PaletteScope, asked: Asked): Promise<PaletteEntry[]> {
  const some = [...sources].filter((source) => source.scope === scope);
  const given = await Promise.all(
    some.map(async ({ give }) => {
      try {
        return await give(asked);
      } catch {
        return [];
      }
    }),
  );
  return given.flat();
}
