import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DiffPart, type Logger, MaestroError, Processes, type Tool, type ToolOutput, textOf } from '@maestro/core';
import { type TestToolCall, toolCall } from '@maestro/core/testing';
import { readFile as readTool } from '@maestro/tools-files/read-file';
import { Ripgrep } from '@maestro/tools-files/ripgrep';
import { SeenFiles } from '@maestro/tools-files/seen-files';
import { astEdit } from '../src/ast-edit.js';
import { AstGrep } from '../src/ast-grep.js';
import { astGrepTool } from '../src/ast-grep-tool.js';
import { astReadFile } from '../src/ast-read-file.js';
import { structuralAnalysis } from '../src/structural-analysis.js';

const nothing = () => undefined;
export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent };

export const newProcesses = () =>
  new Processes({ log: silent, owner: `test.${process.pid}.${randomBytes(4).toString('hex')}` });
const processes = newProcesses();

/** The tools as the plugin makes them, with one memory of what was seen. */
export function syntaxTools(program?: string) {
  const seen = new SeenFiles();
  const astGrep = new AstGrep(() => processes, program);
  const tools = { astGrep, ripgrep: new Ripgrep(() => processes) };
  return {
    read: readTool(seen),
    astGrep: astGrepTool(tools),
    analysis: structuralAnalysis(tools),
    astRead: astReadFile(seen, astGrep),
    astEdit: astEdit(seen, astGrep),
  };
}

/** A folder of its own for each test, and sessions that work in it. */
export class Folder {
  path = '';

  async open(): Promise<void> {
    this.path = await realpath(await mkdtemp(path.join(tmpdir(), 'maestro-code-tools-')));
  }
  close = () => rm(this.path, { recursive: true, force: true });
  at = (name: string) => path.join(this.path, name);
  content = (name: string) => readFile(this.at(name), 'utf8');
  async write(files: Record<string, string>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(this.at(name)), { recursive: true });
      await writeFile(this.at(name), content);
    }
  }
  call = (given: Partial<TestToolCall> = {}) => toolCall({ workingDirectory: this.path, ...given });
  run = (tool: AnyTool, args: object, given: Partial<TestToolCall> = {}): Promise<ToolOutput> =>
    tool.run(args as never, this.call(given));
  said = async (tool: AnyTool, args: object, given: Partial<TestToolCall> = {}) =>
    textOf((await this.run(tool, args, given)).content);
  failure = (tool: AnyTool, args: object, given: Partial<TestToolCall> = {}) => failure(this.run(tool, args, given));
}

type AnyTool = Pick<Tool, 'id'> & { run(args: never, call: TestToolCall): Promise<ToolOutput> };

export async function failure(promise: Promise<unknown>): Promise<MaestroError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof MaestroError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

export const diffOf = (output: ToolOutput) => output.content.find((part): part is DiffPart => part.type === 'diff');
