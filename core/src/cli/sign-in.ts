import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Server } from './connection.js';

export interface SignIn {
  /** The file to open: of its owner alone, since it holds the code. */
  file: string;
  /** The same as an address; its code works once, within 60 s. */
  url: string;
}

/**
 * A one-time way into the browser. The browser is given a file, not the address: a code among a
 * program's arguments can be read by every user of the machine. The code stands in the fragment,
 * which reaches no server, log or Referer.
 */
export async function createSignIn({ rest, url: server, home }: Server): Promise<SignIn> {
  const { code } = await rest.createCode();
  const url = `${server}/#c=${encodeURIComponent(code)}`;
  // Codes of earlier files are worth nothing by the time somebody asks for a new one.
  for (const name of readdirSync(home.run)) if (/^sign-in-\w+\.html$/.test(name)) rmSync(join(home.run, name));
  const file = join(home.run, `sign-in-${randomBytes(8).toString('hex')}.html`);
  writeFileSync(file, page(url), { flag: 'wx', mode: 0o600 });
  return { file, url };
}

/** Whether a browser can be shown here: there is a person, and a screen. */
export function hasDisplay(env: NodeJS.ProcessEnv): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** Hands a file to the desktop. False when there is no program for it. */
export function openInBrowser(file: string): Promise<boolean> {
  const [program, ...args] = opener();
  return new Promise((resolve) => {
    const child = spawn(program, [...args, file], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
    child.unref();
  });
}

function opener(): [string, ...string[]] {
  if (process.platform === 'darwin') return ['open'];
  // `start` takes its first quoted word for a title.
  if (process.platform === 'win32') return ['cmd', '/c', 'start', '""'];
  return ['xdg-open'];
}

function page(url: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url=${url}">
<title>The Maestro</title>
<p><a href="${url}">Go on to The Maestro</a></p>
</html>
`;
}
