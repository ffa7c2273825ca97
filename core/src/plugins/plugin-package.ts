import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the package of a plugin says of itself. */
export interface PluginPackage {
  folder: string;
  version: string | null;
  description: string | null;
  license: string | null;
}

/** Read from the package.json above its module; undefined where it is not installed. Runs none of its code. */
export function pluginPackage(name: string, resolve: (name: string) => string): PluginPackage | undefined {
  let folder: string;
  try {
    folder = dirname(fileURLToPath(resolve(name)));
  } catch {
    // Not installed, which its state says already.
    return undefined;
  }
  for (; ; folder = dirname(folder)) {
    const found = readPackage(join(folder, 'package.json'));
    if (found?.name === name) {
      const { version, description, license } = found;
      return { folder, version: text(version), description: text(description), license: text(license) };
    }
    if (folder === dirname(folder)) return undefined;
  }
}

function readPackage(file: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // No package here, or one that is not readable: the next folder up may hold it.
    return undefined;
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : null);
