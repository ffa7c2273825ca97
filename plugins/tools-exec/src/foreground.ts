import { setTimeout as sleep } from 'node:timers/promises';
import { type ContentPart, type Processes, type ToolCallContext, type ToolOutput, text } from '@maestro/core';
import { LiveText } from './live-text.js';
import { type Program, type ProgramToRun, startProgram } from './programs.js';

export const DEFAULT_SECONDS = 120;
export const MOST_SECONDS = 3_600;

/** How long a program that is being ended may delay the answer; its end goes on behind it. */
const patienceMs = 700;

/** Runs code to its end, or until its time is up or somebody stops it; then its whole tree ends. */
export async function runToEnd(
  processes: Processes,
  run: Omit<ProgramToRun, 'sessionId' | 'watch'>,
  { call, stop, seconds = DEFAULT_SECONDS }: { call: ToolCallContext; stop: AbortSignal; seconds?: number | undefined },
): Promise<ToolOutput> {
  const live = new LiveText((told) => call.progress(told));
  const watch: ProgramToRun['watch'] = (stream, bytes) => live.add(stream, bytes);
  const program = await startProgram(processes, { ...run, sessionId: call.sessionId, watch });
  const stopped = await untilStopped(program, AbortSignal.any([call.signal, stop]), seconds);
  if (stopped !== null) await end(program);
  live.flush();
  const code = stopped === null ? await program.ended : null;
  return resultOf(program, code, stopped === null ? '' : `${stopped} All its processes were ended.`);
}

/** What a program wrote and how it ended; anything but success is told as an error. */
export function resultOf({ output }: Program, code: number | null, why: string): ToolOutput {
  const notes = [why || (code === null ? 'A signal ended it.' : ''), output.note()].filter((note) => note !== '');
  // First, since of a long output the middle is cut.
  const words: ContentPart[] = notes.length > 0 ? [text(notes.join('\n'))] : [];
  const terminal: ContentPart = { v: 1, type: 'terminal', chunks: output.chunks(), exit_code: code };
  return { content: [...words, terminal], ...(code !== 0 && { is_error: true }) };
}

/** Why it was stopped, in words; null when it ended by itself. */
async function untilStopped(program: Program, signal: AbortSignal, seconds: number): Promise<string | null> {
  const why = Promise.withResolvers<string>();
  const onAbort = () => why.resolve('Stopped before it finished.');
  const timer = setTimeout(() => why.resolve(`Stopped after ${seconds} s, the time it was given.`), seconds * 1_000);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([program.ended.then(() => null), why.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

async function end({ tree, output, ended }: Program): Promise<void> {
  const killed = tree.kill();
  await Promise.race([Promise.all([killed, ended]), sleep(patienceMs)]);
  for (const stream of [tree.stdout, tree.stderr]) stream.destroy();
  output.close();
}
