import type { SimRequest } from '../wire-format.js';
import { missing, refuse } from './errors.js';
import { OPENAI_MODELS, type OpenAiModel } from './models.js';

export type Json = Record<string, unknown>;

/** What a field holds, as the error texts call it. */
export type Kind = 'a string' | 'a boolean' | 'an integer' | 'a decimal' | 'an object' | 'an array of objects' | 'any';

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The body as JSON. */
export function readJson({ header, body }: SimRequest): Json {
  const type = header('content-type') ?? '';
  if (!type.startsWith('application/json'))
    refuse(
      `Unsupported content type: '${type}'. This API method only accepts 'application/json' requests, but you specified the header 'Content-Type: ${type}'. Please try again after specifying a supported content type.`,
      { code: 'unsupported_content_type' },
    );
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // The same answer as for JSON that is no object.
  }
  return refuse(
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
  );
}

/** Keys and types of an object. Null counts as not given. `where`: before the names of its keys, with its dot. */
export function checkFields(value: Json, fields: Readonly<Record<string, Kind>>, where = ''): void {
  for (const [key, given] of Object.entries(value)) {
    const param = where + key;
    const kind = Object.hasOwn(fields, key) ? fields[key]! : undefined;
    if (!kind) refuse(`Unknown parameter: '${param}'.`, { param, code: 'unknown_parameter' });
    if (given !== null && !isOf(given, kind)) wrongType(given, kind, param);
  }
}

export function wrongType(given: unknown, expected: string, param: string): never {
  refuse(`Invalid type for '${param}': expected ${expected}, but got ${kindOf(given)} instead.`, {
    param,
    code: 'invalid_type',
  });
}

function isOf(value: unknown, kind: Kind): boolean {
  if (kind === 'any') return true;
  if (kind === 'a decimal') return typeof value === 'number';
  if (kind === 'an array of objects') return Array.isArray(value);
  return kindOf(value) === kind;
}

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A string that must be there, of at most that length. */
export function checkString(value: unknown, param: string, most?: number): asserts value is string {
  if (value === undefined) missing(param);
  if (typeof value !== 'string') wrongType(value, 'a string', param);
  if (most !== undefined && value.length > most)
    refuse(
      `Invalid '${param}': string too long. Expected a string with maximum length ${most}, but got a string with length ${value.length} instead.`,
      { param, code: 'string_above_max_length' },
    );
}

export function checkNotEmpty(list: readonly unknown[], param: string): void {
  if (list.length === 0)
    refuse(
      `Invalid '${param}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
      { param, code: 'empty_array' },
    );
}

/** Also dated names of a model, as in `gpt-4o-2024-11-20`. */
export function findModel(id: string): OpenAiModel | undefined {
  const found = OPENAI_MODELS.find((each) => each.id === id.replace(/-\d{4}-\d{2}-\d{2}$/, ''));
  return found && { ...found, id };
}

/** A token for four characters; a picture or a file counts as 765, whatever its size. The same each time. */
export function countTokens(...parts: readonly unknown[]): number {
  let attached = 0;
  const text = JSON.stringify(parts, (_, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith('data:')) return value;
    attached += 1;
    return '';
  });
  return Math.ceil(text.length / 4) + attached * 765;
}
