import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TestDatabase, testDatabase } from '../../src/testing/database.js';

export const shim = fileURLToPath(new URL('../../../bin/maestro.cjs', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A home and a database for one group of tests, and the command line in them. */
export class Place {
  readonly #children = new Set<ChildProcess>();

  private constructor(
    readonly home: string,
    readonly database: TestDatabase,
  ) {}

  static async make(): Promise<Place> {
    return new Place(mkdtempSync(join(tmpdir(), 'maestro-cli-')), await testDatabase());
  }

  /** Runs a verb to its end. */
  async run(words: readonly string[], { env = {}, input = '' }: { env?: NodeJS.ProcessEnv; input?: string } = {}) {
    const child = this.spawn(words, env);
    const ended = collect(child);
    // A verb may refuse without reading what it is given.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    return ended;
  }

  /** Starts a server and waits until it says that it is ready. */
  async start(words: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    const child = this.spawn(['start', '--no-open', '--port', '0', ...words], env);
    const ended = collect(child);
    const url = await new Promise<string>((resolve, reject) => {
      let seen = '';
      child.stdout?.on('data', (chunk) => {
        seen += chunk;
        const [, found] = /is ready: (\S+)\n/.exec(seen) ?? [];
        if (found) resolve(found);
      });
      void ended.then(({ stderr }) => reject(new Error(`the server ended: ${stderr}`)));
    });
    return { child, url, ended };
  }

  spawn(words: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const { PATH, HOME } = process.env;
    const own = { PATH, HOME, MAESTRO_HOME: this.home, MAESTRO_DATABASE_URL: this.database.url };
    const child = spawn(process.execPath, [shim, ...words], { cwd: this.home, env: { ...own, ...env } });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  async remove(): Promise<void> {
    for (const child of this.#children) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await this.database.drop();
    rmSync(this.home, { recursive: true, force: true });
  }
}

async function collect(child: ChildProcess): Promise<Ended> {
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    ended.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    ended.stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { ...ended, code };
}
