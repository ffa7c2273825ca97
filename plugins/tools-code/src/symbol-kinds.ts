/** Names of the numbers that the protocol has for kinds of symbols, from 1. */
const names = [
  ...['file', 'module', 'namespace', 'package', 'class', 'method', 'property', 'field', 'constructor', 'enum'],
  ...['interface', 'function', 'variable', 'constant', 'string', 'number', 'boolean', 'array', 'object', 'key'],
  ...['null', 'enum member', 'struct', 'event', 'operator', 'type parameter'],
];

export const symbolKind = (kind: number | undefined): string => names[(kind ?? 0) - 1] ?? 'symbol';
