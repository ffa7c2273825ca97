import { expect } from 'chai';
import fc from 'fast-check';
import type { MaestroError } from '../../src/errors.js';
import type { CompactionResource } from '../../src/protocol/compactions.js';
import { type Message, type Part, text } from '../../src/protocol/messages.js';
import { compacted } from '../../src/session/compacted-history.js';
import { makeRoom } from '../../src/session/compaction.js';
import { COMPACTION } from '../../src/session/compaction-budget.js';
import { assertWellFormed, toModelMessages } from '../../src/session/context.js';
import { estimateRequest } from '../../src/session/estimate.js';
import { inPieces } from '../../src/session/transcript.js';
import { TurnContext, type TurnItem } from '../../src/session/turn.js';
import { ScriptedProvider, say } from '../../src/testing/scripted-provider.js';
import { turnInput } from './support.js';

/** Text of several kinds, up to some thousand tokens. */
const words = fc
  .tuple(
    fc.constantFrom(
      'a word and another, ',
      'if (x) { return y[0]; }\n',
      '{"k":1,"é":"ü"},',
      '一致性与持久性',
      'aB3+/z9Q',
      '😀',
    ),
    fc.integer({ min: 0, max: 1_500 }),
  )
  .map(([unit, times]) => unit.repeat(times));

const spoken = fc.record({ role: fc.constant('user' as const), words });
const answered = fc.record({ role: fc.constant('assistant' as const), words });
const worked = fc.record({
  role: fc.constant('tool' as const),
  calls: fc.array(fc.record({ args: words, result: words }), { minLength: 1, maxLength: 4 }),
});
type Said = { role: 'user' | 'assistant'; words: string } | { role: 'tool'; calls: { args: string; result: string }[] };

/** Complete messages as the tables hold them, the last of which asks for a reply. */
function conversation(rounds: readonly Said[]): Message[] {
  const messages: Message[] = [];
  const add = (role: Message['role'], parts: Part[]) =>
    messages.push({
      role,
      parts,
      pos: messages.length + 1,
      status: 'complete',
      provider: null,
      model: null,
    } as Message);
  add('user', [text('The goal')]);
  for (const [round, said] of rounds.entries()) {
    if (said.role !== 'tool') add(said.role, [text(said.words)]);
    else {
      const id = (n: number) => `call${round}-${n}`;
      add(
        'assistant',
        said.calls.map(({ args }, n) => ({ v: 1, type: 'tool_call', id: id(n), name: 'does', args: { args } })),
      );
      add(
        'tool',
        said.calls.map(({ result }, n) => {
          const content = [text(result)];
          return { ...{ v: 1, type: 'tool_result', call_id: id(n), name: 'does', is_error: false }, ...ended, content };
        }),
      );
    }
  }
  if (messages.at(-1)?.role === 'assistant') add('user', [text('Go on')]);
  return messages;
}
const ended = { outcome: 'succeeded', duration_ms: 1 } as const;

/** Makes room in a turn of that conversation, without a database; gives what was committed. */
async function compacts(messages: Message[], contextTokens: number, summary: string) {
  let active: CompactionResource | null = null;
  const input = turnInput({
    history: compacted(messages, { upto_pos: 0, head: null, cut_pos: 0, cut_bytes: 0 }),
    provider: new ScriptedProvider(() => [say(summary)]),
    compaction: {
      ...turnInput().compaction,
      settings: COMPACTION,
      estimate: { request: estimateRequest, response: () => 0 },
      sizes: async () => ({ contextTokens, outputTokens: 500 }),
      messages: async () => messages,
      active: async () => active,
    },
  });
  const turn = new TurnContext(input, async (item: TurnItem) => {
    if (item.kind !== 'step') return;
    for (const write of item.step.writes) {
      if (write.write === 'compaction.add') active = { ...write.compaction, created_at: '', reverted_at: null };
    }
  });
  await makeRoom(turn);
  return { turn, active: active as CompactionResource | null };
}

describe('what a model is told of a conversation that was compacted', () => {
  it('is well formed and within the budget, whatever was said', async () => {
    const rounds = fc.array(fc.oneof(spoken, answered, worked), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(rounds, words, fc.constantFrom(16_000, 32_000, 64_000), async (said, summary, window) => {
        const messages = conversation(said);
        const last = messages.at(-1)!;
        const compaction = compacts(messages, window, summary);
        if (estimateRequest({ system: '', messages: toModelMessages([last]), tools: [] }) > 0.5 * window) {
          // Nothing helps against a last message that is too long by itself.
          const code = await compaction.then(
            () => 'none',
            (error: MaestroError) => error.code,
          );
          expect(code).to.be.oneOf(['none', 'context.full']);
          return;
        }
        const { turn, active } = await compaction;
        assertWellFormed(turn.history);
        const tokens = estimateRequest({ system: turn.input.system, messages: turn.history, tools: [] });
        expect(tokens).to.be.at.most(0.8 * window);
        const told = active ? compacted(messages, active) : turn.history;
        expect(told).to.deep.equal(turn.history);
        if (last.role === 'user') expect(turn.history.at(-1)?.parts).to.deep.equal(last.parts);
      }),
      { numRuns: 40 },
    );
  });
});

describe('pieces of a transcript', () => {
  it('hold all of it, in order, none longer than it may be', () => {
    const count = (piece: string) => piece.length;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 20 }), (texts) => {
        const pieces = inPieces(texts, 20, count);
        const strip = (all: readonly string[]) => all.join('').replaceAll('\n', '');
        expect(strip(pieces)).to.equal(strip(texts));
        for (const piece of pieces) expect(piece.replaceAll('\n', '').length).to.be.at.most(20);
      }),
    );
  });
});
