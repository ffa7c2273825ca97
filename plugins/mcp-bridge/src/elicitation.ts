import type { Question, QuestionField } from '@maestro/core';
import type { ElicitRequestFormParams, ElicitResult } from '@modelcontextprotocol/sdk/types.js';

type Schema = ElicitRequestFormParams['requestedSchema'];
type Property = Schema['properties'][string];

const mostFields = 50;

/** The form a server asks a person to fill in. */
export function questionOf(server: string, message: string, schema: Schema): Question {
  const entries = Object.entries(schema.properties).slice(0, mostFields);
  return {
    from: server,
    title: `${server} asks`,
    text: message.toWellFormed().slice(0, 8_000),
    fields: entries.map(([name, property]) => fieldOf(name, property, schema.required?.includes(name) ?? false)),
  };
}

function fieldOf(name: string, property: Property, isRequired: boolean): QuestionField {
  const { title = name, description } = property;
  const initial = 'default' in property ? property.default : undefined;
  const options = optionsOf(property);
  return {
    name,
    label: title.slice(0, 200),
    kind: kindOf(property, options !== undefined),
    isRequired,
    ...(description !== undefined && { hint: description.slice(0, 1_000) }),
    ...(initial !== undefined && { initial }),
    ...(options && { options }),
  };
}

function kindOf(property: Property, hasOptions: boolean): QuestionField['kind'] {
  if (property.type === 'array') return 'choices';
  if (hasOptions) return 'choice';
  if (property.type === 'boolean') return 'boolean';
  return property.type === 'number' || property.type === 'integer' ? 'number' : 'text';
}

/** Choices come in four spellings. */
function optionsOf(property: Property): QuestionField['options'] {
  const from = (property.type === 'array' ? property.items : property) as {
    enum?: string[];
    enumNames?: string[];
    oneOf?: { const: string; title: string }[];
    anyOf?: { const: string; title: string }[];
  };
  const titled = from.oneOf ?? from.anyOf;
  if (titled) return titled.slice(0, 200).map(({ const: value, title }) => ({ value, label: title }));
  return from.enum?.slice(0, 200).map((value, index) => ({ value, label: from.enumNames?.[index] ?? value }));
}

/** The answer in the kinds the schema names; what a person left empty is left out. */
export function contentOf(
  values: Readonly<Record<string, unknown>>,
  schema: Schema,
): NonNullable<ElicitResult['content']> {
  const content: NonNullable<ElicitResult['content']> = {};
  for (const [name, { type }] of Object.entries(schema.properties)) {
    const value = values[name];
    if (value === undefined || value === null || value === '') continue;
    if (type === 'number' || type === 'integer') content[name] = Number(value);
    else if (type === 'boolean') content[name] = value === true || value === 'true';
    else if (type === 'array') content[name] = (Array.isArray(value) ? value : [value]).map(String);
    else content[name] = String(value);
  }
  return content;
}

/** What of the answer the schema does not allow, in words; a missing value that has a default is none. */
export function misfitsOf(content: Readonly<Record<string, unknown>>, schema: Schema): string[] {
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    const value = content[name];
    const label = property.title ?? name;
    if (value === undefined) {
      const isMissing = schema.required?.includes(name) && !('default' in property && property.default !== undefined);
      return isMissing ? [`"${label}" is missing`] : [];
    }
    const why = misfit(value, property as Limits);
    return why === undefined ? [] : [`"${label}" ${why}`];
  });
}

interface Limits {
  type: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

function misfit(value: unknown, limits: Limits): string | undefined {
  const { minimum = -Infinity, maximum = Infinity } = limits;
  if (limits.type === 'number' || limits.type === 'integer') {
    if (!Number.isFinite(value)) return 'is no number';
    if (limits.type === 'integer' && !Number.isInteger(value)) return 'is no whole number';
    return Number(value) < minimum || Number(value) > maximum ? `is not from ${minimum} to ${maximum}` : undefined;
  }
  const isOne = (one: string) => optionsOf(limits as Property)?.some((option) => option.value === one) ?? true;
  if (Array.isArray(value)) {
    if (!value.every(isOne)) return 'is none of the choices';
    const { minItems = 0, maxItems = Infinity } = limits;
    return value.length < minItems || value.length > maxItems
      ? `has not ${minItems} to ${maxItems} choices`
      : undefined;
  }
  if (typeof value !== 'string') return undefined;
  if (!isOne(value)) return 'is none of the choices';
  const { minLength = 0, maxLength = Infinity, format = '' } = limits;
  const letters = [...value].length;
  if (letters < minLength || letters > maxLength) return `has not ${minLength} to ${maxLength} letters`;
  return formats[format]?.(value) === false ? `is no ${format}` : undefined;
}

const formats: Readonly<Record<string, (text: string) => boolean>> = {
  email: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
  uri: (text) => URL.canParse(text),
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)),
  'date-time': (text) => /^\d{4}-\d{2}-\d{2}T/.test(text) && !Number.isNaN(Date.parse(text)),
};
