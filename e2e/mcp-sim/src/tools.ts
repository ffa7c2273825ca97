import type { Mode } from './modes.js';

export interface SimTool {
  name: string;
  description?: string;
  inputSchema: unknown;
  annotations?: Record<string, unknown>;
}

const echo: SimTool = {
  name: 'echo',
  description: 'Gives back what it was given.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  annotations: { readOnlyHint: true },
};
const plain = { type: 'object', properties: {} };

/** The tools a server in this mode offers; `generation` counts changes of the list. */
export function toolsOf(mode: Mode, generation: number, count = 1): SimTool[] {
  if (mode === 'many-tools') return [echo, ...numbered(4_999)];
  if (mode === 'colliding-names') {
    const names = ['read_file', 'mcp_call_tool', 'a.b', 'a b', 'a_b', 'a/b', '', '__proto__', 'é'];
    return [echo, ...names.map((name) => ({ name, description: `called ${name}`, inputSchema: plain }))];
  }
  if (mode === 'long-names') {
    const long = 'x'.repeat(4_096);
    return [
      echo,
      ...['one', 'two'].map((end) => ({ name: long + end, description: long.repeat(20), inputSchema: plain })),
    ];
  }
  if (mode === 'hostile-schemas') return [echo, ...hostile()];
  if (mode === 'changing-list') return [echo, { name: `generation_${generation}`, inputSchema: plain }];
  return [echo, ...numbered(count - 1)];
}

function numbered(count: number): SimTool[] {
  return Array.from({ length: count }, (_, index) => ({ ...echo, name: `tool_${index}` }));
}

function hostile(): SimTool[] {
  let deep: unknown = { type: 'string' };
  for (let level = 0; level < 2_000; level += 1) deep = { type: 'object', properties: { a: deep } };
  const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`p${index}`, { type: 'string' }]));
  const property = (schema: unknown) => ({ type: 'object', properties: { value: schema } });
  const schemas: Record<string, unknown> = {
    deep,
    wide: { type: 'object', properties: wide },
    cycle: { ...property({ $ref: '#/$defs/a' }), $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
    self: { ...property({ $ref: '#' }) },
    outside: property({ $ref: 'file:///etc/passwd' }),
    pattern: property({ type: 'string', pattern: '^(a+)+$' }),
    patterns: { type: 'object', patternProperties: { '(x+x+)+y': { type: 'string' } } },
    no_pattern: property({ type: 'string', pattern: '[' }),
    text: { type: 'object', properties: 'none' },
    proto: JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}'),
  };
  return Object.entries(schemas).map(([name, inputSchema]) => ({ name, inputSchema }));
}
