import { MaestroError } from '../errors.js';

/** What a key file holds. */
export interface KeyFile {
  v: 1;
  keys: KeyEntry[];
  current: string;
}

export interface KeyEntry {
  kid: string;
  created: string;
  /** Base64 of 32 bytes. */
  key: string;
}

export const keyBytes = 32;

const isKey = (text: unknown): text is string =>
  typeof text === 'string' && Buffer.from(text, 'base64').length === keyBytes;

/** @throws MaestroError `key.wrong`; nothing of the text is quoted, for all of it is secret */
export function parseKeyFile(text: string, where: string): KeyFile {
  const file = json(text) as Partial<KeyFile> | null | undefined;
  const keys = file?.v === 1 && Array.isArray(file.keys) ? file.keys.filter(({ key }) => isKey(key)) : [];
  if (!file?.current || !keys.some(({ kid }) => kid === file.current)) {
    throw new MaestroError('key.wrong', `${where} is no key file of The Maestro; restore it from a backup`);
  }
  return { v: 1, keys, current: file.current };
}

/** What `MAESTRO_MASTER_KEY` holds: the text of a key file, or a key alone. */
export function parseGivenKey(text: string): KeyFile {
  const key = text.trim();
  if (!isKey(key)) return parseKeyFile(key, 'the value of MAESTRO_MASTER_KEY');
  return { v: 1, keys: [{ kid: 'k1', created: '', key }], current: 'k1' };
}

export const writtenKeyFile = (file: KeyFile): string => `${JSON.stringify(file)}\n`;

export const currentKey = ({ keys, current }: KeyFile): string => keys.find(({ kid }) => kid === current)!.key;

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The text is secret: not even its syntax error may be quoted.
    return undefined;
  }
}
