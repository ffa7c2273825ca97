import { type Document, isMap, isScalar, parseDocument } from 'yaml';
import type { SettingPath } from './plugin-settings.js';

/** What is to stand in maestro.yaml of one plugin. */
export interface EntryChange {
  enabled?: boolean;
  /** Null takes a setting out, so that its default counts. */
  settings?: readonly (readonly [path: SettingPath, value: unknown])[];
}

/** Settings of a plugin that is off wait in a comment, for a person and for us. */
const kept = /^ was: (\{.*\})$/;

/**
 * The text of a maestro.yaml with another entry for one plugin; everything else stays as it was written, comments
 * included. A text that is no YAML comes back as it is: whoever reads it next says where it is wrong.
 */
export function withPluginEntry(text: string, name: string, { enabled, settings = [] }: EntryChange): string {
  const document = parseDocument(text, { logLevel: 'error' });
  if (document.errors.length > 0) return text;
  if (document.contents === null) keepCommentsFirst(document);
  const place = ['plugins', name];
  if (!isMap(document.get('plugins'))) document.set('plugins', document.createNode({}));
  if (enabled !== undefined || settings.length > 0) turn(document, place, enabled ?? true);
  for (const [path, value] of settings) {
    if (value === null) document.deleteIn([...place, ...path]);
    else document.setIn([...place, ...path], document.createNode(value));
  }
  return document.toString({ lineWidth: 0 });
}

function turn(document: Document, place: string[], on: boolean): void {
  const node = document.getIn(place, true);
  if (!on) {
    const off = document.createNode(false);
    if (isMap(node) && node.items.length > 0) off.comment = ` was: ${JSON.stringify(node.toJSON())}`;
    if (!isScalar(node)) document.setIn(place, off);
  } else if (!isMap(node)) {
    document.setIn(place, document.createNode(settingsKept(node)));
  }
}

function settingsKept(node: unknown): object {
  const words = isScalar(node) ? kept.exec(node.comment ?? '')?.[1] : undefined;
  try {
    return words === undefined ? {} : (JSON.parse(words) as object);
  } catch {
    // Somebody wrote a comment of their own there.
    return {};
  }
}

/** In a file of comments only they stand after nothing; what is added belongs below them. */
function keepCommentsFirst(document: Document): void {
  const comments = [document.commentBefore, document.comment].filter((one) => one !== null && one !== undefined);
  document.comment = null;
  document.commentBefore = comments.length > 0 ? comments.join('\n\n') : null;
}
