import { emptyView, type SessionView } from '@maestro/core/protocol';
import { expect } from 'chai';
import { LiveReply } from '../src/state/live-reply.js';
import { apart, codeOf } from '../src/text/visible.js';

describe('a reply while it comes in', () => {
  const view = (message_id: string, ...texts: string[]): SessionView => ({
    ...emptyView('c'),
    draft: { message_id, turn_id: 't', parts: texts.map((text) => ({ kind: 'text', text })) },
  });

  it('is told in pieces, each with its time, and begins anew with the next reply', () => {
    const live = new LiveReply();
    expect(live.note(emptyView('c'), 1)).to.equal(false);
    expect(live.note(view('a', 'One'), 10)).to.equal(true);
    expect(live.note(view('a', 'One'), 20)).to.equal(false);
    live.note(view('a', 'One two', 'Three'), 30);
    expect(live.pieces.map(({ at, text }) => [at, text])).to.deep.equal([
      [10, 'One'],
      [30, ' two'],
      [30, 'Three'],
    ]);
    live.note(view('b', 'New'), 40);
    expect(live.pieces.map(({ text }) => text)).to.deep.equal(['New']);
  });

  it('keeps the newest pieces of a long one', () => {
    const live = new LiveReply();
    for (let length = 1; length <= 3_000; length += 1) live.note(view('a', 'x'.repeat(length)), length);
    expect(live.pieces).to.have.length(2_000);
    expect(live.pieces.at(-1)).to.include({ at: 3_000, text: 'x' });
  });
});

describe('what is not seen in a text', () => {
  it('stands apart, and nothing is lost', () => {
    const text = 'a\u202eb\u0000\u{e0041}c\n\td';
    const pieces = apart(text);
    expect(pieces.join('')).to.equal(text);
    expect(pieces.filter((_, index) => index % 2 === 1).map(codeOf)).to.deep.equal(['U+202E', 'U+0000', 'U+E0041']);
  });
});
