import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { repository } from './maestro-process.js';

/** Somebody who has the repository, Node and npm, an empty home, and nothing else of ours. */
export interface Stranger {
  name: string;
  home: string;
  clone: string;
  /** Starts a command in the clone; it leads a process group of its own, as a terminal would have it. */
  spawn(command: string, args: string[]): Running;
  leave(): void;
}

export interface Running {
  child: ChildProcess;
  output(): string;
  exited: Promise<number | null>;
  /** What Ctrl-C does: the signal goes to the whole group. */
  interrupt(): void;
}

/** This user, with a home nobody else may enter. */
export function sameUser(): Stranger {
  const place = mkdtempSync(path.join(tmpdir(), 'maestro-stranger-'));
  return stranger('this user', place, []);
}

/** A user made for the run. Needs root, as CI has. */
export function ordinaryUser(): Stranger {
  if (process.getuid?.() !== 0) throw new Error('making a user needs root: run this suite as CI does');
  const name = `maestro${process.pid}`;
  const place = mkdtempSync(path.join(tmpdir(), 'maestro-stranger-'));
  chmodSync(place, 0o755);
  execFileSync('useradd', ['--home-dir', path.join(place, 'home'), '--shell', '/bin/sh', name]);
  const made = stranger(name, place, ['setpriv', '--reuid', name, '--regid', name, '--init-groups']);
  return {
    ...made,
    leave() {
      made.leave();
      execFileSync('userdel', [name]);
    },
  };
}

function stranger(name: string, place: string, become: string[]): Stranger {
  const home = path.join(place, 'home');
  const clone = path.join(place, 'maestro');
  mkdirSync(home, { mode: 0o700 });
  execFileSync('git', ['clone', '--quiet', repository, clone], {
    env: { ...process.env, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' },
  });
  if (become.length > 0) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' })));
    chownSync(home, uid ?? 0, gid ?? 0);
    execFileSync('chown', ['-R', `${uid}:${gid}`, clone]);
  }
  const run = (command: string, args: string[]): Running => {
    const [first = command, ...rest] = [...become, command, ...args];
    const child = spawn(first, rest, {
      cwd: clone,
      env: environment(home),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    const interrupt = () => {
      if (child.pid) process.kill(-child.pid, 'SIGINT');
    };
    return { child, output: () => text, exited, interrupt };
  };
  return { name, home, clone, spawn: run, leave: () => rmSync(place, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The system's own Node and npm, none of the checkout's; nothing of this run but what npm is told of its registry. */
function environment(home: string): NodeJS.ProcessEnv {
  const isOfCheckout = (entry: string) => entry.includes('node_modules') || entry.includes('node-gyp-bin');
  const PATH = (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((entry) => !isOfCheckout(entry))
    .join(path.delimiter);
  const ofNpm = Object.entries(process.env).filter(([key]) =>
    /^(npm_config_(registry|cafile|userconfig|globalconfig)|NODE_EXTRA_CA_CERTS|https?_proxy)$/i.test(key),
  );
  return {
    ...Object.fromEntries(ofNpm.filter(([key]) => !/userconfig/i.test(key))),
    PATH,
    HOME: home,
    LANG: 'C.UTF-8',
    CI: 'true',
  };
}

export async function outputMatching(running: Running, pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const match = pattern.exec(running.output());
    if (match) return match;
    if (running.child.exitCode !== null)
      throw new Error(`it ended with ${running.child.exitCode}:\n${running.output()}`);
    if (Date.now() > until) throw new Error(`no ${pattern} after ${timeoutMs} ms:\n${running.output()}`);
    await delay(5);
  }
}
