import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { inflateRawSync, inflateSync } from 'node:zlib';
import pg from 'pg';
import type { MaestroProcess } from './maestro-process.js';

/** Where a secret may not stand, and what stands there. */
export type Place = readonly [name: string, text: string];

/** So many letters of a secret in a row are a part of it and no chance. */
const piece = 16;

/** Every secret, or piece of one, that stands where it may not, as `place: what`. */
export function leaks(places: Iterable<Place>, secrets: Iterable<string>): string[] {
  const whole = [...new Set(secrets)].flatMap(forms);
  const pieces = new Set([...new Set(secrets)].flatMap(piecesOf));
  const found = new Set<string>();
  for (const [place, text] of places) {
    for (const form of whole) if (text.includes(form)) found.add(`${place}: ${form}`);
    for (let at = 0; at + piece <= text.length; at += 1) {
      const part = text.slice(at, at + piece);
      if (!pieces.has(part)) continue;
      found.add(`${place}: ${JSON.stringify(text.slice(Math.max(at - 80, 0), at + 2 * piece))}`);
      // The rest of the same secret says nothing more.
      while (pieces.has(text.slice(at + 1, at + 1 + piece))) at += 1;
    }
  }
  return [...found];
}

/** A secret as it is, and as it would look inside other things. */
export function forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const escaped = [...secret].map((letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
  return [
    secret,
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    escaped,
    encodeURIComponent(secret),
  ];
}

/** What is left of one that was cut off somewhere. */
const piecesOf = (secret: string): string[] =>
  Array.from({ length: Math.max(secret.length - piece + 1, 0) }, (_, at) => secret.slice(at, at + piece));

/** Every value of every table as text; compressed columns are opened too. `except`: columns as `table.column`. */
export async function dump(url: string, except: readonly string[] = []): Promise<string> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  const tables = await db.query(
    `select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const texts: string[] = [];
  for (const { table_name } of tables.rows) {
    const { rows } = await db.query(`select * from "${table_name}"`);
    for (const row of rows)
      for (const [column, value] of Object.entries(row))
        if (!except.includes(`${table_name}.${column}`))
          texts.push(Buffer.isBuffer(value) ? opened(value) : JSON.stringify(value));
  }
  await db.end();
  return texts.join('\n');
}

function opened(bytes: Buffer): string {
  const tries = [inflateRawSync, inflateSync].map((inflate) => {
    try {
      return inflate(bytes).toString('latin1');
    } catch {
      return ''; // not compressed that way
    }
  });
  return [bytes.toString('latin1'), ...tries].join('\n');
}

/** The files of a folder and what they hold. */
export async function filesOf(folder: string): Promise<Place[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => [file, (await readFile(file)).toString('latin1')] as const));
}

/** Command lines of all processes, from now until it is stopped. */
export class CommandLines {
  readonly #seen = new Set<string>();
  readonly #timer = setInterval(() => this.#look(), 25).unref();

  get text(): string {
    return [...this.#seen].join('\n');
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        this.#seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        // It ended while we looked.
      }
    }
  }
}

/** Keeps every answer of a server to this process, heads and bytes included. */
export function overhear(server: MaestroProcess): string[] {
  const heard: string[] = [];
  const [call, bytes] = [server.call.bind(server), server.bytes.bind(server)];
  server.call = async <T>(...given: Parameters<typeof call>) => {
    const answer = await call<T>(...given);
    heard.push(JSON.stringify({ ...answer, headers: [...answer.headers] }));
    return answer;
  };
  server.bytes = async (route) => {
    const given = await bytes(route);
    heard.push(given.toString('latin1'));
    return given;
  };
  return heard;
}
