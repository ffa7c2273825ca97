import { missing, notOneOf, refuse } from './errors.js';
import { checkFields, checkNotEmpty, checkString, type Json, type Kind, wrongType } from './fields.js';
import { checkFile, checkImageUrl } from './media.js';
import { checkToolName, objects } from './tools.js';

/** Fields of each kind of item that is known here. Source: `ResponseInputItem` of `openai` 7.57.0. */
const ITEMS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  message: { role: 'a string', content: 'any', phase: 'a string' },
  function_call: { call_id: 'a string', name: 'a string', arguments: 'a string', namespace: 'a string' },
  function_call_output: { call_id: 'a string', output: 'any', name: 'a string', namespace: 'a string' },
  reasoning: { summary: 'an array of objects', content: 'an array of objects', encrypted_content: 'a string' },
};

const PREFIXES: Readonly<Record<string, string>> = { message: 'msg', function_call: 'fc', reasoning: 'rs' };

const ROLES = ['assistant', 'system', 'developer', 'user'];
const INPUT = ['input_text', 'input_image', 'input_file'];
const OUTPUT = ['output_text', 'refusal'];

export const typeOf = ({ type }: Json): string => (type === undefined ? 'message' : (type as string));

/** An item by itself: its keys, ids, names and contents. */
export function checkItem(item: Json, index: number): void {
  const where = `input[${index}]`;
  const type = typeOf(item);
  const fields = Object.hasOwn(ITEMS, type) ? ITEMS[type] : undefined;
  if (!fields) notOneOf(type, Object.keys(ITEMS), `${where}.type`);
  checkFields(item, { ...fields, type: 'a string', id: 'a string', status: 'a string' }, `${where}.`);
  checkId(item, type, where);
  if (type === 'message') checkMessage(item, where);
  if (type === 'reasoning' && item.summary === undefined) missing(`${where}.summary`);
  if (type.startsWith('function_call')) checkString(item.call_id, `${where}.call_id`, 64);
  if (type === 'function_call_output') checkOutput(item.output, `${where}.output`);
  if (type !== 'function_call') return;
  checkToolName(item.name, `${where}.name`);
  checkString(item.arguments, `${where}.arguments`);
}

function checkId({ id }: Json, type: string, where: string): void {
  const param = `${where}.id`;
  if (id === undefined || id === null) {
    if (type === 'reasoning') missing(param);
    return;
  }
  checkString(id, param, 64);
  const prefix = PREFIXES[type];
  if (prefix && !id.startsWith(prefix))
    refuse(`Invalid '${param}': '${id}'. Expected an ID that begins with '${prefix}'.`, {
      param,
      code: 'invalid_value',
    });
}

function checkMessage({ role, content }: Json, where: string): void {
  if (role === undefined) missing(`${where}.role`);
  if (typeof role !== 'string' || !ROLES.includes(role)) notOneOf(role, ROLES, `${where}.role`);
  if (content === undefined) missing(`${where}.content`);
  if (typeof content === 'string') return;
  checkParts(content, role === 'assistant' ? OUTPUT : INPUT, `${where}.content`);
}

function checkOutput(output: unknown, where: string): void {
  if (output === undefined) missing(where);
  if (typeof output !== 'string') checkParts(output, INPUT, where);
}

function checkParts(parts: unknown, allowed: readonly string[], where: string): void {
  if (!Array.isArray(parts)) wrongType(parts, 'one of a string or array of objects', where);
  checkNotEmpty(parts, where);
  for (const [index, part] of objects(parts, where).entries()) checkPart(part, allowed, `${where}[${index}]`);
}

const PARTS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  input_text: { text: 'a string' },
  input_image: { image_url: 'a string', file_id: 'a string', detail: 'a string' },
  input_file: {
    file_data: 'a string',
    file_id: 'a string',
    file_url: 'a string',
    filename: 'a string',
    detail: 'a string',
  },
  output_text: { text: 'a string', annotations: 'any', logprobs: 'any' },
  refusal: { refusal: 'a string' },
};

function checkPart(part: Json, allowed: readonly string[], where: string): void {
  const { type } = part;
  if (type === undefined) missing(`${where}.type`);
  if (typeof type !== 'string' || !allowed.includes(type)) notOneOf(type, allowed, `${where}.type`);
  checkFields(part, { ...PARTS[type], type: 'a string', prompt_cache_breakpoint: 'an object' }, `${where}.`);
  if (type === 'input_image') checkImageUrl(part.image_url, `${where}.image_url`);
  if (type === 'input_file' && part.file_url === undefined) checkFile(part, where);
  if (type.startsWith('input_') && type !== 'input_text') return;
  const key = type === 'refusal' ? 'refusal' : 'text';
  checkString(part[key], `${where}.${key}`);
}
