import { expect } from 'chai';
import { jsonLines, jsonRows, shortString } from '../src/text/json-rows.js';
import { jsonChildren, jsonRoot } from '../src/text/json-tree.js';
import { diffLines, lineDiff } from '../src/text/line-diff.js';
import { rawRows } from '../src/text/raw-rows.js';
import { readEvent, streamEvents, streamKind } from '../src/text/stream-events.js';

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('a body as JSON', () => {
  it('keeps order, digits and what stands there twice', () => {
    const text = ' {"b":1.50e3,"1":null,"a":[true,{}],"b":"x\\u0041\\"y", "e":[]} ';
    const root = jsonRoot(text)!;
    expect(root).to.include({ kind: 'object', items: 5 });
    const children = jsonChildren(text, root);
    expect(children.map(({ key, kind, items, from, to }) => [key, kind, items, text.slice(from, to)])).to.deep.equal([
      ['"b"', 'number', 0, '1.50e3'],
      ['"1"', 'word', 0, 'null'],
      ['"a"', 'array', 2, '[true,{}]'],
      ['"b"', 'string', 10, '"x\\u0041\\"y"'],
      ['"e"', 'array', 0, '[]'],
    ]);
  });

  for (const text of ['', '{', '{"a":1,}', '[1 2]', '{"a":1} x', '{a:1}', '"\u0001"', 'tru', '01', '[1,]', '"a'])
    it(`does not take ${JSON.stringify(text)} for JSON`, () => expect(jsonRoot(text)).to.equal(null));

  it('agrees with the parser of the language on what is JSON', () => {
    for (const value of [{ a: [1, -2.5e-7, 'é😀\n'], b: { c: null } }, [], 'x', 0, { '': '' }])
      for (const indent of [0, 2]) {
        const text = JSON.stringify(value, null, indent);
        expect(jsonLines(text, jsonRoot(text)!).join('\n')).to.equal(JSON.stringify(value, null, 2));
      }
  });

  it('ends a value that is nested without end instead of running out of stack', () => {
    expect(jsonRoot('['.repeat(1_000_000))).to.equal(null);
  });

  it('shows folded members, and the lines of a long string once it is opened', () => {
    const long = `first\nsecond ${'x'.repeat(150)}`;
    const text = JSON.stringify({ model: 'm', system: long, messages: [1, 2] });
    const root = jsonRoot(text)!;
    const closed = jsonRows(text, root, new Set([root.from]));
    expect(closed.map(({ kind, depth }) => [kind, depth])).to.deep.equal([
      ['open', 0],
      ['value', 1],
      ['folded', 1],
      ['folded', 1],
      ['close', 0],
    ]);
    const system = jsonChildren(text, root)[1]!;
    expect(shortString(text, system).more).to.be.greaterThan(40);
    const open = jsonRows(text, root, new Set([root.from, system.from]));
    const told = open.flatMap((row) => (row.kind === 'text' ? [row.text] : []));
    expect(told[0]).to.equal('first');
    expect(told.slice(1).join('')).to.equal(long.split('\n')[1]);
  });

  it('walks over ten megabytes in well under a second', () => {
    const text = JSON.stringify({ messages: Array.from({ length: 20_000 }, (_, n) => ({ n, text: 'y'.repeat(500) })) });
    const before = performance.now();
    const root = jsonRoot(text)!;
    expect(jsonRows(text, root, new Set([root.from]))).to.have.length(3);
    expect(performance.now() - before).to.be.lessThan(2_000);
  });
});

describe('a body as it is', () => {
  const all = (bytes: Uint8Array, columns: number) => {
    const rows = rawRows(bytes, columns);
    return Array.from({ length: rows.count }, (_, index) => rows.row(index));
  };

  it('holds every character, in rows no longer than they are wide', () => {
    const text = `\ufeff{"a":"${'é😀'.repeat(40)}"}\r\n\n\u202etail\u0000`;
    for (const columns of [1, 7, 64]) {
      const rows = all(bytesOf(text), columns);
      expect(rows.join('')).to.equal(text);
      for (const row of rows) expect(row.length).to.be.at.most(columns + 2);
    }
  });

  it('is laid out in a moment, also where it is one line of megabytes', () => {
    const before = performance.now();
    expect(rawRows(bytesOf('z'.repeat(6_000_000)), 50).count).to.equal(120_000);
    expect(performance.now() - before).to.be.lessThan(1_000);
  });

  it('does not tear a character apart', () => {
    for (const row of all(bytesOf('😀'.repeat(10)), 3)) expect(row.isWellFormed()).to.equal(true);
  });

  it('shows bytes that are no text by their digits', () => {
    const rows = all(new Uint8Array([0, 255, 65, ...Array.from({ length: 16 }, () => 66)]), 80);
    expect(rows).to.have.length(2);
    expect(rows[0]).to.match(/^00000000 {2}00 ff 41 42 .* {2}\.\.AB+$/);
    expect(rows[1]).to.match(/^00000010 {2}42 42 42 /);
  });
});

describe('the events of an answer', () => {
  const stream =
    'event: message_start\r\ndata: {"type":"message_start"}\r\n\r\n: ping\n\nevent: content_block_delta\ndata: {"delta":{"type":"text_delta","text":"Run\\"ning"}}\n\n\ndata: half';
  const bytes = bytesOf(stream);

  it('come with their name, their text and the time by which they were whole', () => {
    const first = bytesOf(stream.slice(0, stream.indexOf(': ping'))).length;
    const events = streamEvents(bytes, 'sse', [
      [first - 3, 100],
      [first, 120.5],
      [bytes.length - 11, 300],
    ]);
    expect(events.map(({ at }) => at)).to.deep.equal([120.5, 300, 300, null]);
    expect(events.map((event) => readEvent(bytes, event, 'sse'))).to.deep.equal([
      { name: 'message_start', text: '{"type":"message_start"}' },
      { name: 'comment', text: 'ping' },
      { name: 'content_block_delta', text: '"Run\\"ning"' },
      { name: 'data', text: 'half' },
    ]);
    expect(events[0]!.from).to.equal(0);
    expect(events.at(-1)!.to).to.equal(bytes.length);
  });

  it('may be lines of JSON', () => {
    const lines = bytesOf('{"type":"a","content":"x"}\n\n{"done":true}\n');
    expect(streamEvents(lines, 'lines').map((event) => readEvent(lines, event, 'lines'))).to.deep.equal([
      { name: 'a', text: '"x"' },
      { name: 'data', text: '{"done":true}' },
    ]);
  });

  it('are told by the type of the answer', () => {
    expect(streamKind('text/event-stream; charset=utf-8')).to.equal('sse');
    expect(streamKind('application/x-ndjson')).to.equal('lines');
    expect(streamKind('application/json')).to.equal(null);
    expect(streamKind(undefined)).to.equal(null);
  });
});

describe('the difference of two texts', () => {
  const merged = (runs: ReturnType<typeof lineDiff>, without: 'add' | 'del') =>
    runs.flatMap(({ kind, lines }) => (kind === without ? [] : lines));

  it('is the shortest way from one to the other', () => {
    expect(lineDiff(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'd', 'e'])).to.deep.equal([
      { kind: 'same', lines: ['a'] },
      { kind: 'del', lines: ['b'] },
      { kind: 'add', lines: ['x'] },
      { kind: 'same', lines: ['c', 'd'] },
      { kind: 'add', lines: ['e'] },
    ]);
    expect(lineDiff(['a'], ['a'])).to.deep.equal([{ kind: 'same', lines: ['a'] }]);
  });

  it('leads from any text to any other', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    for (let round = 0; round < 200; round += 1) {
      const list = () => Array.from({ length: random(12) }, () => 'abcd'[random(4)]!);
      const [before, after] = [list(), list()];
      const runs = lineDiff(before, after);
      expect(merged(runs, 'add')).to.deep.equal(before);
      expect(merged(runs, 'del')).to.deep.equal(after);
    }
  });

  it('gives up on the shortest way where everything differs, in no time', () => {
    const list = (name: string) => Array.from({ length: 20_000 }, (_, index) => `${name} ${index}`);
    const before = performance.now();
    const runs = lineDiff(list('a'), list('b'));
    expect(runs.map(({ kind, lines }) => [kind, lines.length])).to.deep.equal([
      ['del', 20_000],
      ['add', 20_000],
    ]);
    expect(performance.now() - before).to.be.lessThan(3_000);
  });

  it('leaves out equal lines far from a change', () => {
    const many = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    const shown = diffLines(lineDiff(many, [...many, 'new']));
    expect(shown[0]).to.deep.equal({ kind: 'gap', count: 47 });
    expect(shown.at(-1)).to.deep.equal({ kind: 'add', sign: '+', text: 'new' });
    expect(shown).to.have.length(5);
  });
});
