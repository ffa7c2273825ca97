import { mkdtemp, readFile as readBytes, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DiffPart, type MaestroError, Processes, type Tool, type ToolOutput, textOf } from '@maestro/core';
import { type TestToolCall, toolCall } from '@maestro/core/testing';
import { applyPatch } from '../src/apply-patch.js';
import { deleteLineRange } from '../src/delete-line-range.js';
import { glob } from '../src/glob.js';
import { grepSearch } from '../src/grep-search.js';
import { insertAtLine } from '../src/insert-at-line.js';
import { listDirectory } from '../src/list-directory.js';
import { readFile } from '../src/read-file.js';
import { readLineRange } from '../src/read-line-range.js';
import { readManyFiles } from '../src/read-many-files.js';
import { replace } from '../src/replace.js';
import { Ripgrep } from '../src/ripgrep.js';
import { searchFileContent } from '../src/search-file-content.js';
import { SeenFiles } from '../src/seen-files.js';
import { writeFile } from '../src/write-file.js';

const nothing = () => undefined;
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => quiet };
const processes = new Processes({ owner: 'files-test', log: quiet as never });
const ripgrep = new Ripgrep(() => processes);

/** The tools as the plugin makes them, with one memory of what was seen. */
export function allTools() {
  const seen = new SeenFiles();
  return {
    readFile: readFile(seen),
    readLineRange: readLineRange(seen),
    readManyFiles: readManyFiles(seen, ripgrep),
    writeFile: writeFile(seen),
    replace: replace(seen),
    insertAtLine: insertAtLine(seen),
    deleteLineRange: deleteLineRange(seen),
    applyPatch: applyPatch(seen),
    glob: glob(ripgrep),
    grepSearch: grepSearch(ripgrep),
    searchFileContent: searchFileContent(ripgrep),
    listDirectory,
  };
}

/** A folder of its own for each test, and sessions that work in it. */
export class Folder {
  path = '';
  tools = allTools();

  async open(): Promise<void> {
    this.path = await mkdtemp(path.join(tmpdir(), 'maestro-files-'));
    this.tools = allTools();
  }
  close = () => rm(this.path, { recursive: true, force: true });
  at = (name: string) => path.join(this.path, name);
  content = (name: string) => readBytes(this.at(name), 'utf8');
  call = (given: Partial<TestToolCall> = {}) => toolCall({ workingDirectory: this.path, ...given });
  run = (tool: Tool, args: object, given: Partial<TestToolCall> = {}): Promise<ToolOutput> =>
    tool.run(args as never, this.call(given));
  said = async (tool: Tool, args: object, given: Partial<TestToolCall> = {}) =>
    textOf((await this.run(tool, args, given)).content);
  failure = (tool: Tool, args: object, given: Partial<TestToolCall> = {}) => failure(this.run(tool, args, given));
}

export async function failure(promise: Promise<unknown>): Promise<MaestroError> {
  try {
    await promise;
  } catch (error) {
    return error as MaestroError;
  }
  throw new Error('it did not fail');
}

export const diffOf = (output: ToolOutput) => output.content.find((part): part is DiffPart => part.type === 'diff');
