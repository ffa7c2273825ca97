import type { McpServerPatch, NewMcpServer } from '@maestro/core/client';
import type { McpServerResource } from '@maestro/core/protocol';

/** A name and a value that is written and never read. */
export interface SecretLine {
  name: string;
  value: string;
  /** Whether the server has a value already, which stays while none is given. */
  isSaved: boolean;
}

/** An MCP server as it is being written. */
export interface McpDraft {
  transport: McpServerResource['transport'];
  name: string;
  url: string;
  /** The program and its arguments on one line, as in a shell. */
  command: string;
  working_directory: string;
  description: string;
  env: SecretLine[];
  headers: SecretLine[];
}

export type McpFault = Partial<Record<'name' | 'url' | 'command' | 'env' | 'headers', string>>;

export const emptyDraft: McpDraft = {
  transport: 'stdio',
  name: '',
  url: '',
  command: '',
  working_directory: '',
  description: '',
  env: [],
  headers: [],
};

export function draftOf(server: McpServerResource): McpDraft {
  const { transport, name, url, command, args, working_directory, description, env, headers } = server;
  const saved = (names: readonly string[]) => names.map((one) => ({ name: one, value: '', isSaved: true }));
  return {
    transport,
    name,
    url: url ?? '',
    command: command === null ? '' : [command, ...args].map(quoted).join(' '),
    working_directory: working_directory ?? '',
    description,
    env: saved(env),
    headers: saved(headers),
  };
}

/** What is wrong, by field; empty where it can be sent. */
export function faultsOf({ transport, name, url, command, env, headers }: McpDraft): McpFault {
  const faults: McpFault = {};
  if (name.trim() === '') faults.name = 'Give it a name.';
  else if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name.trim()))
    faults.name = 'Letters, digits, - _ and . only, without spaces.';
  if (transport === 'stdio') {
    const words = wordsOf(command);
    if (words === null) faults.command = 'A quote is not closed.';
    else if (words.length === 0) faults.command = 'Give the program and its arguments.';
    if (env.some((line) => line.name.trim() !== '' && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(line.name.trim())))
      faults.env = 'Names of variables have letters, digits and _ only.';
    return faults;
  }
  const address = url.trim();
  if (address === '') faults.url = 'Give its address.';
  else if (!/^https?:\/\/./i.test(address)) faults.url = 'Start with http:// or https://';
  else if (!isAddress(address)) faults.url = 'This is no address.';
  if (headers.some((line) => line.name.trim() !== '' && !/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(line.name.trim())))
    faults.headers = 'Names of headers have no spaces and no colon.';
  return faults;
}

/** The body that saves a new one, or tries one. Values that are not given are left out. */
export function bodyOf(draft: McpDraft): NewMcpServer {
  const { transport, name, url, working_directory, description } = draft;
  const shared = { name: name.trim(), description: description.trim(), transport };
  if (transport !== 'stdio') return { ...shared, url: url.trim(), headers: given(draft.headers) };
  const [command = '', ...args] = wordsOf(draft.command) ?? [];
  const place = working_directory.trim();
  return { ...shared, command, args, ...(place !== '' && { working_directory: place }), env: given(draft.env) };
}

/** The body that changes a saved one: secrets that are no longer listed are taken away. */
export function patchOf(draft: McpDraft, before: McpServerResource): McpServerPatch {
  const { env = {}, headers = {}, ...plain } = bodyOf(draft);
  const isProgram = draft.transport === 'stdio';
  return {
    ...plain,
    url: isProgram ? null : (plain.url ?? null),
    command: isProgram ? (plain.command ?? null) : null,
    args: plain.args ?? [],
    working_directory: plain.working_directory ?? null,
    env: { ...gone(before.env, isProgram ? draft.env : []), ...env },
    headers: { ...gone(before.headers, isProgram ? [] : draft.headers), ...headers },
  };
}

function given(lines: readonly SecretLine[]): Record<string, string> {
  const used = lines.filter(({ name, value, isSaved }) => name.trim() !== '' && !(isSaved && value === ''));
  return Object.fromEntries(used.map(({ name, value }) => [name.trim(), value]));
}

function gone(before: readonly string[], lines: readonly SecretLine[]): Record<string, null> {
  const kept = new Set(lines.map(({ name }) => name.trim()));
  return Object.fromEntries(before.filter((name) => !kept.has(name)).map((name) => [name, null]));
}

/** The words of a line, quotes read as a shell reads them; null where one is not closed. Nothing is replaced in it. */
export function wordsOf(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const letter = line[at] as string;
    if (quote !== '') {
      if (letter === quote) quote = '';
      else if (letter === '\\' && quote === '"' && /["\\]/.test(line[at + 1] ?? '')) word += line[++at] as string;
      else word += letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= '';
    } else if (/\s/.test(letter)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + (letter === '\\' && at + 1 < line.length ? (line[++at] as string) : letter);
  }
  if (quote !== '') return null;
  return word === null ? words : [...words, word];
}

const quoted = (word: string) =>
  word !== '' && /^[^\s"'\\]+$/.test(word) ? word : word === '' ? "''" : `"${word.replace(/["\\]/g, '\\$&')}"`;

function isAddress(text: string): boolean {
  try {
    return new URL(text).hostname !== '';
  } catch {
    return false;
  }
}
