import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Home } from './home.js';

/** What `run/server.json` tells clients on this machine. */
export interface ServerInfo {
  url: string;
  pid: number;
  version: string;
  startedAt: string;
}

/** Says that a server is ready. */
export function writeServerInfo(home: Home, info: ServerInfo): void {
  writePrivate(home.serverInfo, `${JSON.stringify(info)}\n`);
}

/** Takes it back, unless another server has written its own meanwhile. */
export function removeServerInfo(home: Home, info: ServerInfo): void {
  const found = readServerInfo(home);
  if (found?.pid === info.pid && found.startedAt === info.startedAt) rmSync(home.serverInfo, { force: true });
}

/** What the file says; undefined where there is none or it is damaged. It may tell of a server that is dead. */
export function readServerInfo(home: Home): ServerInfo | undefined {
  try {
    return JSON.parse(readFileSync(home.serverInfo, 'utf8'));
  } catch {
    // Missing, or cut off by a crash: either way nobody is announced.
    return undefined;
  }
}

interface TokenMaker {
  create(name: string, kind: 'machine'): Promise<{ token: string }>;
  check(token: string): Promise<unknown>;
}

/** The token of this machine's clients in `run/token`: kept while it is good, made anew when it is not. */
export async function keepMachineToken(home: Home, tokens: TokenMaker): Promise<void> {
  const kept = readToken(home);
  if (kept && (await tokens.check(kept))) return;
  const { token } = await tokens.create(`this machine (${hostname()})`, 'machine');
  writePrivate(home.token, `${token}\n`);
}

/** The token in `run/token`, or undefined. */
export function readToken(home: Home): string | undefined {
  try {
    return readFileSync(home.token, 'utf8').trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A file of its owner alone, whole or not at all; a link in its place is replaced, not followed. */
function writePrivate(path: string, text: string): void {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
  renameSync(draft, path);
}
