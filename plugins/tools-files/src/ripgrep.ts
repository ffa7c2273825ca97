import { type ChildTree, MaestroError, type Processes, type ToolCallContext } from '@maestro/core';
import { rgPath } from '@vscode/ripgrep';

interface Run {
  args: readonly string[];
  cwd: string;
  timeoutMs: number;
}

/** Longer records are cut; nothing that is shown is as long. */
const mostRecordBytes = 64 * 1024;

/** Runs the search program as a child process, and gives what it says record by record. */
export class Ripgrep {
  /** @param processes asked when it is needed first */
  constructor(private readonly processes: () => Pick<Processes, 'spawn'>) {}

  /**
   * What it writes, cut where `next` says. Ends early without harm: leaving the loop ends the child.
   *
   * @param next the index behind the first record in a buffer, or -1
   * @returns through `state`, whether the time ran out: what came until then is good
   * @throws MaestroError `tool.bad_pattern` for a pattern it cannot read
   */
  async *records(
    { args, cwd, timeoutMs }: Run,
    { next, call, state }: { next: (buffer: Buffer) => number; call: ToolCallContext; state: { isOutOfTime: boolean } },
  ): AsyncGenerator<Buffer> {
    const limit = AbortSignal.timeout(timeoutMs);
    const child = this.processes().spawn(rgPath, ['--no-config', ...args], {
      ...{ cwd, label: 'search', sessionId: call.sessionId },
      signal: AbortSignal.any([call.signal, limit]),
    });
    const complaint = collect(child);
    try {
      let rest: Buffer = Buffer.alloc(0);
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        for (let end = next(rest); end !== -1; end = next(rest)) {
          yield rest.subarray(0, end);
          rest = rest.subarray(end);
        }
        if (rest.length > mostRecordBytes) rest = rest.subarray(0, mostRecordBytes);
      }
      const { code } = await child.exited;
      call.signal.throwIfAborted();
      state.isOutOfTime = limit.aborted;
      // 1 is "nothing found". 2 comes also when some file could not be read; then there are results, or no complaint about the pattern.
      if (code === 2 && !limit.aborted) refuse(await complaint);
    } catch (cause) {
      call.signal.throwIfAborted();
      if (!limit.aborted) throw cause;
      state.isOutOfTime = true;
    } finally {
      await child.kill(0);
    }
  }
}

async function collect(child: ChildTree): Promise<string> {
  let said = '';
  try {
    for await (const chunk of child.stderr) if (said.length < 4_000) said += String(chunk);
  } catch {
    // A pipe that breaks as the child is ended has said all it had to say.
  }
  return said.slice(0, 4_000);
}

function refuse(said: string): void {
  if (!/regex parse error|error parsing glob|compiled regex exceeds|unrecognized|error: /i.test(said)) return;
  throw new MaestroError(
    'tool.bad_pattern',
    `The search was refused: ${said.trim()}\nMend the pattern, or search for it literally.`,
  );
}
