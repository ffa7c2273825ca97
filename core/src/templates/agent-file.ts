import { isMap, isScalar, isSeq, LineCounter, parseDocument, stringify } from 'yaml';
import { MaestroError } from '../errors.js';
import { nearest } from '../nearest.js';
import { NewTemplateBody } from '../protocol/api.js';
import { schemaErrors } from '../schema-errors.js';

/** A file of agents is text; a larger one is another file. */
const mostBytes = 256 * 1024;

const keys = ['name', 'description', 'role', 'model', 'tools', 'mcps'] as const;
type Key = (typeof keys)[number];

interface Field {
  value: string | string[];
  /** In the file, from 1. */
  line: number;
}

export interface ReadAgent {
  agent: NewTemplateBody;
  /** What was left out, in words; only where the file is another program's. */
  notes: string[];
}

/**
 * An agent from markdown: front matter (name, description, role, model, tools, mcps), and below it the system prompt.
 *
 * @param isForeign written for another program: what is not known here is left out and noted
 * @throws MaestroError `template.file` naming the file and the line
 */
export function readAgentFile(file: string, text: string, { isForeign = false } = {}): ReadAgent {
  const fault = (line: number, message: string): never => {
    throw new MaestroError('template.file', `${file}:${line}: ${message}`);
  };
  if (Buffer.byteLength(text) > mostBytes) fault(1, `larger than ${mostBytes / 1024} KiB: is this the right file?`);
  if (text.includes('\0')) fault(1, 'holds zero bytes; it is no text file');
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---');
  if (lines[0]?.trimEnd() !== '---' || end < 0) {
    fault(1, 'begins without front matter: a line "---", then name and description, then a line "---"');
  }
  const fields = fieldsOf(lines.slice(1, end), isForeign, fault);
  const notes: string[] = [];
  for (const [key, { line }] of fields) {
    if ((keys as readonly string[]).includes(key)) continue;
    if (!isForeign) fault(line, unknownKey(key));
    notes.push(`"${shown(key)}" means nothing here and was left out`);
    fields.delete(key);
  }
  const agent = agentOf(
    fields,
    lines
      .slice(end + 1)
      .join('\n')
      .trim(),
    { isForeign, notes, fault },
  );
  const [first] = schemaErrors(NewTemplateBody, agent);
  if (first) {
    const [, property = ''] = first.instancePath.split('/');
    const key = property.startsWith('preferred_') ? 'model' : property;
    const line = fields.get(key)?.line ?? (key === 'system_prompt' ? end + 2 : 1);
    fault(line, key === 'system_prompt' ? noPrompt : `${key || 'the front matter'} ${first.message}`);
  }
  return { agent, notes };
}

/** The same agent as a file. */
export function writeAgentFile(agent: NewTemplateBody): string {
  const {
    name,
    description,
    role,
    preferred_provider: provider,
    preferred_model: model,
    tools = [],
    mcps = [],
  } = agent;
  const front = {
    name,
    ...(description && { description }),
    ...(role && { role }),
    ...(provider && model && { model: `${provider}/${model}` }),
    ...(tools.length > 0 && { tools }),
    ...(mcps.length > 0 && { mcps }),
  };
  return `---\n${stringify(front, { lineWidth: 0 })}---\n\n${agent.system_prompt.trim()}\n`;
}

type Fault = (line: number, message: string) => never;
const noPrompt = 'the text below the front matter is missing or too long: it is what the agent is told to be';

function fieldsOf(lines: readonly string[], isForeign: boolean, fault: Fault): Map<string, Field> {
  const counter = new LineCounter();
  const document = parseDocument(lines.join('\n'), { lineCounter: counter, prettyErrors: false, logLevel: 'error' });
  // The front matter begins on the second line.
  const lineAt = (offset: number) => counter.linePos(offset).line + 1;
  const [error] = [...document.errors, ...document.warnings];
  if (error) {
    // Elsewhere texts with colons stand without quotes.
    if (isForeign) return loose(lines);
    fault(lineAt(error.pos[0]), 'this is no YAML; put a text with ": " or "#" in quotes');
  }
  const { contents } = document;
  if (!isMap(contents)) return fault(2, 'name and description are missing');
  const fields = new Map<string, Field>();
  for (const { key, value } of contents.items) {
    const line = lineAt((isScalar(key) && key.range?.[0]) || 0);
    if (!isScalar(key) || typeof key.value !== 'string') return fault(line, 'a key must be plain text');
    const read = textOf(value);
    if (read !== null) fields.set(key.value, { value: read, line });
    else if (!isForeign || (keys as readonly string[]).includes(key.value)) {
      fault(line, `${shown(key.value)} must be a text or a list of texts`);
    } else fields.set(key.value, { value: '', line });
  }
  return fields;
}

function textOf(node: unknown): string | string[] | null {
  if (node === null) return '';
  if (isScalar(node)) return node.value === null ? '' : String(node.value);
  if (!isSeq(node)) return null;
  const texts = node.items.flatMap((item) => (isScalar(item) && typeof item.value === 'string' ? [item.value] : []));
  return texts.length === node.items.length ? texts : null;
}

/** `key: text` line by line; a line that begins with a space goes on with the text before it. */
function loose(lines: readonly string[]): Map<string, Field> {
  const fields = new Map<string, Field>();
  let last: { value: string; line: number } | undefined;
  for (const [index, line] of lines.entries()) {
    const [, key, value = ''] = /^([A-Za-z][\w-]*):\s*(.*)$/.exec(line) ?? [];
    if (key !== undefined) {
      last = { value: value.trim(), line: index + 2 };
      fields.set(key, last);
    } else if (last && line.trim() !== '') last.value += ` ${line.trim()}`;
  }
  return fields;
}

function agentOf(
  fields: ReadonlyMap<string, Field>,
  system_prompt: string,
  { isForeign, notes, fault }: { isForeign: boolean; notes: string[]; fault: Fault },
): NewTemplateBody {
  const one = (key: Key): string => {
    const { value = '', line = 1 } = fields.get(key) ?? {};
    return typeof value === 'string' ? value.trim() : fault(line, `${key} must be a text, not a list`);
  };
  const many = (key: Key): string[] | undefined => {
    const found = fields.get(key);
    if (!found) return undefined;
    const { value } = found;
    const listed = (typeof value === 'string' ? value.split(',') : value).map((item) => item.trim());
    const items = [...new Set(listed.filter((item) => item !== ''))];
    // Nothing behind the key must not come to mean everything.
    if (items.length === 0) return fault(found.line, `${key} names none; leave the line out to allow all of them`);
    return items.includes('*') ? undefined : items;
  };
  const [tools, mcps, role] = [many('tools'), many('mcps'), one('role')];
  return {
    name: isForeign ? plainName(one('name')) : one('name'),
    description: one('description'),
    system_prompt,
    ...(role && { role }),
    ...modelOf(one('model'), fields.get('model')?.line ?? 1, { isForeign, notes, fault }),
    ...(tools && { tools }),
    ...(mcps && { mcps }),
  };
}

function modelOf(
  model: string,
  line: number,
  { isForeign, notes, fault }: { isForeign: boolean; notes: string[]; fault: Fault },
): Pick<NewTemplateBody, 'preferred_provider' | 'preferred_model'> {
  if (model === '' || model === 'inherit') return {};
  const [, preferred_provider, preferred_model] = /^([^/\s]+)\/(\S+)$/.exec(model) ?? [];
  if (preferred_provider && preferred_model) return { preferred_provider, preferred_model };
  if (!isForeign) fault(line, 'model must be written as provider/model, or left out');
  notes.push(`the model "${shown(model)}" has no provider here; the agent uses that of whoever calls it`);
  return {};
}

const plainName = (name: string) =>
  name
    .replace(/[^A-Za-z0-9 ._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 48);

function unknownKey(key: string): string {
  const meant = nearest(key, keys);
  return `unknown key "${shown(key)}"${meant ? `, did you mean "${meant}"?` : `; known: ${keys.join(', ')}`}`;
}

const shown = (text: string) => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 80);
