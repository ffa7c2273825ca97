/** Pictures and documents that models take. */
const beginnings: readonly [type: string, begins: (head: Buffer) => boolean][] = [
  ['image/png', (head) => hasAt(head, 0, '\x89PNG\r\n\x1a\n')],
  ['image/jpeg', (head) => hasAt(head, 0, '\xff\xd8\xff')],
  ['image/gif', (head) => hasAt(head, 0, 'GIF87a') || hasAt(head, 0, 'GIF89a')],
  ['image/webp', (head) => hasAt(head, 0, 'RIFF') && hasAt(head, 8, 'WEBP')],
  ['application/pdf', (head) => hasAt(head, 0, '%PDF-')],
];

export type Kind = 'html' | 'text' | 'media' | 'other';

/**
 * What an answer is. Pictures and documents are what they begin with, for a model's provider looks too; of the rest
 * the server is believed, and where it says nothing, the first bytes tell.
 *
 * @param said without parameters, in lower case
 */
export function kindOf(said: string, head: Buffer): { kind: Kind; type: string } {
  const media = beginnings.find(([, begins]) => begins(head))?.[0];
  if (media) return { kind: 'media', type: media };
  if (/^(text\/html|application\/xhtml\+xml)$/.test(said)) return { kind: 'html', type: said };
  if (isText(said)) return { kind: 'text', type: said };
  if (said !== '' && !/^(application|binary)\/octet-stream$/.test(said)) return { kind: 'other', type: said };
  if (head.subarray(0, 1_024).includes(0)) return { kind: 'other', type: 'binary data of an unknown kind' };
  const looksLikeHtml = /^\s*(<!doctype html|<html|<head|<body|<!--)/i.test(head.toString('latin1', 0, 1_024));
  return looksLikeHtml ? { kind: 'html', type: 'text/html' } : { kind: 'text', type: 'text/plain' };
}

const isText = (type: string) =>
  /^text\/|[+/](json|xml|yaml)$/.test(type) ||
  /^application\/(x-)?(javascript|ecmascript|ndjson|jsonl|json5|toml|yaml|sh|sql|tex|ld\+json)$/.test(type);

const hasAt = (head: Buffer, at: number, bytes: string) =>
  head.subarray(at, at + bytes.length).equals(Buffer.from(bytes, 'latin1'));
