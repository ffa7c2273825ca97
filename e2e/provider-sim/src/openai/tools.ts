import { missing, notOneOf, refuse } from './errors.js';
import { checkFields, checkString, isObject, type Json, type Kind, kindOf, wrongType } from './fields.js';

export interface FunctionTool {
  name: string;
  parameters: Json;
}

const FUNCTION: Readonly<Record<string, Kind>> = {
  name: 'a string',
  description: 'a string',
  parameters: 'an object',
  strict: 'a boolean',
};

/** Tools that run at the provider; they are taken, and never called. */
const HOSTED = ['web_search', 'web_search_preview', 'file_search', 'code_interpreter', 'image_generation', 'mcp'];

/** Tools as Responses takes them: a function's fields beside its type. */
export function responsesTools(tools: unknown): FunctionTool[] {
  return objects(tools, 'tools').flatMap((tool, index): FunctionTool[] => {
    const where = `tools[${index}]`;
    if (tool.type === undefined) missing(`${where}.type`);
    if (HOSTED.includes(tool.type as string)) return [];
    if (tool.type !== 'function') notOneOf(tool.type, ['function', ...HOSTED], `${where}.type`);
    checkFields(tool, { ...FUNCTION, type: 'a string', defer_loading: 'a boolean' }, `${where}.`);
    return [functionTool(tool, where)];
  });
}

/** Tools as Chat Completions takes them: a function inside of each. */
export function chatTools(tools: unknown): FunctionTool[] {
  return objects(tools, 'tools').map((tool, index) => {
    const where = `tools[${index}]`;
    if (tool.type === undefined) missing(`${where}.type`);
    if (tool.type !== 'function') notOneOf(tool.type, ['function', 'custom'], `${where}.type`);
    checkFields(tool, { type: 'a string', function: 'an object' }, `${where}.`);
    if (!isObject(tool.function)) missing(`${where}.function`);
    checkFields(tool.function, FUNCTION, `${where}.function.`);
    return functionTool(tool.function, `${where}.function`);
  });
}

/** Members of a list that may be missing. */
export function objects(list: unknown, param: string): Json[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) wrongType(list, 'an array of objects', param);
  return list.map((each: unknown, index) =>
    isObject(each) ? each : wrongType(each, 'an object', `${param}[${index}]`),
  );
}

export function checkToolName(name: unknown, param: string): asserts name is string {
  checkString(name, param, 64);
  if (!/^[a-zA-Z0-9_-]+$/.test(name))
    refuse(
      `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
      { param, code: 'invalid_value' },
    );
}

function functionTool({ name, parameters, strict }: Json, where: string): FunctionTool {
  checkToolName(name, `${where}.name`);
  const schema = isObject(parameters) ? parameters : { type: 'object', properties: {} };
  const wrong = wrongSchema(schema, strict === true);
  if (wrong)
    refuse(`Invalid schema for function '${name}': ${wrong}`, {
      param: `${where}.parameters`,
      code: 'invalid_function_parameters',
    });
  return { name, parameters: schema };
}

function wrongSchema(schema: Json, isStrict: boolean): string | undefined {
  if (schema.type !== 'object')
    return `schema must be a JSON Schema of 'type: "object"', got 'type: ${schema.type === undefined ? '"None"' : JSON.stringify(schema.type)}'.`;
  return wrongWithin(schema, [], isStrict);
}

/** Arrays say what is in them, and a strict object names all of its keys and no others. */
function wrongWithin(schema: Json, path: readonly string[], isStrict: boolean): string | undefined {
  const context = `In context=(${path.map((key) => `'${key}'`).join(', ')}${path.length === 1 ? ',' : ''})`;
  if (schema.type === 'array' && schema.items === undefined) return `${context}, array schema missing items.`;
  const properties = isObject(schema.properties) ? schema.properties : {};
  if (schema.type === 'object' && isStrict) {
    if (schema.additionalProperties !== false)
      return `${context}, 'additionalProperties' is required to be supplied and to be false.`;
    const required = Array.isArray(schema.required) ? (schema.required as unknown[]) : [];
    const left = Object.keys(properties).find((key) => !required.includes(key));
    if (left !== undefined)
      return `${context}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${left}'.`;
  }
  const inner: [unknown, string[]][] = [
    ...Object.entries(properties).map(([key, value]): [unknown, string[]] => [value, ['properties', key]]),
    [schema.items, ['items']],
  ];
  for (const [value, keys] of inner) {
    if (value !== undefined && !isObject(value) && typeof value !== 'boolean')
      return `${JSON.stringify(value)} is not of type 'object', 'boolean', but ${kindOf(value)}.`;
    const wrong = isObject(value) ? wrongWithin(value, [...path, ...keys], isStrict) : undefined;
    if (wrong) return wrong;
  }
  return undefined;
}
