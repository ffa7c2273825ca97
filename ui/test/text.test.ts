import type { DiffHunk } from '@maestro/core/protocol';
import { expect } from 'chai';
import fc from 'fast-check';
import { freshName } from '../src/text/agent-names.js';
import { changedLines, diffRows } from '../src/text/diff-rows.js';
import { gist, partsOfDraft } from '../src/text/parts.js';
import { plain } from '../src/text/plain.js';
import { sentence } from '../src/text/sentence.js';
import { visible } from '../src/text/visible.js';

describe('output of programs as text', () => {
  it('drops colours, titles and cursor moves', () => {
    expect(plain('\u001b[32mok\u001b[0m')).to.equal('ok');
    expect(plain('\u001b]0;title\u0007text')).to.equal('text');
    expect(plain('\u001b]52;c;cGFzdGU=\u001b\\text')).to.equal('text');
    expect(plain('\u001bPq#0;2;0\u001b\\text')).to.equal('text');
    expect(plain('a\u001b[2J\u001b[1;1Hb')).to.equal('ab');
  });

  it('lets a carriage return overwrite its line', () => {
    expect(plain('10 %\r100 %\nnext\r\nlast')).to.equal('100 %\nnext\nlast');
  });

  it('holds no control character but tab and new line, whatever came', () => {
    const raw = fc.string({ unit: fc.integer({ min: 0, max: 0x9f }).map((code) => String.fromCharCode(code)) });
    fc.assert(
      fc.property(raw, (text) =>
        [...plain(text)].every((character) => {
          const code = character.charCodeAt(0);
          return character === '\n' || character === '\t' || (code >= 32 && (code < 127 || code > 159));
        }),
      ),
    );
  });
});

describe('a refusal of the server at its field', () => {
  it('is a sentence without the name the field has in the API', () => {
    expect(sentence('working_directory: "/nowhere" does not exist')).to.equal('"/nowhere" does not exist');
    expect(sentence('there is no directory')).to.equal('There is no directory');
  });
});

describe('characters that hide', () => {
  it('are spelled out', () => {
    expect(visible('a\u202eb')).to.equal('a\u27e8U+202E\u27e9b');
    expect(visible('pay\u200dpal')).to.equal('pay\u27e8U+200D\u27e9pal');
    expect(visible('x\u{e0041}')).to.equal('x\u27e8U+E0041\u27e9');
  });

  it('stay where scripts and emoji need them', () => {
    const family = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}';
    const persian = '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645';
    expect(visible(family)).to.equal(family);
    expect(visible(persian)).to.equal(persian);
  });
});

describe('a diff', () => {
  const hunks: DiffHunk[] = [{ old_start: 26, new_start: 26, lines: [' same', '-old', '+new', '+more', ' end'] }];

  it('numbers both sides and carries its signs as text', () => {
    const rows = diffRows(hunks).map((row) =>
      row.kind === 'hunk' ? row.text : [row.old, row.now, row.sign, row.text],
    );
    expect(rows).to.deep.equal([
      '@@ -26,3 +26,4 @@',
      [26, 26, ' ', 'same'],
      [27, null, '-', 'old'],
      [null, 27, '+', 'new'],
      [null, 28, '+', 'more'],
      [28, 29, ' ', 'end'],
    ]);
  });

  it('counts what was added and removed', () => {
    expect(changedLines(hunks)).to.deep.equal({ added: 2, removed: 1 });
  });
});

describe('a tool call in a few words', () => {
  it('names the path, the command or else the first text', () => {
    expect(gist({ content: 'long', path: 'src/a.ts' })).to.equal('src/a.ts');
    expect(gist({ command: 'npm test\nmore' })).to.equal('npm test');
    expect(gist({ note: 'hello', count: 3 })).to.equal('hello');
    expect(gist({ count: 3 })).to.equal('');
    expect(gist(null)).to.equal('');
  });

  it('has an id of its own while the provider has given none', () => {
    const parts = partsOfDraft({
      message_id: 'm',
      turn_id: null,
      parts: [{ kind: 'tool_call', text: '{"a', name: 'read' }],
    });
    expect(parts).to.deep.equal([{ kind: 'tool', id: 'm:0', name: 'read', args: null, argsText: '{"a' }]);
  });
});

describe('the name of a new agent', () => {
  it('is one that nobody bears', () => {
    const taken: string[] = [];
    for (let count = 0; count < 40; count += 1) taken.push(freshName(taken));
    expect(new Set(taken).size).to.equal(40);
    expect(taken[12]).to.equal('Atlas 2');
  });
});
