/** A rule of the search program. */
type Rule = Readonly<Record<string, unknown>>;

/** Where things stand in the syntax trees of a language. */
export interface Grammar {
  /** As the search program names them; read together. */
  languages: readonly string[];
  /** Each takes its name as `$NAME`. */
  definitions: readonly Rule[];
  /** Each takes what is called as `$NAME`. */
  calls: readonly Rule[];
  /** Kinds of nodes that are names. */
  names: readonly string[];
  /** What names supertypes, within the definition it belongs to or with that as `$NAME`; none where there are none. */
  bases?: readonly Rule[];
  /** Imports that the outline of a file does not tell; each takes the module as `$NAME`. */
  imports?: readonly Rule[];
}

/** Nodes of these kinds, with what stands in one of their fields as `$NAME`. */
const having = (field: string, ...kinds: string[]): Rule => ({
  any: kinds.map((kind) => ({ kind })),
  has: { field, pattern: '$NAME' },
});
/** The same for a child of a kind, where the grammar has no field for it. */
const holding = (child: string, ...kinds: string[]): Rule => ({
  any: kinds.map((kind) => ({ kind })),
  has: { kind: child, pattern: '$NAME' },
});
const anyOf = (...kinds: string[]): Rule => ({ any: kinds.map((kind) => ({ kind })) });

/** `const name = () => ...`: what most functions of today look like. */
const assigned: Rule = {
  kind: 'variable_declarator',
  all: [
    { has: { field: 'name', pattern: '$NAME' } },
    { has: { field: 'value', ...anyOf('arrow_function', 'function_expression', 'class') } },
  ],
};
/** A call of one of these functions, with its first argument of a kind as `$NAME`. */
const callOf = (
  names: string,
  { field = 'function', call = 'call', list = 'arguments', argument = 'string' } = {},
): Rule => ({
  all: [
    { kind: call },
    { has: { field, regex: `^(${names})$` } },
    { has: { kind: list, has: { kind: argument, pattern: '$NAME' } } },
  ],
});
const script: Omit<Grammar, 'languages'> = {
  definitions: [
    having('name', 'function_declaration', 'generator_function_declaration', 'class_declaration', 'method_definition'),
    assigned,
  ],
  calls: [having('function', 'call_expression'), having('constructor', 'new_expression')],
  names: [
    ...['identifier', 'property_identifier', 'private_property_identifier'],
    ...['shorthand_property_identifier', 'shorthand_property_identifier_pattern'],
  ],
  bases: [anyOf('class_heritage')],
  imports: [callOf('require|import', { call: 'call_expression' })],
};
const typed: Omit<Grammar, 'languages'> = {
  ...script,
  definitions: [
    ...script.definitions,
    having('name', 'abstract_class_declaration', 'interface_declaration', 'type_alias_declaration', 'enum_declaration'),
    having('name', 'function_signature', 'internal_module'),
  ],
  names: [...script.names, 'type_identifier'],
  bases: [anyOf('class_heritage', 'extends_type_clause')],
};
const cFunctions: Rule = {
  kind: 'function_definition',
  has: { kind: 'function_declarator', stopBy: 'end', has: { field: 'declarator', pattern: '$NAME' } },
};

export const grammars: Readonly<Record<string, Grammar>> = {
  c: {
    languages: ['c'],
    definitions: [
      cFunctions,
      having('name', 'struct_specifier', 'union_specifier', 'enum_specifier', 'preproc_function_def'),
    ],
    calls: [having('function', 'call_expression')],
    names: ['identifier', 'field_identifier', 'type_identifier'],
  },
  cpp: {
    languages: ['cpp'],
    definitions: [
      cFunctions,
      having('name', 'class_specifier', 'struct_specifier', 'enum_specifier', 'namespace_definition'),
    ],
    calls: [having('function', 'call_expression'), having('type', 'new_expression')],
    names: ['identifier', 'field_identifier', 'type_identifier', 'namespace_identifier'],
    bases: [anyOf('base_class_clause')],
  },
  csharp: {
    languages: ['csharp'],
    definitions: [
      having(
        'name',
        'class_declaration',
        'interface_declaration',
        'struct_declaration',
        'record_declaration',
        'enum_declaration',
      ),
      having('name', 'method_declaration', 'constructor_declaration', 'local_function_statement'),
    ],
    calls: [having('function', 'invocation_expression'), having('type', 'object_creation_expression')],
    names: ['identifier'],
    bases: [anyOf('base_list')],
  },
  elixir: {
    languages: ['elixir'],
    definitions: [
      {
        all: [
          { kind: 'call' },
          { has: { field: 'target', regex: '^def(p|macro|macrop|module|protocol|impl)?$' } },
          {
            has: {
              kind: 'arguments',
              any: [
                { has: { kind: 'call', has: { field: 'target', pattern: '$NAME' } } },
                { has: { kind: 'alias', pattern: '$NAME' } },
                { has: { kind: 'identifier', pattern: '$NAME' } },
                // With a guard the head stands on the left of `when`.
                { has: { kind: 'binary_operator', has: { kind: 'call', has: { field: 'target', pattern: '$NAME' } } } },
              ],
            },
          },
        ],
      },
    ],
    // The head of a definition has the form of a call, and is none.
    calls: [
      {
        all: [
          having('target', 'call'),
          {
            not: {
              has: {
                field: 'target',
                regex: '^(def(p|macro|macrop|module|protocol|impl|struct)?|alias|import|require|use)$',
              },
            },
          },
          {
            not: {
              inside: {
                kind: 'arguments',
                inside: { kind: 'call', has: { field: 'target', regex: '^def(p|macro|macrop)?$' } },
              },
            },
          },
        ],
      },
    ],
    names: ['identifier', 'alias'],
    imports: [callOf('alias|import|require|use', { field: 'target', argument: 'alias' })],
  },
  go: {
    languages: ['go'],
    definitions: [
      having('name', 'function_declaration', 'method_declaration', 'type_spec', 'type_alias', 'method_elem'),
    ],
    calls: [having('function', 'call_expression')],
    names: ['identifier', 'field_identifier', 'type_identifier', 'package_identifier'],
    bases: [{ all: [{ kind: 'field_declaration' }, { not: { has: { kind: 'field_identifier' } } }] }],
  },
  java: {
    languages: ['java'],
    definitions: [
      having('name', 'class_declaration', 'interface_declaration', 'enum_declaration', 'record_declaration'),
      having('name', 'method_declaration', 'constructor_declaration', 'annotation_type_declaration'),
    ],
    calls: [having('name', 'method_invocation'), having('type', 'object_creation_expression')],
    names: ['identifier', 'type_identifier'],
    bases: [anyOf('superclass', 'super_interfaces', 'extends_interfaces')],
  },
  javascript: { languages: ['javascript'], ...script },
  php: {
    languages: ['php'],
    definitions: [
      having(
        'name',
        'function_definition',
        'class_declaration',
        'interface_declaration',
        'trait_declaration',
        'enum_declaration',
      ),
      having('name', 'method_declaration'),
    ],
    calls: [
      having('function', 'function_call_expression'),
      having('name', 'member_call_expression', 'scoped_call_expression'),
      holding('name', 'object_creation_expression'),
    ],
    names: ['name'],
    bases: [anyOf('base_clause', 'class_interface_clause')],
    imports: [
      {
        ...anyOf('require_expression', 'require_once_expression', 'include_expression', 'include_once_expression'),
        has: { ...anyOf('string', 'encapsed_string'), pattern: '$NAME', stopBy: 'end' },
      },
    ],
  },
  python: {
    languages: ['python'],
    definitions: [having('name', 'function_definition', 'class_definition')],
    calls: [having('function', 'call')],
    names: ['identifier'],
    bases: [{ kind: 'argument_list', inside: { kind: 'class_definition' } }],
  },
  ruby: {
    languages: ['ruby'],
    definitions: [having('name', 'method', 'singleton_method', 'class', 'module')],
    calls: [having('method', 'call')],
    names: ['identifier', 'constant'],
    bases: [anyOf('superclass')],
    imports: [callOf('require_relative', { field: 'method', list: 'argument_list' })],
  },
  rust: {
    languages: ['rust'],
    definitions: [
      having(
        'name',
        'function_item',
        'function_signature_item',
        'struct_item',
        'enum_item',
        'union_item',
        'trait_item',
      ),
      having('name', 'type_item', 'mod_item', 'macro_definition'),
    ],
    calls: [having('function', 'call_expression'), having('macro', 'macro_invocation')],
    names: ['identifier', 'field_identifier', 'type_identifier', 'shorthand_field_identifier'],
    bases: [
      {
        kind: 'impl_item',
        all: [{ has: { field: 'type', pattern: '$NAME' } }, { has: { field: 'trait', pattern: '$BASE' } }],
      },
      { kind: 'trait_bounds', inside: { kind: 'trait_item' } },
    ],
  },
  tsx: { languages: ['tsx', 'typescript'], ...typed },
  typescript: { languages: ['typescript', 'tsx'], ...typed },
};
