import type { Readable } from 'node:stream';
import type { Context } from 'koa';
import type { Static, TSchema } from 'typebox';
import { Type } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Value } from 'typebox/value';
import { MaestroError } from '../errors.js';
import { schemaErrors } from '../schema-errors.js';
import type { Identity, RouteRule } from './gate.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a handler gets: everything checked already. */
export interface Call<Query = unknown, Body = unknown> {
  params: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
  /** Who asks. Routes that are open to all get a stranger. */
  identity: Identity;
  ctx: Context;
}

/** Bytes that agents or users made; given as an attachment that cannot run, unless they are of an image that is shown. */
export class Bytes {
  constructor(
    readonly bytes: Buffer | Readable,
    readonly filename: string,
    /** Of an image that may be shown in place. */
    readonly imageType?: string,
  ) {}
}

interface Definition<Q extends TSchema, B extends TSchema> {
  method: Method;
  /** Below `/api/v1`, parameters as `:name`. */
  path: string;
  summary: string;
  query?: Q;
  body?: B;
  /** The body is octets, not JSON. */
  isBytes?: boolean;
  limitBytes?: number;
  isOpen?: boolean;
  needsOrigin?: boolean;
  /** Of a good answer; without a value it is 204. */
  status?: number;
  handle(call: Call<Static<Q>, Static<B>>): Promise<unknown>;
}

/** One row of the route table: what the gate, the router and the OpenAPI document are made from. */
export interface Route extends RouteRule {
  method: Method;
  path: string;
  summary: string;
  status: number;
  querySchema: TSchema;
  bodySchema: TSchema | undefined;
  query(raw: unknown): unknown;
  parse(raw: Buffer): unknown;
  handle(call: Call): Promise<unknown>;
}

export const DEFAULT_LIMIT_BYTES = 1_048_576;
const noQuery = Type.Object({}, { additionalProperties: false });

export function route<Q extends TSchema = TSchema, B extends TSchema = TSchema>(definition: Definition<Q, B>): Route {
  const { method, path, summary, isBytes, limitBytes = DEFAULT_LIMIT_BYTES, isOpen, needsOrigin, status } = definition;
  const querySchema = definition.query ?? noQuery;
  const query = checker(querySchema);
  const body = definition.body && checker(definition.body);
  return {
    method,
    path,
    summary,
    status: status ?? 200,
    querySchema,
    bodySchema: definition.body,
    body: isBytes ? 'bytes' : body ? 'json' : 'none',
    limitBytes,
    ...(isOpen && { isOpen }),
    ...(needsOrigin && { needsOrigin }),
    query: (raw) => checked(query, Value.Convert(querySchema, raw), 'query'),
    parse: (raw) => (isBytes ? raw : body && checked(body, json(raw), 'body')),
    handle: (call) => definition.handle(call as Call<Static<Q>, Static<B>>),
  };
}

const MOST_FAULTS = 20;

interface Checker {
  schema: TSchema;
  validator: Validator;
}

function checker(schema: TSchema): Checker {
  return { schema, validator: Compile(schema) };
}

function checked({ validator, schema }: Checker, value: unknown, what: string): unknown {
  if (validator.Check(value)) return value;
  const faults = [...new Set(schemaErrors(schema, value).flatMap(describe))];
  const more = faults.length > MOST_FAULTS ? [`and ${faults.length - MOST_FAULTS} more`] : [];
  const list = [...faults.slice(0, MOST_FAULTS), ...more].join('; ');
  throw new MaestroError('request.invalid', `the ${what} is not valid: ${list}`);
}

interface Fault {
  keyword: string;
  instancePath: string;
  params: unknown;
  message: string;
}

function describe({ keyword, instancePath, params, message }: Fault): string[] {
  const field = instancePath.slice(1).replaceAll('/', '.');
  if (keyword === 'boolean') return [`${shown(field)} is not known`];
  if (keyword === 'additionalProperties') {
    const names = (params as { additionalProperties?: string[] }).additionalProperties ?? [];
    return names.map((name) => `${shown(field ? `${field}.${name}` : name)} is not known`);
  }
  const allowed =
    keyword === 'enum' ? `: ${((params as { allowedValues?: unknown[] }).allowedValues ?? []).join(', ')}` : '';
  return [`${field === '' ? 'the whole' : shown(field)} ${message}${allowed}`];
}

/** A name the client chose, short enough to repeat. */
function shown(name: string): string {
  const plain = name.toWellFormed().replace(/[^\x20-\x7e]/g, '?');
  return plain.length > 80 ? `${plain.slice(0, 80)}...` : plain;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** A missing body stands for one without fields. */
function json(raw: Buffer): unknown {
  if (raw.length === 0) return {};
  try {
    return JSON.parse(decoder.decode(raw));
  } catch (cause) {
    throw new MaestroError('request.json', 'the body is not JSON in UTF-8', { cause });
  }
}
