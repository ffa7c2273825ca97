import { expect } from 'chai';
import { text } from '../../src/protocol/messages.js';
import { estimatePart, estimateRequest } from '../../src/session/estimate.js';

const asked = (parts: Parameters<typeof text>[0]) => ({
  system: '',
  tools: [],
  messages: [{ role: 'user' as const, parts: [text(parts)], provider: null, model: null }],
});

describe('5.5 an estimate of a request', () => {
  it('grows with what the system, the messages, the tools and their results say', () => {
    const least = estimateRequest(asked(''));
    const word = estimateRequest(asked('word '.repeat(100))) - least;
    expect(word).to.be.within(95, 110);
    expect(estimateRequest({ ...asked(''), system: 'word '.repeat(100) }) - least).to.be.within(95, 110);
    const tool = { name: 'read', description: 'word '.repeat(100), parameters: {} };
    expect(estimateRequest({ ...asked(''), tools: [tool] }) - least).to.be.within(95, 130);
    const result = {
      v: 1 as const,
      type: 'tool_result' as const,
      call_id: 'c',
      name: 'read',
      is_error: false,
      outcome: 'succeeded' as const,
      content: [text('word '.repeat(100))],
      duration_ms: 1,
    };
    const answered = { role: 'tool' as const, parts: [result], provider: null, model: null };
    expect(estimateRequest({ system: '', tools: [], messages: [answered] })).to.be.within(95, 120);
  });

  it('of a history of megabytes takes no longer than of one of kilobytes', () => {
    const long = asked('word '.repeat(1_000_000));
    expect(estimateRequest(long)).to.be.within(950_000, 1_050_000);
  });

  it('of a conversation that grew counts what is new and nothing twice', () => {
    const history = Array.from({ length: 400 }, (_, index) => asked(`message ${index} `.repeat(400)).messages).flat();
    const timed = (messages: typeof history) => {
      const begun = performance.now();
      const tokens = estimateRequest({ system: '', tools: [], messages });
      return { tokens, ms: performance.now() - begun };
    };
    const first = timed(history);
    const more = asked('one more').messages;
    const second = timed([...history, ...more]);
    expect(second.tokens - first.tokens).to.equal(estimateRequest({ system: '', tools: [], messages: more }));
    expect(second.ms).to.be.below(first.ms / 4 + 5);
  });

  it('leaves out what only a person sees', () => {
    const hunks = [{ old_start: 1, new_start: 1, lines: ['+word '.repeat(100)] }];
    expect(estimatePart({ v: 1, type: 'diff', path: 'a.txt', hunks })).to.equal(0);
  });
});
