import { type Static, Type } from 'typebox';

/** What a server says is a stranger's word: only what fits these shapes is read. */
const Uinteger = Type.Integer({ minimum: 0, maximum: 2 ** 31 });
const Position = Type.Object({ line: Uinteger, character: Uinteger });
export const Range = Type.Object({ start: Position, end: Position });
const Uri = Type.String({ maxLength: 8_192 });

const Ability = Type.Optional(Type.Union([Type.Boolean(), Type.Object({}), Type.Null()]));
export const Capabilities = Type.Object({
  definitionProvider: Ability,
  diagnosticProvider: Ability,
  documentSymbolProvider: Ability,
  hoverProvider: Ability,
  referencesProvider: Ability,
  workspaceSymbolProvider: Ability,
});

export type Capabilities = Static<typeof Capabilities>;

export const Initialized = Type.Object({ capabilities: Capabilities });

export const Location = Type.Object({ uri: Uri, range: Range });
const Link = Type.Object({ targetUri: Uri, targetSelectionRange: Range });
/** Of a definition or of references. */
export const Locations = Type.Union([Type.Null(), Location, Type.Array(Type.Union([Location, Link]))]);

const Words = Type.Union([Type.String(), Type.Object({ value: Type.String() })]);
export const Hover = Type.Union([Type.Null(), Type.Object({ contents: Type.Union([Words, Type.Array(Words)]) })]);

const Kind = Type.Optional(Type.Integer());
export const FlatSymbol = Type.Object({
  name: Type.String(),
  kind: Kind,
  containerName: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  location: Type.Object({ uri: Uri, range: Type.Optional(Range) }),
});
/** Its children are looked at one by one, to a depth. */
export const TreeSymbol = Type.Object({
  name: Type.String(),
  kind: Kind,
  range: Range,
  children: Type.Optional(Type.Union([Type.Array(Type.Unknown()), Type.Null()])),
});
export const Symbols = Type.Union([Type.Null(), Type.Array(Type.Unknown())]);

export const Diagnostic = Type.Object({
  range: Range,
  message: Type.String(),
  severity: Type.Optional(Type.Integer()),
  source: Type.Optional(Type.String()),
  code: Type.Optional(Type.Unknown()),
});
export type Diagnostic = Static<typeof Diagnostic>;

export const Published = Type.Object({
  uri: Uri,
  version: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  diagnostics: Type.Array(Type.Unknown()),
});
export type Published = Static<typeof Published>;
export const Pulled = Type.Object({ items: Type.Array(Type.Unknown()) });

/** What we can do with answers. */
export const clientCapabilities = {
  general: { positionEncodings: ['utf-16'] },
  workspace: { workspaceFolders: true, configuration: true, didChangeWatchedFiles: { dynamicRegistration: true } },
  textDocument: {
    synchronization: {},
    publishDiagnostics: { versionSupport: true },
    diagnostic: {},
    hover: { contentFormat: ['plaintext', 'markdown'] },
    definition: { linkSupport: true },
    references: {},
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
  },
} as const;
