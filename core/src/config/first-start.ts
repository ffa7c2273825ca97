import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Home } from './home.js';

/** What a new maestro.yaml holds: config/maestro.first.yaml, comments only. */
const template = fileURLToPath(new URL('../../../../config/maestro.first.yaml', import.meta.url));

/** Writes a maestro.yaml that explains itself where there is none; says whether it did. */
export function writeFirstConfig(home: Home): boolean {
  try {
    // `wx` neither overwrites nor follows a link somebody planted.
    writeFileSync(home.config, readFileSync(template), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
