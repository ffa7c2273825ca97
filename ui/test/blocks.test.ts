import { expect } from 'chai';
import fc from 'fast-check';
import { ansiSpans } from '../src/text/ansi.js';
import { diffRows } from '../src/text/diff-rows.js';
import { highlighted } from '../src/text/highlighter.js';
import { plain } from '../src/text/plain.js';
import { marksOf, splitRows } from '../src/text/split-rows.js';
import { languageOf, pieces, tokenLines, tokensOf } from '../src/text/syntax.js';
import { wordMarks } from '../src/text/word-marks.js';

const ESC = '\u001b';
const bit = fc.oneof(
  fc.string(),
  fc.constantFrom('\r', '\n', '\r\n', '\u0007', '\u0008', '\ue000', '\u202e', ESC, `${ESC}[`, `${ESC}]0;title\u0007`),
  fc.constantFrom('\u009b31m', `${ESC}[2K`, `${ESC}[1;1H`, `${ESC}[?25l`, `${ESC}P1$r`, `${ESC}[0m`, `${ESC}[m`),
  fc.integer({ min: 0, max: 120 }).map((code) => `${ESC}[${code}m`),
  fc.integer({ min: 0, max: 255 }).map((code) => `${ESC}[1;38;5;${code}m`),
  fc.integer({ min: 0, max: 255 }).map((code) => `${ESC}[38;2;${code};9;200m`),
);
const output = fc.array(bit, { maxLength: 30 }).map((bits) => bits.join(''));

describe('terminal output', () => {
  it('says in colour what it says without, whatever a program prints', () => {
    fc.assert(
      fc.property(output, (text) => {
        const shown = ansiSpans(text.replaceAll('\ue000', ''));
        expect(shown.map((span) => span.text).join('')).to.equal(plain(text.replaceAll('\ue000', '')));
        for (const { classes } of shown) expect(classes).to.match(/^[a-z ]*$/);
      }),
      { numRuns: 500 },
    );
  });

  it('ends a line at its end, whatever colour changes there', () => {
    expect(ansiSpans(` a\r${ESC}[0m\nb\r${ESC}[31mc`).map(({ text }) => text)).to.deep.equal([' a\n', 'c']);
  });

  it('has the few colours of ours, and keeps a look until the next', () => {
    const text = `a${ESC}[31mb\nc${ESC}[1md${ESC}[0me${ESC}[38;5;46mf${ESC}[38;2;250;240;10mg${ESC}[90mh`;
    expect(ansiSpans(text)).to.deep.equal([
      { text: 'a', classes: '' },
      { text: 'b\nc', classes: 'red' },
      { text: 'd', classes: 'red bold' },
      { text: 'e', classes: '' },
      { text: 'f', classes: 'green' },
      { text: 'g', classes: 'yellow' },
      { text: 'h', classes: 'dim' },
    ]);
  });
});

describe('the words of a changed line', () => {
  it('are marked where they differ', () => {
    const cut = (text: string, marks: readonly (readonly [number, number])[]) =>
      marks.map(([a, b]) => text.slice(a, b));
    const [before, after] = ['  div(rand(ceiling), 1_000)', '  max(1, div(rand(ceiling), 1_000))'];
    const { removed, added } = wordMarks(before, after);
    expect(cut(before, removed)).to.deep.equal([]);
    expect(cut(after, added)).to.deep.equal(['max(1,', ')']);
    expect(wordMarks('alpha beta', 'gamma delta')).to.deep.equal({ removed: [], added: [] });
  });

  it('unmarked are the same in both, whatever the lines are', () => {
    const word = fc.constantFrom('a', 'b', 'foo', '(', ')', ' ', '  ', '=', 'é', '1');
    const line = fc.array(word, { maxLength: 20 }).map((words) => words.join(''));
    const rest = (text: string, marks: readonly (readonly [number, number])[]) =>
      [...text].filter((_, at) => !marks.some(([from, to]) => at >= from && at < to)).join('');
    fc.assert(
      fc.property(line, line, (before, after) => {
        const { removed, added } = wordMarks(before, after);
        if (removed.length + added.length === 0) return;
        // Space at the ends of a mark is left out of it.
        const bare = (text: string) => text.replace(/\s+/g, '');
        expect(bare(rest(before, removed))).to.equal(bare(rest(after, added)));
      }),
    );
  });

  it('stand in pairs side by side, and lines without a partner alone', () => {
    const rows = diffRows([{ old_start: 1, new_start: 1, lines: [' a', '-b', '-c', '+B', ' d', '+e', '-f'] }]);
    const split = splitRows(rows.slice(1)).map((row) =>
      row.kind === 'hunk' ? 'hunk' : `${row.left?.text ?? ''}|${row.right?.text ?? ''}`,
    );
    expect(split).to.deep.equal(['a|a', 'b|B', 'c|', 'd|d', '|e', 'f|']);
    expect(marksOf(rows).size).to.equal(2);
  });
});

describe('code in colour', () => {
  it('is the same code, whatever it is and in whatever language', () => {
    const language = fc.constantFrom('elixir', 'typescript', 'python', 'xml', 'json', 'bash', 'markdown', 'sql');
    const code = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom('<b>', '&lt;', '"', "'", 'def x', '# c', '\n', '/*', '1')).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(language, code, (name, text) => {
        const tokens = highlighted(text, name);
        if (tokens) expect(tokens.map((token) => token.text).join('')).to.equal(text);
        for (const { kind } of tokens ?? []) expect(kind).to.match(/^(?:syn-[a-z]+)?$/);
      }),
      { numRuns: 300 },
    );
  });

  it('names what is a keyword, a text, a number, a function, a comment', () => {
    const kinds = Object.fromEntries(
      highlighted('// why\nfunction add(a) { return a + 12 + "x" }', 'javascript')!.map(({ text, kind }) => [
        text,
        kind,
      ]),
    );
    expect(kinds).to.include({
      '// why': 'syn-com',
      function: 'syn-key',
      add: 'syn-fn',
      '12': 'syn-num',
      '"x"': 'syn-str',
    });
    expect(highlighted('x', 'klingon')).to.equal(null);
  });

  it('is cut at marks and kinds, and stays plain where the tokens are not of this line', () => {
    const tokens = [
      { text: 'let', kind: 'syn-key' },
      { text: ' x', kind: '' },
    ];
    expect(pieces('let x', tokens, [[2, 5]]).map(({ text, marked }) => [text, marked])).to.deep.equal([
      ['le', false],
      ['t', true],
      [' x', true],
    ]);
    expect(pieces('other', tokens, []).map(({ kind }) => kind)).to.deep.equal(['']);
    expect(tokenLines(tokensOf('<span class="hljs-string">&quot;a\nb&lt;</span>c'))).to.deep.equal([
      [{ text: '"a', kind: 'syn-str' }],
      [
        { text: 'b<', kind: 'syn-str' },
        { text: 'c', kind: '' },
      ],
    ]);
  });

  it('knows languages by file and by name', () => {
    const names = ['lib/a.ex', 'Dockerfile', 'x.TSX', 'python', 'shell', 'notes', 'a.b/c'];
    expect(names.map(languageOf)).to.deep.equal(['elixir', 'dockerfile', 'typescript', 'python', 'bash', null, null]);
  });
});
