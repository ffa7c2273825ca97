import type { ToolCallContext } from '@maestro/core';
import type { Ripgrep } from '@maestro/tools-files/ripgrep';
import type { AstGrep, AstGrepRun, RunState } from './ast-grep.js';
import { type CodeSearch, codeFiles } from './code-files.js';

export interface Tools {
  astGrep: AstGrep;
  ripgrep: Ripgrep;
}

/** What limited a search, and what it went over. */
export interface SearchState extends RunState {
  files: number;
  /** There are more files than are searched. */
  hasMoreFiles: boolean;
}

export const newState = (): SearchState => ({
  files: 0,
  hasMoreFiles: false,
  isOutOfTime: false,
  isCut: false,
  warning: '',
});

/** Everything the program says of the files of a place, within the time of the search. */
export async function* searchCode(
  { astGrep, ripgrep }: Tools,
  { command, args }: Pick<AstGrepRun, 'command' | 'args'>,
  { search, call, state }: { search: CodeSearch; call: ToolCallContext; state: SearchState },
): AsyncGenerator<unknown> {
  const deadline = Date.now() + search.timeoutMs;
  const found = await codeFiles(ripgrep, search, call);
  state.files = found.count;
  state.hasMoreFiles = found.hasMore;
  state.isOutOfTime = found.isOutOfTime;
  for (const files of found.lists) {
    const timeoutMs = deadline - Date.now();
    if (timeoutMs <= 0) state.isOutOfTime = true;
    if (state.isOutOfTime) return;
    yield* astGrep.records({ command, args, read: { files }, timeoutMs }, call, state);
  }
}

/** What a reader must know of an answer that is not all there is. */
export function limitsOf(state: SearchState): string[] {
  return [
    ...(state.isOutOfTime ? ['(the time ran out; this is what was found until then)'] : []),
    ...(state.isCut ? ['(some of it was too long to be read; name a place further in)'] : []),
    ...(state.hasMoreFiles ? [`(only the first ${state.files} files were searched; name a place further in)`] : []),
  ];
}
