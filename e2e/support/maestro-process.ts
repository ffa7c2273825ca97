import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The checkout this suite was built in. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url));
export const shim = path.join(repository, 'core', 'bin', 'maestro.cjs');

export interface StartOptions {
  home: string;
  port?: number;
  env?: Record<string, string | undefined>;
  /** Flags of node itself, before the program. */
  nodeArgs?: string[];
  args?: string[];
}

/** A home folder of its own with a configuration; remove it with `dropHome`. */
export async function makeHome(config = ''): Promise<string> {
  const home = await mkdtemp(path.join(tmpdir(), 'maestro-home-'));
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(path.join(home, 'maestro.yaml'), config, { mode: 0o600 });
  return home;
}

export async function dropHome(home: string): Promise<void> {
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
}

/** The environment of a run: nothing of the caller's keys and addresses leaks in. */
export function cleanEnvironment(extra: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'TZ', 'SystemRoot', 'USER', 'LOGNAME'];
  const base = Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  return { ...base, ...extra };
}

/** The real program as a process: `maestro start` on a free port. */
export class MaestroProcess {
  output = '';
  url = '';
  token = '';
  readonly exited: Promise<number | null>;

  private constructor(
    readonly child: ChildProcess,
    readonly home: string,
  ) {
    const collect = (chunk: Buffer) => {
      this.output += chunk.toString('utf8');
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    this.exited = once(child, 'exit').then(([code]) => code as number | null);
  }

  /** Spawns it and does not wait for anything. */
  static launch({ home, port = 0, env = {}, nodeArgs = [], args = [] }: StartOptions): MaestroProcess {
    const child = spawn(process.execPath, [...nodeArgs, shim, 'start', '--no-open', '--port', String(port), ...args], {
      env: cleanEnvironment({ MAESTRO_HOME: home, HOME: home, ...env }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new MaestroProcess(child, home);
  }

  /** Spawns it and waits until it says that it is ready. */
  static async start(options: StartOptions): Promise<MaestroProcess> {
    const started = MaestroProcess.launch(options);
    await started.ready();
    return started;
  }

  async ready(timeoutMs = 90_000): Promise<void> {
    const until = Date.now() + timeoutMs;
    while (!/is ready: (http\S+)/.test(this.output)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`it ended before it was ready:\n${this.output}`);
      if (Date.now() > until) throw new Error(`not ready after ${timeoutMs} ms:\n${this.output}`);
      await delay(10);
    }
    this.url = /is ready: (http\S+)/.exec(this.output)?.[1] ?? '';
    this.token = (await readFile(path.join(this.home, 'run', 'token'), 'utf8')).trim();
  }

  /** SIGKILL, as a crash would have it. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** SIGTERM; resolves with its exit code. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    return this.exited;
  }

  /** One REST call; the answer's body is parsed when it is JSON. */
  async call<T = unknown>(
    method: string,
    route: string,
    body?: unknown,
  ): Promise<{ status: number; body: T; headers: Headers }> {
    const response = await fetch(`${this.url}/api/v1${route}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      body: (isJson && text ? JSON.parse(text) : text) as T,
      headers: response.headers,
    };
  }

  /** As `call`, and fails unless the status is in the 200s. */
  async must<T>(method: string, route: string, body?: unknown): Promise<T> {
    const answer = await this.call<T>(method, route, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${route} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async bytes(route: string): Promise<Buffer> {
    const response = await fetch(`${this.url}/api/v1${route}`, { headers: { authorization: `Bearer ${this.token}` } });
    if (!response.ok) throw new Error(`GET ${route} answered ${response.status}: ${await response.text()}`);
    return Buffer.from(await response.arrayBuffer());
  }
}
