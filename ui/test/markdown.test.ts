import { expect } from 'chai';
import fc from 'fast-check';
import { allowed, blocks, renderMarkdown } from '../src/text/markdown.js';

/** Names of all elements in a piece of markup. Our renderer writes no comment, script or unclosed tag. */
function tagsIn(markup: string): string[] {
  return [...markup.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(([, name]) => String(name).toLowerCase());
}

describe('Markdown before it is sanitised', () => {
  it('shows raw HTML as the text it is', () => {
    const hostile = [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      'before <b onclick="x()">inline</b> after',
      '<svg><style><img src=x onerror=alert(1)></style></svg>',
      '<!-- comment --><iframe src="https://a.example">',
      '<form action="https://a.example"><input name=q></form>',
    ];
    for (const source of hostile) {
      const markup = renderMarkdown(source);
      expect(tagsIn(markup), source).to.satisfy((tags: string[]) => tags.every((tag) => tag === 'p'));
      expect(markup, source).to.include('&lt;');
    }
  });

  it('sets the columns of a table as they ask for it', () => {
    const markup = renderMarkdown('| a | b | c |\n|---|--:|:-:|\n| 1 | 2 | 3 |');
    expect(markup).to.include('<td>1</td><td class="to-right">2</td><td class="to-center">3</td>');
    expect(markup).to.include('<th class="to-right">b</th>');
  });

  it('follows links to the web only', () => {
    expect(renderMarkdown('[x](javascript:alert(1))')).to.equal('<p>x</p>\n');
    expect(renderMarkdown('[x](data:text/html,hi)')).to.equal('<p>x</p>\n');
    expect(renderMarkdown('[x](/settings)')).to.equal('<p>x</p>\n');
    expect(renderMarkdown('[x](JaVaScRiPt:alert(1))')).to.equal('<p>x</p>\n');
    expect(renderMarkdown('[x](https://)')).to.equal('<p>x</p>\n');
  });

  it('says which host a link leads to unless its words do', () => {
    const told = renderMarkdown('[bank](https://evil.example/a)');
    expect(told).to.include('rel="noopener noreferrer"').and.include('<span class="host">(evil.example)</span>');
    expect(renderMarkdown('<https://good.example/a>')).not.to.include('class="host"');
    expect(renderMarkdown('[https://good.example](https://evil.example)')).to.include('(evil.example)');
    expect(renderMarkdown('[https://good.example.evil.example](https://good.example)')).to.include('(good.example)');
  });

  it('turns a picture into a link, so that nothing is fetched', () => {
    const markup = renderMarkdown('![cat](https://a.example/cat.png)');
    expect(markup).not.to.include('<img');
    expect(markup).to.include('href="https://a.example/cat.png"').and.include('>cat</a>');
  });

  it('spells out characters that hide', () => {
    expect(renderMarkdown('a\u202eb\u200bc')).to.include('\u27e8U+202E\u27e9').and.include('\u27e8U+200B\u27e9');
  });

  it('keeps language names harmless', () => {
    expect(renderMarkdown('```js\na < b\n```')).to.include('data-language="js"').and.include('a &lt; b');
    expect(renderMarkdown('```"><img src=x>\ncode\n```')).not.to.include('<img');
  });

  it('writes only elements on the list, whatever the text', () => {
    const pieces = fc.constantFrom('<', '>', '"', '`', '```', '[', '](', ')', '!', '*', '_', '#', '|', '\n', ' ', '&');
    const words = fc.constantFrom('img', 'script', 'a', 'onerror=x', 'javascript:', 'https://a.example', '- ', '1. ');
    const source = fc.array(fc.oneof(pieces, words), { maxLength: 40 }).map((parts) => parts.join(''));
    const names = new Set<string>(allowed.tags);
    fc.assert(
      fc.property(source, (text) => tagsIn(renderMarkdown(text)).every((tag) => names.has(tag))),
      { numRuns: 500 },
    );
  });
});

describe('blocks of a growing text', () => {
  const text =
    '# Head\n\nA paragraph\nof two lines.\n\n- one\n- two\n\n```js\nconst a = 1;\n\nconst b = 2;\n```\n\nThe end';

  it('come in order, code with its own text', () => {
    const found = blocks(text);
    expect(found.map(({ code }) => code?.language ?? null)).to.deep.equal([null, null, null, 'js', null]);
    expect(found[3]?.code?.text).to.equal('const a = 1;\n\nconst b = 2;');
  });

  it('stand for good once another block follows', () => {
    let finished: string[] = [];
    for (let end = 1; end <= text.length; end += 1) {
      const sources = blocks(text.slice(0, end)).map(({ source }) => source.trimEnd());
      expect(sources.slice(0, finished.length), `after ${end} characters`).to.deep.equal(finished);
      finished = sources.slice(0, -1);
    }
    expect(finished).to.have.length(4);
  });
});
