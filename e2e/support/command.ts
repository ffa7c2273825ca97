import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cleanEnvironment, shim } from './maestro-process.js';

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `maestro ARGS` to its end. */
export async function maestro(
  args: string[],
  {
    home,
    env = {},
    input,
    cwd,
  }: { home: string; env?: Record<string, string | undefined>; input?: string; cwd?: string },
): Promise<Outcome> {
  const child = spawn(process.execPath, [shim, ...args], {
    env: cleanEnvironment({ MAESTRO_HOME: home, HOME: home, ...env }),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd ? { cwd } : {}),
  });
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text;
  };
  child.stdin.end(input ?? '');
  const [stdout, stderr, [code]] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'exit')]);
  return { code: code as number | null, stdout, stderr };
}
