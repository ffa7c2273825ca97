import { fileURLToPath } from 'node:url';
import { type ChildTree, MaestroError, type Processes, type ToolCallContext } from '@maestro/core';
import { astGrepProgram } from './ast-grep-program.js';

export interface AstGrepRun {
  command: 'run' | 'scan' | 'outline';
  /** Options, without those that say how it reports. */
  args: readonly string[];
  /** Absolute paths of files; or a text instead. */
  read: { files: readonly string[] } | { text: string };
  timeoutMs: number;
}

/** How a run ended that gave no error. */
export interface RunState {
  isOutOfTime: boolean;
  /** It wrote more than is read. */
  isCut: boolean;
  /** What the program said beside its answers. */
  warning: string;
}

/** One answer at most; longer ones are left out. */
const mostRecordBytes = 4 * 1024 * 1024;
/** All answers of one run. */
const mostBytes = 256 * 1024 * 1024;

/** Empty, so that no `sgconfig.yml` of a project says how its code is searched. */
const config = fileURLToPath(new URL('../../sgconfig.yml', import.meta.url));

/** Runs the program that knows syntax as a child process, without a shell. */
export class AstGrep {
  /**
   * @param processes asked when it is needed first
   * @param path where the program is, if not in its package
   */
  constructor(
    private readonly processes: () => Pick<Processes, 'spawn'>,
    private readonly path?: string,
  ) {}

  /**
   * Its answers one by one, as JSON that nobody has checked. Leaving the loop ends the child.
   *
   * @throws MaestroError `tool.bad_pattern` for what it cannot read, `code.no_program`
   */
  async *records(run: AstGrepRun, call: ToolCallContext, state: RunState): AsyncGenerator<unknown> {
    const limit = AbortSignal.timeout(run.timeoutMs);
    const child = this.#start(run, AbortSignal.any([call.signal, limit]), call);
    const complaint = collect(child);
    try {
      yield* lines(child, state);
      if (state.isCut) return;
      const { code } = await child.exited;
      call.signal.throwIfAborted();
      state.isOutOfTime ||= limit.aborted;
      state.warning ||= await complaint;
      if ((code ?? 0) > 1 && !limit.aborted) throw refused(state.warning);
    } catch (cause) {
      call.signal.throwIfAborted();
      if (!limit.aborted) throw cause;
      state.isOutOfTime = true;
    } finally {
      await child.kill(0);
    }
  }

  #start({ command, args, read }: AstGrepRun, signal: AbortSignal, call: ToolCallContext): ChildTree {
    const fixed = [command, '--config', config, '--custom-languages=ignore', '--color=never', '--json=stream', ...args];
    const what = 'text' in read ? ['--stdin'] : ['--', ...read.files];
    const child = this.processes().spawn(astGrepProgram(this.path), [...fixed, ...what], {
      ...{ cwd: call.workingDirectory, label: 'search by syntax', sessionId: call.sessionId, signal },
      stdin: 'text' in read ? 'pipe' : 'none',
    });
    if ('text' in read) child.stdin?.end(read.text);
    return child;
  }
}

async function* lines(child: ChildTree, state: RunState): AsyncGenerator<unknown> {
  let parts: Buffer[] = [];
  let held = 0;
  let all = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    all += chunk.length;
    if (all > mostBytes) {
      state.isCut = true;
      return;
    }
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, end)]);
      if (held <= mostRecordBytes) yield* parsed(line);
      else state.isCut = true;
      [parts, held, from] = [[], 0, end + 1];
    }
    held += chunk.length - from;
    if (held <= mostRecordBytes) parts.push(chunk.subarray(from));
    else parts = [];
  }
  if (parts.length > 0) yield* parsed(Buffer.concat(parts));
}

/** Nothing for what is no JSON, such as a line that was cut when the time ran out. */
function* parsed(line: Buffer): Generator<unknown> {
  if (line.length === 0) return;
  try {
    yield JSON.parse(line.toString('utf8'));
  } catch {
    return;
  }
}

async function collect(child: ChildTree): Promise<string> {
  let said = '';
  try {
    for await (const chunk of child.stderr) if (said.length < 4_000) said += String(chunk);
  } catch {
    // A pipe that breaks as the child is ended has said all it had to say.
  }
  return said
    .slice(0, 4_000)
    .replace(/\n\s*\n/g, '\n')
    .trim();
}

function refused(said: string): MaestroError {
  return new MaestroError(
    'tool.bad_pattern',
    `The search was refused: ${said || 'the program gave no reason'}\nMend the pattern or rule, or search for text with grep_search.`,
  );
}
