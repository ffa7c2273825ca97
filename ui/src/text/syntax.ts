import type { Stretch } from './word-marks.js';

/** A stretch of code and what it is, as a class; empty where it is nothing in particular. */
export interface Token {
  text: string;
  kind: string;
}

/** A stretch of a line as it is drawn. */
export interface Piece extends Token {
  marked: boolean;
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [/keyword|built_in|selector-tag|\bname\b|operator/, 'syn-key'],
  [/string|regexp|char|link|template-tag|addition/, 'syn-str'],
  [/number|literal|symbol|attr|variable|selector|property/, 'syn-num'],
  [/title|function|section|type|class/, 'syn-fn'],
  [/comment|quote|meta|doctag|deletion/, 'syn-com'],
];

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#x27;': "'" };
const MARKUP = /<span class="([^"]*)">|<\/span>|([^<]+)/g;

/**
 * The tokens of what a highlighter marked up. Its markup is read here, as text, and never given to a parser of HTML:
 * whatever a highlighter makes of hostile code, what comes out are texts and names of ours.
 */
export function tokensOf(markup: string): Token[] {
  const open: string[] = [];
  const tokens: Token[] = [];
  for (const [whole, scope, text] of markup.matchAll(MARKUP)) {
    if (text !== undefined) tokens.push({ text: unescaped(text), kind: open.findLast((kind) => kind !== '') ?? '' });
    else if (whole === '</span>') open.pop();
    else open.push(kindOf(scope ?? ''));
  }
  return tokens;
}

function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#x27);/g, (entity) => entities[entity] ?? entity);
}

function kindOf(scope: string): string {
  return kinds.find(([pattern]) => pattern.test(scope))?.[1] ?? '';
}

/** The tokens of each line. */
export function tokenLines(tokens: readonly Token[]): Token[][] {
  const lines: Token[][] = [[]];
  for (const { text, kind } of tokens) {
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) lines.push([]);
      if (part !== '') lines.at(-1)?.push({ text: part, kind });
    }
  }
  return lines;
}

/** A line cut where its kind or its marking changes. */
export function pieces(text: string, tokens: readonly Token[], marks: readonly Stretch[]): Piece[] {
  const isOf = tokens.map((token) => token.text).join('') === text;
  const cut: Piece[] = [];
  let at = 0;
  for (const token of isOf ? tokens : [{ text, kind: '' }]) {
    const end = at + token.text.length;
    const edges = marks.flat().filter((edge) => edge > at && edge < end);
    for (const [index, from] of [at, ...edges].entries()) {
      const to = edges[index] ?? end;
      const marked = marks.some(([start, stop]) => from >= start && to <= stop);
      cut.push({ text: text.slice(from, to), kind: token.kind, marked });
    }
    at = end;
  }
  return cut;
}

const byEnding: Record<string, string> = {
  ...{
    c: 'c',
    h: 'c',
    cc: 'cpp',
    cpp: 'cpp',
    hpp: 'cpp',
    cs: 'csharp',
    css: 'css',
    scss: 'css',
    diff: 'diff',
    patch: 'diff',
  },
  ...{ dockerfile: 'dockerfile', ex: 'elixir', exs: 'elixir', erl: 'erlang', go: 'go', hs: 'haskell', html: 'xml' },
  ...{ htm: 'xml', svg: 'xml', vue: 'xml', xml: 'xml', ini: 'ini', toml: 'ini', java: 'java', js: 'javascript' },
  ...{
    jsx: 'javascript',
    mjs: 'javascript',
    cjs: 'javascript',
    json: 'json',
    kt: 'kotlin',
    lua: 'lua',
    makefile: 'makefile',
  },
  ...{
    md: 'markdown',
    php: 'php',
    pl: 'perl',
    py: 'python',
    r: 'r',
    rb: 'ruby',
    rs: 'rust',
    scala: 'scala',
    sh: 'bash',
  },
  ...{
    bash: 'bash',
    zsh: 'bash',
    sql: 'sql',
    swift: 'swift',
    ts: 'typescript',
    tsx: 'typescript',
    yaml: 'yaml',
    yml: 'yaml',
  },
};
const byName: Record<string, string> = { shell: 'bash', console: 'bash', golang: 'go', 'c++': 'cpp', 'c#': 'csharp' };

/** The language of a file by its path, or of a code block by what it calls itself. */
export function languageOf(name: string): string | null {
  const bare = name.toLowerCase().split('/').at(-1) ?? '';
  const ending = bare.includes('.') ? bare.slice(bare.lastIndexOf('.') + 1) : bare;
  if (name.includes('/') && !bare.includes('.') && !/^(?:docker|make)file$/.test(bare)) return null;
  const known = Object.values(byEnding).includes(bare) ? bare : undefined;
  return byName[bare] ?? known ?? byEnding[ending] ?? null;
}
