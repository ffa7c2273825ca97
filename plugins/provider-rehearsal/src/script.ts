import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ProviderError } from '@maestro/core';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { Line } from './line.js';

const Script = Type.Object(
  { replies: Type.Array(Type.Array(Line)), pauseMs: Type.Optional(Type.Integer({ minimum: 0 })) },
  { additionalProperties: false },
);
export type Script = Static<typeof Script>;

/** Names of the scripts in a folder, sorted. */
export async function scriptNames(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch((cause: Error) => {
    throw new ProviderError('not_found', `The scripts folder ${folder} cannot be read: ${cause.message}`, { cause });
  });
  return files.flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : [])).sort();
}

/** @throws ProviderError `not_found` or `bad_request` that names the file and what is wrong with it */
export async function loadScript(folder: string, name: string): Promise<Script> {
  const file = path.join(folder, `${path.basename(name)}.json`);
  const raw = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new ProviderError('not_found', `There is no script ${file}.`, { cause });
  });
  try {
    const script: unknown = JSON.parse(raw);
    if (Value.Check(Script, script)) return script;
    const faults = [...Value.Errors(Script, script)]
      .slice(0, 3)
      .map((fault) => `${fault.instancePath || '/'} ${fault.message}`);
    throw new Error(faults.join('; '));
  } catch (cause) {
    throw new ProviderError('bad_request', `${file} is not a script: ${(cause as Error).message}`, { cause });
  }
}

/** Waits until a file stands in the folder. */
export async function released(folder: string, name: string, signal: AbortSignal): Promise<void> {
  const file = path.join(folder, name);
  while (!(await isThere(file))) await delay(20, undefined, { signal });
}

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch {
    return false; // not yet
  }
}
