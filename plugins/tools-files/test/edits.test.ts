import { readFile as readBytes, writeFile as writeBytes } from 'node:fs/promises';
import { expect } from 'chai';
import { createTwoFilesPatch } from 'diff';
import fc from 'fast-check';
import { patchText } from '../src/apply-patch.js';
import { deleteLines } from '../src/delete-line-range.js';
import { insertLines } from '../src/insert-at-line.js';
import { linesOf } from '../src/lines.js';
import { parsePatch } from '../src/parse-patch.js';
import { placesOf } from '../src/places-of.js';
import { replaceIn } from '../src/replace.js';
import { diffOf, Folder } from './support.js';

const folder = new Folder();
/** Called in each describe: hooks of a whole file would run for every test of every suite. */
function inOwnFolder(): void {
  beforeEach(() => folder.open());
  afterEach(() => folder.close());
}

const line = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\t', '-', '+', '@', '\\', 'é'), maxLength: 6 });
const textWith = (ending: string) =>
  fc
    .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
    .map(([all, isEnded]) => all.join(ending) + (isEnded && all.length > 0 ? ending : ''));
const anyText = fc.oneof(textWith('\n'), textWith('\r\n'));

describe('insert_at_line', () => {
  inOwnFolder();
  it('puts lines before the one named, in the line ending of the file', async () => {
    await writeBytes(folder.at('a.txt'), 'one\r\nthree\r\n');
    const output = await folder.run(folder.tools.insertAtLine, { file_path: 'a.txt', line_number: 2, content: 'two' });
    expect(await folder.content('a.txt')).to.equal('one\r\ntwo\r\nthree\r\n');
    expect(diffOf(output)?.hunks[0]?.lines).to.include('+two\r');
  });

  it('appends behind the last line, and refuses what is further', async () => {
    await writeBytes(folder.at('a.txt'), 'one');
    await folder.run(folder.tools.insertAtLine, { absolute_path: 'a.txt', line_number: 2, content: 'two' });
    expect(await folder.content('a.txt')).to.equal('one\ntwo');
    const error = await folder.failure(folder.tools.insertAtLine, { file_path: 'a.txt', line_number: 4, content: 'x' });
    expect(error.message).to.equal('a.txt has 2 lines: insert before line 1 to 3, not 4.');
  });

  it('is undone by deleting the same lines, for any text', () => {
    fc.assert(
      fc.property(anyText, fc.array(line, { minLength: 1, maxLength: 4 }), fc.nat(), (text, added, seed) => {
        const ending = text.includes('\r\n') ? '\r\n' : '\n';
        const whole = text === '' || text.endsWith('\n') ? text : text + ending;
        const line_number = 1 + (seed % (linesOf(whole).length + 1));
        const content = `${added.join('\n')}\n`;
        const longer = insertLines(whole, 'a', { line_number, content });
        expect(linesOf(longer).length).to.equal(linesOf(whole).length + added.length);
        const range = { start_line: line_number, end_line: line_number + added.length - 1 };
        expect(deleteLines(longer, 'a', range)).to.equal(whole);
      }),
    );
  });
});

describe('delete_line_range', () => {
  inOwnFolder();
  it('deletes the lines and says how many', async () => {
    await writeBytes(folder.at('a.txt'), 'one\ntwo\nthree');
    const said = await folder.said(folder.tools.deleteLineRange, { file_path: 'a.txt', start_line: 2, end_line: 3 });
    expect(said).to.equal('Deleted 2 lines of a.txt, from line 2.');
    expect(await folder.content('a.txt')).to.equal('one\n');
  });

  it('refuses lines that are not there', async () => {
    await writeBytes(folder.at('a.txt'), 'one\n');
    const why = async (start_line: number, end_line: number) =>
      (await folder.failure(folder.tools.deleteLineRange, { file_path: 'a.txt', start_line, end_line })).message;
    expect(await why(1, 2)).to.equal('a.txt has 1 line; there is no line 2.');
    expect(await why(2, 1)).to.equal('end_line 1 is before start_line 2.');
  });
});

describe('replace', () => {
  inOwnFolder();
  it('changes the place and nothing else, whatever the line endings', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(line, fc.constantFrom('\n', '\r\n', 'é')), { maxLength: 20 }),
        fc.nat(),
        fc.nat(),
        (all, from, length) => {
          const text = all.join('');
          const plain = text.replaceAll('\r\n', '\n');
          fc.pre(plain.length > 0 && !plain.includes('\r'));
          const start = from % plain.length;
          const wanted = plain.slice(start, start + 1 + (length % 8));
          const { text: after, count } = replaceIn(text, 'a', {
            old_string: wanted,
            new_string: '<>',
            allow_multiple: true,
          });
          expect(after.replaceAll('\r\n', '\n')).to.equal(plain.split(wanted).join('<>'));
          expect(count).to.equal(placesOf(text, wanted).length);
          // What is left outside the places is as it was, byte for byte.
          let at = 0;
          for (const piece of after.split('<>')) {
            expect(text.indexOf(piece, at), JSON.stringify(piece)).to.be.at.least(0);
            at = text.indexOf(piece, at) + piece.length;
          }
        },
      ),
    );
  });

  it('keeps the odd line ending of a line it does not touch', async () => {
    await writeBytes(folder.at('a.txt'), 'one\ntwo\r\nthree\r\nfour\r\n');
    await folder.run(folder.tools.replace, { file_path: 'a.txt', old_string: 'two\nthree', new_string: '2\n3' });
    expect(await folder.content('a.txt')).to.equal('one\n2\r\n3\r\nfour\r\n');
  });

  it('counts what was expected, and from where', async () => {
    await writeBytes(folder.at('a.txt'), 'x\nx\nx\n');
    const base = { file_path: 'a.txt', old_string: 'x', new_string: 'y' };
    const error = await folder.failure(folder.tools.replace, { ...base, expected_replacements: 2 });
    expect(error.message).to.include('occurs 3 times, not 2 (lines 1, 2, 3)');
    await folder.run(folder.tools.replace, { ...base, replaceBeginLineNumber: 2, expected_replacements: 2 });
    expect(await folder.content('a.txt')).to.equal('x\ny\ny\n');
  });

  it('says why it did not match: indentation, white space, an edit made before', async () => {
    await writeBytes(folder.at('a.ts'), 'if (a) {\n\treturn 1; \n}\nmade();\n');
    const why = async (old_string: string, new_string = 'x') =>
      (await folder.failure(folder.tools.replace, { file_path: 'a.ts', old_string, new_string })).message;
    expect(await why('if (a) {\n  return 1; \n}')).to.include(
      'Line 2 is indented with tabs in one and spaces in the other: it is "\\treturn 1; ", not "  return 1; ".',
    );
    expect(await why('if (a) {\n\treturn 1;\n}')).to.include('Line 2 differs in white space at its end');
    expect(await why('make();\nnow();', 'made();')).to.include('new_string stands in the file already');
    expect(await why('}\nmade();\nmore();')).to.include('Line 5 does not exist: the file ends before.');
  });

  it('answers soon for a large file without a match', async () => {
    await writeBytes(folder.at('big.txt'), 'the same line again\n'.repeat(400_000));
    const startedAt = Date.now();
    const wanted = `${'the same line again\n'.repeat(2_000)}but not this`;
    const error = await folder.failure(folder.tools.replace, {
      file_path: 'big.txt',
      old_string: wanted,
      new_string: 'x',
    });
    expect(error.code).to.equal('tool.no_match');
    expect(Date.now() - startedAt).to.be.lessThan(8_000);
  });
});

describe('encodings', () => {
  inOwnFolder();
  it('are kept by an edit: UTF-16 of both kinds, and latin1', async () => {
    const edit = { file_path: 'a.txt', old_string: 'größe', new_string: 'Maß' };
    for (const bytes of [
      Buffer.from('\uFEFFdie größe\r\n', 'utf16le'),
      Buffer.from('\uFEFFdie größe\r\n', 'utf16le').swap16(),
      Buffer.from('die größe\r\n', 'latin1'),
    ]) {
      await writeBytes(folder.at('a.txt'), bytes);
      await folder.open();
      await writeBytes(folder.at('a.txt'), bytes);
      await folder.run(folder.tools.replace, edit);
      const isSwapped = bytes[0] === 0xfe;
      const after = await readBytes(folder.at('a.txt'));
      const text =
        bytes[1] === 0x69 ? after.toString('latin1') : (isSwapped ? after.swap16() : after).toString('utf16le');
      expect(text.replace('\uFEFF', '')).to.equal('die Maß\r\n');
    }
  });

  it('that cannot hold a character refuse it', async () => {
    await writeBytes(folder.at('a.txt'), Buffer.from('preis: 5 \xa3', 'latin1'));
    const error = await folder.failure(folder.tools.replace, { file_path: 'a.txt', old_string: '£', new_string: '€' });
    expect(error.code).to.equal('tool.encoding');
    expect(await readBytes(folder.at('a.txt'), 'latin1')).to.equal('preis: 5 £');
  });
});

describe('apply_patch', () => {
  inOwnFolder();
  const apply = (patch_content: string) => folder.said(folder.tools.applyPatch, { file_path: 'a.txt', patch_content });
  const refusal = (patch_content: string) =>
    folder.failure(folder.tools.applyPatch, { file_path: 'a.txt', patch_content });

  it('turns any text into any other by the diff of the two', () => {
    fc.assert(
      fc.property(textWith('\n'), textWith('\n'), fc.nat(3), (before, after, context) => {
        fc.pre(before !== after);
        const patch = createTwoFilesPatch('a', 'b', before, after, undefined, undefined, { context });
        const { text, notes } = patchText(before, 'a', parsePatch(patch));
        expect(text).to.equal(after);
        expect(notes).to.deep.equal([]);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the line endings of the file', () => {
    const patch = createTwoFilesPatch('a', 'b', 'one\ntwo\n', 'one\n2\n');
    expect(patchText('one\r\ntwo\r\n', 'a', parsePatch(patch)).text).to.equal('one\r\n2\r\n');
  });

  it('finds lines that have moved, and tells it', async () => {
    await writeBytes(folder.at('a.txt'), 'new\nnew\none\ntwo\nthree\n');
    const said = await apply('--- a.txt\n+++ a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n');
    expect(said).to.equal('Applied 1 hunk to a.txt.\nHunk 1 was applied at line 3, 2 lines below the place it names.');
    expect(await folder.content('a.txt')).to.equal('new\nnew\none\n2\nthree\n');
  });

  it('forgives context at the ends of a hunk, and tells the fuzz', async () => {
    await writeBytes(folder.at('a.txt'), 'ONE\ntwo\nthree\n');
    const said = await apply('@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n');
    expect(said).to.include('Hunk 1 was applied at line 2, without 1 line of context at its ends (fuzz 1).');
    expect(await folder.content('a.txt')).to.equal('ONE\n2\nthree\n');
  });

  it('does not trust the counts of a header, nor needs one', async () => {
    await writeBytes(folder.at('a.txt'), 'one\ntwo\n');
    await apply('@@ -1,9 +1,7 @@\n one\n-two\n+2\n');
    await apply('@@\n-2\n+zwei\n');
    expect(await folder.content('a.txt')).to.equal('one\nzwei\n');
  });

  it('writes all hunks or none, and says which does not fit and where it came near', async () => {
    await writeBytes(folder.at('a.txt'), 'one\ntwo\nthree\nfour\nfive\n');
    const error = await refusal('@@ -1 +1 @@\n-one\n+1\n@@ -3,3 +3,3 @@\n three\n-FOUR\n+4\n five\n');
    expect(error.code).to.equal('tool.patch_unfit');
    expect(error.message).to.equal(
      'a.txt: hunk 2 of 2 does not fit; nothing was written. It is most like lines 3-5, ' +
        'but in line 4 the file has "four" where the patch has "FOUR".',
    );
    expect(await folder.content('a.txt')).to.equal('one\ntwo\nthree\nfour\nfive\n');
  });

  it('refuses what is no patch of one file', async () => {
    await writeBytes(folder.at('a.txt'), 'one\n');
    const one = '--- a\n+++ b\n@@ -1 +1 @@\n-one\n+1\n';
    expect((await refusal(one + one)).message).to.include('it changes several files');
    expect((await refusal('hello')).message).to.include('no line that begins with @@');
    expect((await refusal('@@ -1 +1 @@\n one\n')).message).to.include('has no line that begins with + or -');
    expect((await refusal('@@ -1 +1 @@\n-one\n?\n')).message).to.include('line 3 begins with "?"');
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(line, fc.constantFrom('@@ -1 +1 @@', '--- a', '+++ b', '@@'))),
        anyText,
        (all, text) => {
          try {
            patchText(text, 'a', parsePatch(all.join('\n')));
          } catch (error) {
            expect(error)
              .to.have.property('code')
              .that.matches(/^tool\./);
          }
        },
      ),
    );
  });
});

describe('what an edit would change', () => {
  inOwnFolder();
  const about = () => ({ workingDirectory: folder.path, signal: AbortSignal.timeout(5_000) });

  it('is told without a change, also of files the session has not read', async () => {
    await writeBytes(folder.at('a.txt'), 'one\ntwo\n');
    const { writeFile, replace, insertAtLine, deleteLineRange } = folder.tools;
    const told = [
      await writeFile.preview?.({ file_path: 'a.txt', content: 'one\n2\n' }, about()),
      await replace.preview?.({ file_path: 'a.txt', old_string: 'two', new_string: '2' }, about()),
      await insertAtLine.preview?.({ file_path: 'a.txt', line_number: 1, content: 'zero' }, about()),
      await deleteLineRange.preview?.({ file_path: 'a.txt', start_line: 1, end_line: 1 }, about()),
      await writeFile.preview?.({ file_path: 'new/b.txt', content: 'b\n' }, about()),
    ];
    const lines = told.map((content) =>
      content?.map((part) => (part.type === 'diff' ? part.hunks[0]?.lines : part.type)),
    );
    expect(lines).to.deep.equal([
      [[' one', '-two', '+2']],
      [[' one', '-two', '+2']],
      [['+zero', ' one', ' two']],
      [['-one', ' two']],
      [['+b']],
    ]);
    expect(await folder.content('a.txt')).to.equal('one\ntwo\n');
  });
});
