import { type Static, Type } from 'typebox';

const Languages = Type.Record(
  Type.String({ pattern: '^\\.[A-Za-z0-9+_-]{1,16}$' }),
  Type.String({ pattern: '^[a-z][a-z0-9+#-]{0,31}$' }),
  {
    description: 'Ends of file names, each with the name that the protocol has for its language: { .ts: typescript }.',
  },
);

/** A language server as the settings name one. */
export const ServerSettings = Type.Object(
  {
    command: Type.String({ minLength: 1, description: 'Program; a path, or a name looked up in PATH.' }),
    args: Type.Optional(Type.Array(Type.String(), { description: 'Its arguments.' })),
    languages: Languages,
    env: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Added to its environment.' })),
    initialization: Type.Optional(Type.Unknown({ description: 'Given to it as initializationOptions.' })),
    configuration: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'What it is told of its settings, by section.' }),
    ),
  },
  { additionalProperties: false },
);

/** A way to start a server. */
export interface ServerCommand {
  command: string;
  args: readonly string[];
  /** It runs programs that a project brings: build scripts, plugins, its own compiler. */
  runsProjectCode?: boolean;
}

/** A server that answers for some languages. */
export interface ServerDefinition {
  name: string;
  /** The first that is installed and starts is used. */
  commands: readonly ServerCommand[];
  /** What to install where there is none. */
  install: string;
  languages: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  initialization?: unknown;
  configuration?: Readonly<Record<string, unknown>>;
}

const builtIn: readonly ServerDefinition[] = [
  {
    name: 'typescript',
    commands: [
      { command: 'tsc', args: ['--lsp', '--stdio'] },
      { command: 'tsgo', args: ['--lsp', '--stdio'] },
      // It loads the compiler that the project has installed.
      { command: 'typescript-language-server', args: ['--stdio'], runsProjectCode: true },
    ],
    install: 'typescript 7 or newer (npm install -g typescript)',
    languages: {
      ...{ '.ts': 'typescript', '.mts': 'typescript', '.cts': 'typescript', '.tsx': 'typescriptreact' },
      ...{ '.js': 'javascript', '.mjs': 'javascript', '.cjs': 'javascript', '.jsx': 'javascriptreact' },
    },
    // Else they have npm fetch types for what package.json of a JavaScript project names.
    initialization: { disableAutomaticTypingAcquisition: true },
    configuration: {
      'js/ts': { tsserver: { automaticTypeAcquisition: { enabled: false } } },
      typescript: { disableAutomaticTypeAcquisition: true, tsserver: { automaticTypeAcquisition: { enabled: false } } },
    },
  },
  {
    name: 'python',
    commands: [
      { command: 'pyright-langserver', args: ['--stdio'] },
      { command: 'basedpyright-langserver', args: ['--stdio'] },
    ],
    install: 'pyright (npm install -g pyright)',
    languages: { '.py': 'python', '.pyi': 'python' },
  },
  {
    name: 'go',
    commands: [{ command: 'gopls', args: [] }],
    install: 'gopls',
    languages: { '.go': 'go' },
    // Else a line in go.mod has another toolchain fetched and run, and others have modules fetched.
    env: { GOTOOLCHAIN: 'local', GOPROXY: 'off' },
  },
  {
    name: 'c',
    commands: [{ command: 'clangd', args: ['--log=error'] }],
    install: 'clangd',
    languages: {
      ...{ '.c': 'c', '.h': 'cpp', '.cc': 'cpp', '.cpp': 'cpp', '.cxx': 'cpp' },
      ...{ '.hh': 'cpp', '.hpp': 'cpp', '.hxx': 'cpp' },
    },
  },
  {
    name: 'rust',
    // Configuration of Cargo in the project names programs to run, beside its build scripts and macros.
    commands: [{ command: 'rust-analyzer', args: [], runsProjectCode: true }],
    install: 'rust-analyzer',
    languages: { '.rs': 'rust' },
  },
  {
    name: 'elixir',
    commands: ['elixir-ls', 'language_server.sh'].map((command) => ({ command, args: [], runsProjectCode: true })),
    install: 'elixir-ls',
    languages: { '.ex': 'elixir', '.exs': 'elixir' },
  },
  {
    name: 'ruby',
    commands: [{ command: 'ruby-lsp', args: [], runsProjectCode: true }],
    install: 'ruby-lsp',
    languages: { '.rb': 'ruby' },
  },
  {
    name: 'java',
    commands: [{ command: 'jdtls', args: [], runsProjectCode: true }],
    install: 'jdtls',
    languages: { '.java': 'java' },
  },
];

/**
 * Those of the settings first: where two answer for a language, the first one does. One that has the name of a built-in
 * one keeps of it what it does not say otherwise; `false` leaves one out.
 */
export function serverTable(
  settings: Readonly<Record<string, Static<typeof ServerSettings> | false>>,
): ServerDefinition[] {
  const given = Object.entries(settings).flatMap(([name, value]): ServerDefinition[] => {
    if (value === false) return [];
    const { command, args = [], ...rest } = value;
    const known = builtIn.find((one) => one.name === name);
    return [{ ...known, ...rest, name, commands: [{ command, args }], install: command }];
  });
  return [...given, ...builtIn.filter(({ name }) => !Object.hasOwn(settings, name))];
}
