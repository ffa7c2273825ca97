import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cleanEnvironment, shim } from './maestro-process.js';

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  home: string;
  /** Where it is typed; the directory of this process if not given. */
  cwd?: string;
  env?: Record<string, string | undefined>;
  input?: string;
  /** Gets the process while it runs. */
  onStart?: (child: ChildProcess) => void;
}

/** Runs `maestro ARGS` to its end. */
export async function maestro(
  args: string[],
  { home, cwd, env = {}, input, onStart }: CommandOptions,
): Promise<Outcome> {
  const child = spawn(process.execPath, [shim, ...args], {
    env: cleanEnvironment({ MAESTRO_HOME: home, HOME: home, ...env }),
    ...(cwd && { cwd }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text;
  };
  child.stdin.end(input ?? '');
  onStart?.(child);
  const [stdout, stderr, [code]] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'exit')]);
  return { code: code as number | null, stdout, stderr };
}
