import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { Secret } from '../secret.js';
import type { SchemaNode } from './schema.js';

type Outcome = { value: unknown } | { problem: string };

/** Names that usually hold something secret; their values are kept out of every log. */
const secretName = /KEY|TOKEN|SECRET|PASS|CREDENTIAL|_URL$/i;

/**
 * Puts variables in for `${NAME}`; `$${` stands for a plain `${`. A text that is one variable and nothing else
 * may become the number or switch its place wants.
 */
export function substitute(text: string, env: NodeJS.ProcessEnv, schema: SchemaNode | undefined): Outcome {
  const problems: string[] = [];
  const value = text.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (whole, name: string | undefined, end: string) => {
    if (name === undefined) return '${';
    if (end === '') problems.push('"${" is never closed; write "$${" for a plain one');
    else if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) problems.push('the name between braces is none of a variable');
    else if (env[name] === undefined) problems.push(`wants \${${name}}, which is not set`);
    else if (env[name] === '') problems.push(`wants \${${name}}, which is empty`);
    else return secretName.test(name) ? remembered(env[name] as string) : (env[name] as string);
    return whole;
  });
  if (problems.length > 0) return { problem: problems.join('; ') };
  return { value: /^\$\{\w+\}$/.test(text) ? coerce(value, schema) : value };
}

/** Reads a text as the number or switch its place wants; anything else stays as it is for the check to refuse. */
export function coerce(value: string, schema: SchemaNode | undefined): unknown {
  const types = [schema?.type, ...(schema?.anyOf ?? []).map(({ type }) => type)];
  if (!types.some((type) => type === 'integer' || type === 'number' || type === 'boolean')) return value;
  if (!/^[A-Za-z0-9.+-]+$/.test(value)) return value;
  const plain: unknown = parse(value);
  return typeof plain === 'number' || typeof plain === 'boolean' || plain === null ? plain : value;
}

/** What `{ file: path }` stands for: the text of that file without its last line break; relative to `from`. */
export function readValueFile(path: string, from: string): Outcome {
  const file = resolve(dirname(from), path);
  try {
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return text === '' ? { problem: `${file} is empty` } : { value: remembered(text) };
  } catch (error) {
    return { problem: `cannot read ${file} (${(error as NodeJS.ErrnoException).code})` };
  }
}

/** Keeps a value out of the log from now on. */
export function remembered(value: string): string {
  return new Secret(value).use((plain) => plain);
}
