import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MaestroError } from '../errors.js';
import { Http } from '../wire/http.js';
import { type Attempt, attemptFrame, attemptRequest, type Bench } from './attempt.js';
import { attemptAuthorization } from './authorization.js';
import { type AuthorizationUrl, type Capture, readCapture } from './capture.js';
import type { Difference } from './difference.js';
import type { Contributions } from './load-contributions.js';
import { Recorder } from './recorder.js';

/** The captures that ship. */
export const capturesFolder = fileURLToPath(new URL('../../../../config/captures', import.meta.url));

/**
 * `equal` and `different` were compared; `missing`: nothing of ours is made after it; `unreadable`: the file is not
 * understood; `described`: nobody recorded it, so there is nothing to compare.
 */
export type Verdict = 'equal' | 'different' | 'missing' | 'unreadable' | 'described';

export interface CheckResult {
  file: string;
  /** Which of several in the file. */
  part: string | null;
  /** Id of the profile, or the sign-in, that came nearest. */
  profile: string | null;
  verdict: Verdict;
  differences: readonly Difference[];
  /** Why there is nothing to compare. */
  note: string | null;
}

export const isFailure = ({ verdict }: CheckResult): boolean => verdict !== 'equal' && verdict !== 'described';

/**
 * Holds every file of a folder against what the plugins send. Each file has a result, whatever it holds.
 *
 * @throws MaestroError `fidelity.captures` for a folder that cannot be read or is empty
 */
export async function checkCaptures(folder: string, contributions: Contributions): Promise<CheckResult[]> {
  const bench = { http: new Http(), recorder: await Recorder.listen() };
  try {
    const results: CheckResult[] = [];
    for (const file of filesOf(folder)) results.push(...(await checkFile(folder, file, contributions, bench)));
    return results;
  } finally {
    await bench.http.close();
    await bench.recorder.close();
  }
}

function filesOf(folder: string): string[] {
  try {
    const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.name.startsWith('.'));
    if (files.length > 0) return files.map(({ name }) => name).sort();
  } catch (cause) {
    throw new MaestroError('fidelity.captures', `the captures in ${folder} cannot be read; name another folder`, {
      cause,
    });
  }
  throw new MaestroError('fidelity.captures', `there is no capture in ${folder}; name another folder`);
}

async function checkFile(
  folder: string,
  file: string,
  contributions: Contributions,
  bench: Bench,
): Promise<CheckResult[]> {
  const read = understood(join(folder, file));
  if (read instanceof Error) return [result(file, { verdict: 'unreadable', note: read.message })];
  const { operations, methods } = contributions;
  switch (read.type) {
    case 'request':
      return [compared(file, await attemptRequest(read.capture, operations, bench))];
    case 'frame':
      return [compared(file, await attemptFrame(read.capture, operations, bench))];
    case 'urls':
      return read.urls.map((url) => compared(file, attemptAuthorization(url, methods), partOf(url)));
    case 'described':
      return [result(file, { verdict: 'described', note: `${read.count} described, not captured; not compared` })];
  }
}

function understood(path: string): Capture | Error {
  try {
    return readCapture(readFileSync(path, 'utf8'));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const partOf = ({ app, provider, variant }: AuthorizationUrl) =>
  [app, provider, variant].filter((text) => text !== undefined).join(', ');

function compared(file: string, attempt: Attempt | undefined, part: string | null = null): CheckResult {
  if (!attempt) return result(file, { part, verdict: 'missing', note: 'nothing of ours is made after it' });
  const { profile, differences } = attempt;
  return result(file, { part, profile, differences, verdict: differences.length === 0 ? 'equal' : 'different' });
}

function result(file: string, rest: Partial<CheckResult> & Pick<CheckResult, 'verdict'>): CheckResult {
  return { file, part: null, profile: null, differences: [], note: null, ...rest };
}
