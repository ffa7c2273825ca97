import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml';
import { MaestroError } from '../errors.js';
import type { Layer } from './layer.js';
import type { Problem } from './problem.js';
import { schemaAt } from './schema.js';
import { readValueFile, substitute } from './substitute.js';

/** A megabyte of settings is a mistake: another file was named. */
const maxBytes = 1024 * 1024;

export interface ReadLayer {
  layer: Layer;
  problems: Problem[];
}

/** @throws MaestroError `config.unreadable` when the file cannot be read at all */
export function readYamlFile(file: string, env: NodeJS.ProcessEnv): ReadLayer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new MaestroError('config.unreadable', `cannot read the configuration ${file} (${code}); check its name`, {
      cause,
    });
  }
  const encoding = wrongEncoding(bytes);
  if (encoding) return failed(file, encoding);
  return parseYaml(file, bytes.toString('utf8'), env);
}

/** A layer from YAML text; `file` names it in problems and is what `{ file: path }` is relative to. */
export function parseYaml(file: string, text: string, env: NodeJS.ProcessEnv): ReadLayer {
  const lines = new LineCounter();
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line || 1}:${col || 1}`;
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const syntax = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    where: place(pos[0]),
    path: '',
    message: syntaxProblems[code] ?? 'this is no YAML',
  }));
  if (syntax.length > 0) return { layer: emptyLayer(file), problems: syntax };

  const misplaced = badNodes(document, place);
  if (misplaced.length > 0) return { layer: emptyLayer(file), problems: misplaced };
  const problems = fillIn(document, { file, env, place });
  const where: Layer['where'] = (path, part) => place(offsetOf(document, path, part));
  try {
    // A file of comments only holds no value; it says nothing, which is allowed.
    return { layer: { name: file, value: document.toJS() ?? {}, where }, problems };
  } catch {
    // The one thing that can fail here: aliases that multiply without end.
    return failed(file, 'too many aliases; write the values out');
  }
}

/** What is good YAML and yet no configuration: keys that are no text, aliases without an anchor. */
function badNodes(document: Document.Parsed, place: (offset: number) => string): Problem[] {
  const problems: Problem[] = [];
  const refuse = (node: unknown, message: string) =>
    problems.push({ where: place((node as Node).range?.[0] ?? 0), path: '', message });
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key)) refuse(key, plainKey);
      else if (key.value === '__proto__') refuse(key, 'this key is not allowed');
    },
    Alias(_, alias) {
      if (!alias.resolve(document)) refuse(alias, syntaxProblems.BAD_ALIAS as string);
    },
  });
  return problems;
}

const plainKey = 'a key must be plain text';

/** Replaces `${NAME}` and `{ file: path }` where they stand, so that positions stay true. */
function fillIn(
  document: Document.Parsed,
  { file, env, place }: { file: string; env: NodeJS.ProcessEnv; place(offset: number): string },
): Problem[] {
  const problems: Problem[] = [];
  const refuse = (node: Node, path: string[], message: string) =>
    problems.push({ where: place(node.range?.[0] ?? 0), path: path.join('.'), message });
  visit(document, {
    Map(_, map, ancestors) {
      const source = map.items.length === 1 && map.get('file');
      if (typeof source !== 'string' || ancestors.length < 2) return undefined;
      const path = pathOf(ancestors);
      const outcome = readValueFile(source, file);
      if ('problem' in outcome) refuse(map as Node, path, outcome.problem);
      const scalar = document.createNode('value' in outcome ? outcome.value : '');
      scalar.range = map.range;
      return scalar;
    },
    Scalar(key, scalar, ancestors) {
      if (key === 'key' || typeof scalar.value !== 'string' || !scalar.value.includes('${')) return;
      const path = pathOf(ancestors);
      const outcome = substitute(scalar.value, env, schemaAt(path));
      if ('problem' in outcome) refuse(scalar, path, outcome.problem);
      else scalar.value = outcome.value;
    },
  });
  return problems;
}

function pathOf(ancestors: readonly unknown[]): string[] {
  return ancestors.flatMap((node) => {
    const key = (node as Pair<{ value?: unknown } | null>)?.key;
    return key === undefined ? [] : [String(key?.value ?? '')];
  });
}

function offsetOf(document: Document.Parsed, path: readonly string[], part?: 'key'): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const [depth, key] of path.entries()) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (!pair) break;
    const wantsKey = part === 'key' && depth === path.length - 1;
    const target = (wantsKey ? pair.key : (pair.value ?? pair.key)) as Node;
    offset = target.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}

function wrongEncoding(bytes: Buffer): string | undefined {
  if (bytes.length > maxBytes) return 'larger than 1 MiB: is this the right file?';
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return 'is UTF-16; save it as UTF-8';
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? 'holds zero bytes; it is no text file' : undefined;
  } catch {
    // The decoder says no more than that, and so do we.
    return 'is not UTF-8; save it as UTF-8';
  }
}

function failed(file: string, message: string): ReadLayer {
  return { layer: emptyLayer(file), problems: [{ where: `${file}:1:1`, path: '', message }] };
}

function emptyLayer(file: string): Layer {
  return { name: file, value: {}, where: () => `${file}:1:1` };
}

/** Our words for what the parser finds; its own may quote the file, and the file may hold secrets. */
const syntaxProblems: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias can have no anchor or tag of its own',
  BAD_ALIAS: 'an alias (*name) without a matching anchor (&name) before it; quote the text if none is meant',
  BAD_COLLECTION_TYPE: 'this tag does not fit what follows it',
  BAD_DIRECTIVE: 'a line may not begin with %',
  BAD_DQ_ESCAPE: 'an unknown escape after a backslash; use single quotes to write a backslash',
  BAD_INDENT: 'wrong indentation, or a bracket that is not closed',
  BAD_PROP_ORDER: 'anchors and tags must stand directly before their value',
  BAD_SCALAR_START: 'a text may not begin with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'two keys in one line, or wrong indentation; put a text with ": " in quotes',
  BLOCK_IN_FLOW: 'an indented map or list cannot stand inside brackets',
  COLLECTION_AS_KEY: plainKey,
  DUPLICATE_KEY: 'this key stands here twice; keep one',
  KEY_OVER_1024_CHARS: 'a key is too long; is a colon or a line break missing?',
  MISSING_CHAR: 'a quote, comma, colon or bracket is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; is a colon missing?',
  MULTIPLE_ANCHORS: 'more than one anchor',
  MULTIPLE_DOCS: 'more than one document in the file; remove the line "---"',
  MULTIPLE_TAGS: 'more than one tag',
  NON_STRING_KEY: plainKey,
  TAB_AS_INDENT: 'a tab where spaces are needed',
  TAG_RESOLVE_FAILED: 'tags (!name) are not used here; put the text in quotes if it begins with "!"',
  UNEXPECTED_TOKEN: 'something that does not belong here; is a line indented wrongly or a quote open?',
};
