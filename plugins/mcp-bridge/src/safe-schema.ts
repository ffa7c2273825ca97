import type { TSchema } from 'typebox';

const mostNodes = 4_000;
const mostDepth = 24;
const mostBytes = 64 * 1024;

export interface SafeSchema {
  schema: TSchema;
  /** What was changed, and why; null: nothing. */
  notice: string | null;
}

/** Takes any object; what the server wants stands in its own checks. */
const permissive = (): TSchema => ({ type: 'object', properties: {}, additionalProperties: true }) as TSchema;

/**
 * The schema of a tool as a stranger gave it, made safe to check with: bounded in size and depth, without references
 * that run in circles or leave it, and without patterns that could take for ever.
 */
export function safeSchema(given: unknown): SafeSchema {
  try {
    const walk = new Walk(given);
    const schema = walk.copy(given, 0, []) as Record<string, unknown>;
    const isObject = schema.type === 'object' && (schema.properties === undefined || isRecord(schema.properties));
    if (!isObject) return replaced('is not that of an object');
    if (JSON.stringify(schema).length > mostBytes) return replaced('is too large');
    return {
      schema: schema as TSchema,
      notice: walk.patterns > 0 ? `${walk.patterns} pattern(s) were left out` : null,
    };
  } catch (error) {
    return replaced(error instanceof Hostile ? error.message : 'cannot be read');
  }
}

function replaced(why: string): SafeSchema {
  return { schema: permissive(), notice: `its schema ${why}, so any object is taken` };
}

class Hostile extends Error {}

/** Keywords whose values are not schemas and are taken as they are. */
const plain = new Set(['enum', 'const', 'default', 'examples', 'required', 'type']);

class Walk {
  patterns = 0;
  #nodes = 0;

  constructor(private readonly root: unknown) {}

  /** @param trail references that led here */
  copy(value: unknown, depth: number, trail: readonly string[]): unknown {
    if (typeof value !== 'object' || value === null) return value;
    this.#nodes += 1;
    if (this.#nodes > mostNodes) throw new Hostile('is too large');
    if (depth > mostDepth) throw new Hostile('is nested too deeply');
    if (Array.isArray(value)) return value.map((one) => this.copy(one, depth + 1, trail));
    const { $ref } = value as { $ref?: unknown };
    if (typeof $ref === 'string') return this.#resolved($ref, depth, trail);
    const copy: Record<string, unknown> = {};
    for (const [key, one] of Object.entries(value)) this.#entry(copy, key, one, { depth, trail });
    return copy;
  }

  #entry(
    copy: Record<string, unknown>,
    key: string,
    value: unknown,
    { depth, trail }: { depth: number; trail: readonly string[] },
  ): void {
    if (key === '__proto__') throw new Hostile('has a property that would change objects');
    // References are put in their places, so what they pointed at is not needed.
    if (/^\$(defs|schema|id|anchor|dynamicAnchor|dynamicRef|recursiveRef|vocabulary|comment)$/.test(key)) return;
    if (key === 'definitions' && depth === 0) return;
    if (key === 'pattern' && typeof value === 'string') {
      if (isHarmless(value)) copy.pattern = value;
      else this.patterns += 1;
    } else if (key === 'patternProperties' && isRecord(value) && !Object.keys(value).every(isHarmless)) {
      this.patterns += 1;
    } else if (plain.has(key) && !isRecord(value)) copy[key] = this.copy(value, depth + 1, []);
    else copy[key] = this.copy(value, depth + 1, trail);
  }

  #resolved(reference: string, depth: number, trail: readonly string[]): unknown {
    if (!reference.startsWith('#')) throw new Hostile('refers to something outside of it');
    if (trail.includes(reference)) throw new Hostile('refers to itself');
    let target: unknown = this.root;
    for (const step of reference.slice(1).split('/').slice(1)) {
      const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
      target = isRecord(target) && Object.hasOwn(target, name) ? target[name] : undefined;
    }
    if (target === undefined) throw new Hostile('refers to something that is not there');
    return this.copy(target, depth + 1, [...trail, reference]);
  }
}

/** Proved to take linear time: no group, nothing that looks around, and at most one
 * part that repeats without end, tried from the start alone. */
export function isHarmless(pattern: string): boolean {
  if (pattern.length > 500) return false;
  try {
    new RegExp(pattern, 'u');
  } catch {
    return false;
  }
  const bare = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
  if (/[()|]/.test(bare)) return /^\^?\([a-zA-Z0-9_ -]+(\|[a-zA-Z0-9_ -]+)*\)\$?$/.test(bare);
  const endless = bare.match(/[*+]|\{\d+,\}|\{\d*,?\d{4,}\}/g) ?? [];
  return endless.length === 0 || (endless.length === 1 && pattern.startsWith('^'));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
